"""opencode, aider and Cursor, as their pages set them up."""

import json
import platform
import urllib.request

import pytest

import agents
import pages
from conftest import DIALECTS, ENTRIES
from gateway import running
from strict.script import Answer, Call, Text, Turn

ASK = "Look at hello.txt."


def behind(page, dialect, targets):
    """A gateway configured as `page` says, with a target of `dialect`."""
    provider, model = targets.provider(dialect), DIALECTS[dialect].MODEL
    entry = ENTRIES[dialect].format(model=model, url=provider.url)
    return provider, running(pages.config(page, entry, model))


@pytest.mark.parametrize("page", ["opencode", "aider", "cursor"])
def test_page_is_a_configuration_that_runs(targets, page):
    provider = targets.provider("openai_chat")
    provider.play(Turn(Answer((Text("Hello."),))))
    body = {"model": "coder", "messages": [{"role": "user", "content": ASK}]}
    with running(pages.own_config(page, f"{provider.url}/v1"), OPENAI_API_KEY="provider-key") as url:
        assert "Hello." in post(f"{url}/v1/chat/completions", body)
    provider.finish()


def post(url, body):
    headers = {"content-type": "application/json", "authorization": "Bearer anything"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="opencode is pinned for Linux on x86-64"
)
@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
def test_opencode_works_through_a_loop_of_tools(targets, tmp_path, dialect):
    workplace = agents.Workplace(tmp_path)
    provider, gateway = behind("opencode", dialect, targets)

    def first(gist):
        assert "bash" in gist.tools and gist.streams
        assert any(ASK in text for _, text in gist.said)

    def looked(gist):
        assert ("bash", {"command": "cat hello.txt", "description": "Show it"}) in gist.calls
        assert "hello there" in gist.results[0][1]

    call = Call("bash", {"command": "cat hello.txt", "description": "Show it"})
    provider.play(Turn(Answer((Text("I look."), call)), first), Turn(Answer((Text("All done."),)), looked))
    with gateway as url:
        workplace.write("opencode.json", pages.block("opencode", "json").replace(pages.GATEWAY, url).encode())
        program = agents.binary("opencode-linux-x64/bin/opencode")
        offline = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
        output = workplace.run([program, "run", "--format", "json", "--title", "a test", ASK], offline)
    provider.finish()
    texts = [event["part"]["text"] for event in agents.lines(output) if event["type"] == "text"]
    assert texts[-1] == "All done."


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_aider_is_served(targets, dialect):
    def edits(gist):
        assert (gist.system, gist.temperature, gist.streams) == ("Act as an expert software developer.", 0, True)
        assert gist.said == [("user", "I switched."), ("assistant", "Ok."), ("user", ASK)]

    provider, gateway = behind("aider", dialect, targets)
    provider.play(Turn(Answer((Text("hello.txt\n<<<<<<< SEARCH\n"),)), edits))
    said = [("system", "Act as an expert software developer."), ("user", "I switched."), ("assistant", "Ok."), ("user", ASK)]
    messages = [{"role": role, "content": content} for role, content in said]
    with gateway as url:
        base = pages.exports("aider", url)["OPENAI_API_BASE"]
        body = {"model": "coder", "messages": messages, "temperature": 0, "stream": True}
        streamed = post(f"{base}/chat/completions", body)
    provider.finish()
    assert streamed.endswith("data: [DONE]\n\n")
    events = [event for event in streamed.split("\n\n")[:-2] if not event.startswith(":")]
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    assert text == "hello.txt\n<<<<<<< SEARCH\n"


@pytest.mark.parametrize("dialect", list(DIALECTS))
@pytest.mark.parametrize("shape", ["chat", "responses"])
def test_cursor_is_served_in_either_shape(targets, dialect, shape):
    def expect(gist):
        assert "You are a coder." in gist.system
        assert gist.said == [("user", ASK)]
        assert set(gist.tools) == {"read_file"}

    schema = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
    function = {"name": "read_file", "description": "Reads a file", "parameters": schema}
    bodies = {
        "chat": {
            "messages": [{"role": "system", "content": "You are a coder."}, {"role": "user", "content": ASK}],
            "tools": [{"type": "function", "function": function}],
        },
        "responses": {
            "input": [
                {"role": "system", "content": "You are a coder."},
                {"role": "user", "content": [{"type": "input_text", "text": ASK}]},
            ],
            "tools": [{"type": "function", "strict": False, **function}],
        },
    }
    provider, gateway = behind("cursor", dialect, targets)
    provider.play(Turn(Answer((Text("I look."),)), expect))
    with gateway as url:
        told = json.loads(post(f"{url}/v1/chat/completions", {"model": "coder", **bodies[shape]}))
    provider.finish()
    assert "I look." in json.dumps(told)
