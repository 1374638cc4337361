"""`previous_response_id` by OpenAI's SDKs, at targets that have never heard of it."""

import pytest

from conftest import ALIAS, DIALECTS, ENTRIES
from gateway import running
from sdks import stored_responses
from sdks.talk import WEATHER
from strict.script import Answer, Call, Text, Turn

OTHERS = [dialect for dialect in DIALECTS if dialect != "openai_responses"]
CONFIG = """
state_storage: {{type: sqlite, path: '{path}'}}
model_providers:
  - {{{entry}, access_key: provider-key}}
model_aliases:
  any-model: {{target: {model}}}
"""
TOOL = {
    "type": "function",
    "name": WEATHER["name"],
    "description": WEATHER["description"],
    "parameters": WEATHER["schema"],
    "strict": False,
}
streaming = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
everywhere = pytest.mark.parametrize("dialect", OTHERS)


@pytest.fixture(params=["python", "node"])
def act(request):
    """Does one thing with an SDK: a URL, what to do, and with what."""
    if request.param == "python":
        return stored_responses.act
    return request.getfixturevalue("driver").act


@pytest.fixture
def place(targets, tmp_path):
    """Starts gateways before a target of a dialect, one after another, that share a file."""

    def start(dialect):
        url, model = targets.provider(dialect).url, DIALECTS[dialect].MODEL
        entry = ENTRIES[dialect].format(model=model, url=url)
        return running(CONFIG.format(path=tmp_path / "state.db", entry=entry, model=model))

    return start


def ask(words, previous=None, **more):
    return {"model": ALIAS, "input": words, **({"previous_response_id": previous} if previous else {}), **more}


def told(done):
    assert "told" in done, done
    return done["told"]


def text(response):
    (message,) = [item for item in response["output"] if item["type"] == "message"]
    return "".join(part["text"] for part in message["content"])


def heard(*said):
    """Expects that so much was said, in turns."""

    def expect(gist):
        roles = ["user", "assistant"] * len(said)
        assert gist.said == list(zip(roles, said))

    return expect


@streaming
@everywhere
def test_conversation_goes_on_and_survives_a_restart(act, place, targets, dialect, stream):
    provider = targets.provider(dialect)
    provider.play(
        Turn(Answer((Text("Hello Ann."),)), heard("I am Ann.")),
        Turn(Answer((Text("Ann."),)), heard("I am Ann.", "Hello Ann.", "Who am I?")),
        Turn(Answer((Text("Sure."),)), heard("I am Ann.", "Hello Ann.", "Who am I?", "Ann.", "Sure?")),
    )
    with place(dialect) as url:
        first = told(act(url, "create", ask("I am Ann.", stream=stream)))
        second = told(act(url, "create", ask("Who am I?", first["id"], stream=stream)))
    with place(dialect) as url:
        third = told(act(url, "create", ask("Sure?", second["id"], stream=stream)))
        assert told(act(url, "retrieve", first["id"]))["id"] == first["id"]
    provider.finish()
    assert [text(each) for each in (first, second, third)] == ["Hello Ann.", "Ann.", "Sure."]
    before = [each.get("previous_response_id") for each in (first, second, third)]
    assert before == [None, first["id"], second["id"]]


@streaming
@everywhere
def test_result_of_a_tool_is_all_that_is_sent(act, place, targets, dialect, stream):
    def answered(gist):
        assert gist.calls == [("get_weather", {"city": "Paris"})]
        assert gist.results == [("get_weather", "Rain.", False)]

    provider = targets.provider(dialect)
    provider.play(
        Turn(Answer((Call("get_weather", {"city": "Paris"}),))), Turn(Answer((Text("Wet."),)), answered)
    )
    with place(dialect) as url:
        first = told(act(url, "create", ask("The weather?", tools=[TOOL], stream=stream)))
        (call,) = [item for item in first["output"] if item["type"] == "function_call"]
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "Rain."}
        second = told(act(url, "create", ask([result], first["id"], tools=[TOOL], stream=stream)))
    provider.finish()
    assert text(second) == "Wet."


@everywhere
def test_response_is_looked_up_listed_and_deleted(act, place, targets, dialect):
    provider = targets.provider(dialect)
    provider.play(Turn(Answer((Text("Hello Ann."),))), Turn(Answer((Text("Ann."),))))
    with place(dialect) as url:
        first = told(act(url, "create", ask("I am Ann.")))
        second = told(act(url, "create", ask("Who am I?", first["id"])))
        found = told(act(url, "retrieve", second["id"]))
        assert (text(found), found["previous_response_id"]) == ("Ann.", first["id"])
        listed = told(act(url, "inputs", second["id"]))
        said = [(item["role"], part["text"]) for item in listed for part in item["content"]]
        assert said == [("user", "Who am I?")]
        told(act(url, "delete", first["id"]))
        gone = act(url, "retrieve", first["id"])["failed"]
        assert (gone["status"], gone["classes"][0]) == (404, "NotFoundError")
        broken = act(url, "create", ask("Still?", second["id"]))["failed"]
        assert (broken["status"], broken["classes"][0]) == (400, "BadRequestError")
        assert broken["code"] == "previous_response_not_found"
    provider.finish()


@streaming
@everywhere
def test_what_is_not_to_be_stored_is_not(act, place, targets, dialect, stream):
    provider = targets.provider(dialect)
    provider.play(Turn(Answer((Text("Hello Ann."),))))
    with place(dialect) as url:
        first = told(act(url, "create", ask("I am Ann.", store=False, stream=stream)))
        assert text(first) == "Hello Ann."
        assert act(url, "retrieve", first["id"])["failed"]["status"] == 404
        unknown = act(url, "create", ask("Who am I?", first["id"], stream=stream))["failed"]
        assert (unknown["status"], unknown["code"]) == (400, "previous_response_not_found")
    provider.finish()
