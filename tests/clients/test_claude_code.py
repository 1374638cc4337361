"""Claude Code, as its page sets it up, at work on targets of every dialect."""

import json

import pytest

import agents
import pages
from conftest import DIALECTS, ENTRIES
from gateway import running
from sdks.talk import PIXELS
from strict.script import Answer, Call, Failure, Text, Thinking, Turn, Usage

ASK = "Look at hello.txt and red.png, then write made.txt."
RULES = ("--dangerously-skip-permissions", "--output-format", "json")


@pytest.fixture(params=list(DIALECTS))
def desk(request, targets, tmp_path):
    """A workplace, the strict provider, and what Claude Code is told."""
    dialect = DIALECTS[request.param]
    provider = targets.provider(request.param)
    entry = ENTRIES[request.param].format(model=dialect.MODEL, url=provider.url)
    with running(pages.config("claude-code", entry, dialect.MODEL)) as url:
        variables = {**pages.exports("claude-code", url), "IS_SANDBOX": "1", "DISABLE_AUTOUPDATER": "1"}
        yield agents.Workplace(tmp_path), provider, variables
    provider.play()


def claude(workplace, variables, *arguments):
    program = agents.binary("@anthropic-ai/claude-code-*/claude*")
    return json.loads(workplace.run([program, "-p", ASK, *RULES, *arguments], variables))


def test_page_is_a_configuration_that_runs(targets, tmp_path):
    provider = targets.provider("anthropic")
    provider.play(Turn(Answer((Text("Hello."),))))
    with running(pages.own_config("claude-code", provider.url), ANTHROPIC_API_KEY="provider-key") as url:
        told = claude(agents.Workplace(tmp_path), {**pages.exports("claude-code", url), "IS_SANDBOX": "1"})
    provider.finish()
    assert told["result"] == "Hello."


def test_works_through_a_loop_of_tools(desk):
    workplace, provider, variables = desk
    provider.play(*_script(workplace, provider.dialect.NAME))
    told = claude(workplace, variables)
    provider.finish()
    assert (told["result"], told["is_error"], told["num_turns"]) == ("All done.", False, 6)
    assert workplace.read("made.txt") == "made\n"
    assert told["usage"]["output_tokens"] == 4 * 30


def _script(workplace, dialect):
    def first(gist):
        assert {"Bash", "Read", "Write"} <= set(gist.tools)
        assert any(ASK in text for role, text in gist.said if role == "user")
        assert gist.streams and gist.reasons

    def looked(gist):
        assert [name for name, _, _ in gist.results].count("Read") == 2
        assert any("hello there" in str(text) for _, text, _ in gist.results)
        assert any("one" in str(text) for name, text, _ in gist.results if name == "Bash")
        assert dialect == "openai_chat" or ("image/png", PIXELS) in gist.images

    def wrote(gist):
        assert ("Write", {"file_path": workplace.path("made.txt"), "content": "made\n"}) in gist.calls

    def failed(gist):
        name, text, wrong = gist.results[-1]
        assert name == "Bash" and "Exit code 3" in str(text)
        assert wrong or dialect in ("openai_chat", "openai_responses")

    return [
        Turn(
            Answer(
                (
                    Thinking("Let me look."),
                    Text("I look."),
                    Call("Bash", {"command": "echo one", "description": "Say one"}),
                    Call("Read", {"file_path": workplace.path("hello.txt")}),
                    Call("Read", {"file_path": workplace.path("red.png")}),
                ),
            ),
            first,
        ),
        Turn(Answer((Call("Write", {"file_path": workplace.path("made.txt"), "content": "made\n"}),)), looked),
        Turn(Answer((Text("Now a failure."), Call("Bash", {"command": "exit 3", "description": "Fail"}))), wrote),
        Turn(Answer((Text("All done."),), Usage(input=400, cached=300)), failed),
    ]


def test_error_of_the_provider_reaches_the_user(desk):
    workplace, provider, variables = desk
    # A 400 would make Claude Code ask again without its betas.
    provider.play(Turn(Failure(403, "the key is not for this model")))
    program = agents.binary("@anthropic-ai/claude-code-*/claude*")
    with pytest.raises(AssertionError, match="the key is not for this model"):
        workplace.run([program, "-p", ASK, *RULES], variables)
    provider.finish()
