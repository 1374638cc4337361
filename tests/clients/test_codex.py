"""Codex, as its page sets it up, at work on targets of every dialect."""

import pytest
import yaml

import agents
import pages
from conftest import DIALECTS, ENTRIES
from gateway import running
from sdks.talk import PIXELS
from strict.script import Answer, Call, Text, Thinking, Turn

ASK = "Look at hello.txt and write made.txt."
RULES = ("exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox")
AT_ONCE = [f"model_providers.callsign.{name}_max_retries=0" for name in ("request", "stream")]


def codex(workplace, url, *settings):
    """The items that Codex completed, with further `settings`."""
    folder = workplace.home / ".codex"
    folder.mkdir()
    (folder / "config.toml").write_text(pages.block("codex", "toml").replace(pages.GATEWAY, url))
    program = agents.binary("@openai/codex-*/vendor/*/bin/codex*")
    patience = [word for setting in (*AT_ONCE, *settings) for word in ("-c", setting)]
    output = workplace.run([program, *RULES, *patience, ASK], pages.exports("codex", url))
    told = agents.lines(output)
    assert told[-1]["type"] == "turn.completed", output
    return [event["item"] for event in told if event["type"] == "item.completed"], told[-1]["usage"]


def test_page_is_a_configuration_that_runs(targets, tmp_path):
    provider = targets.provider("openai_responses")
    provider.play(Turn(Answer((Text("Hello."),))))
    with running(pages.own_config("codex", f"{provider.url}/v1"), OPENAI_API_KEY="provider-key") as url:
        items, _ = codex(agents.Workplace(tmp_path), url)
    provider.finish()
    assert items[-1]["text"] == "Hello."


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_works_through_a_loop_of_commands(targets, tmp_path, dialect):
    workplace, provider = agents.Workplace(tmp_path), targets.provider(dialect)
    provider.play(*_script(workplace, dialect))
    model = DIALECTS[dialect].MODEL
    entry = ENTRIES[dialect].format(model=model, url=provider.url)
    with running(pages.config("codex", entry, model)) as url:
        items, usage = codex(workplace, url)
    provider.finish()
    commands = [item for item in items if item["type"] == "command_execution"]
    assert "hello there" in commands[0]["aggregated_output"]
    # Those of one turn run at the same time, and either may be done first.
    codes = {item["command"]: item["exit_code"] for item in commands}
    assert sorted(codes.values()) == [0, 0, 3]
    assert all("exit 3" in command for command, code in codes.items() if code == 3)
    assert items[-1]["text"] == "All done."
    assert workplace.read("made.txt") == "made\n"
    assert usage["output_tokens"] == 4 * 30


PATCH = "*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch\n"


@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "openai_responses"])
def test_patches_files_by_a_tool_that_takes_plain_text(targets, tmp_path, dialect):
    """Of a model that it knows Codex offers `apply_patch` as a custom tool, which no other dialect has."""

    def offered(gist):
        assert gist.tools["apply_patch"]["required"] == ["input"]

    def patched(gist):
        assert gist.calls == [("apply_patch", {"input": PATCH})]
        assert "made.txt" in str(gist.results[0][1])

    workplace, provider = agents.Workplace(tmp_path), targets.provider(dialect)
    provider.play(
        Turn(Answer((Text("I write it."), Call("apply_patch", {"input": PATCH}))), offered),
        Turn(Answer((Text("All done."),)), patched),
    )
    model = DIALECTS[dialect].MODEL
    entry = ENTRIES[dialect].format(model=model, url=provider.url)
    document = yaml.safe_load(pages.config("codex", entry, model))
    document["model_aliases"]["gpt-5.5"] = {"target": "coder"}
    with running(yaml.safe_dump(document)) as url:
        items, _ = codex(workplace, url, 'model="gpt-5.5"')
    provider.finish()
    assert [item["type"] for item in items if item["type"] == "file_change"] == ["file_change"]
    assert items[-1]["text"] == "All done."
    assert workplace.read("made.txt") == "made\n"


def _script(workplace, dialect):
    def first(gist):
        assert {"exec_command", "view_image"} <= set(gist.tools)
        assert ("user", ASK) in gist.said
        assert gist.streams

    def looked(gist):
        assert gist.calls == [("exec_command", {"cmd": "cat hello.txt"})]
        assert "hello there" in str(gist.results[0][1])

    def several(gist):
        assert len(gist.results) == 3
        assert "code 3" in str(gist.results[2][1])

    def seen(gist):
        assert dialect == "openai_chat" or ("image/png", PIXELS) in gist.images

    return [
        Turn(Answer((Thinking("Let me look."), Call("exec_command", {"cmd": "cat hello.txt"}))), first),
        Turn(
            Answer(
                (
                    Call("exec_command", {"cmd": "echo made > made.txt"}),
                    Call("exec_command", {"cmd": "exit 3"}),
                )
            ),
            looked,
        ),
        Turn(Answer((Text("A picture."), Call("view_image", {"path": workplace.path("red.png")}))), several),
        Turn(Answer((Text("All done."),)), seen),
    ]
