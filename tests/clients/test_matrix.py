"""Every client against a strict provider of every dialect, through an alias."""

import json

import pytest

from conftest import ALIAS, DIALECTS
from sdks import anthropic_sdk
from sdks.talk import CLOCK, PERSON, PIXELS, WEATHER, Talk
from strict.script import Answer, Call, Failure, Text, Thinking, Turn, Usage

PARIS = Call("get_weather", {"city": "Paris"})
ROME = Call("get_weather", {"city": "Rome"})
NOON = Call("get_time", {"zone": "CET"})
SAYING = "Bonjour, «world» — 你好 🌍!"
streaming = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def lacking(line, *wanted):
    """Skips what the client has no words for."""
    missing = line.client.lacks & set(wanted)
    if missing:
        pytest.skip(f"{line.client.name} cannot ask for {', '.join(missing)}")


@streaming
def test_text_and_its_settings_arrive(line, stream):
    def expect(gist):
        assert gist.system == "Be brief."
        assert gist.said == [("user", "What is new?")]
        assert (gist.limit, gist.temperature, gist.streams) == (321, 0.5, stream)
        assert not gist.tools and not gist.reasons

    usage = Usage(input=150, cached=100, output=40)
    line.play(Turn(Answer((Text(SAYING),), usage), expect))
    heard = line.hold(Talk(system="Be brief.", limit=321, temperature=0.5, stream=stream))
    assert heard.text == SAYING
    assert heard.finish in line.client.finish["end"]
    assert {key: heard.usage[key] for key in ("input", "cached", "output")} == {"input": 150, "cached": 100, "output": 40}


@pytest.mark.parametrize("grain", [1, 7])
def test_stream_arrives_in_crumbs(line, grain):
    line.play(Turn(Answer((Thinking("Hm. " * 3), Text(SAYING), PARIS))), Turn(Answer((Text(SAYING),))), grain=grain)
    heard = line.hold(Talk(tools=(WEATHER,), stream=True))
    assert heard.calls == [[("get_weather", {"city": "Paris"})]]
    assert heard.text == SAYING


@streaming
def test_tool_is_called_and_answered(line, stream):
    def declared(gist):
        assert set(gist.tools) == {"get_weather", "get_time"}
        kept = {key: gist.tools["get_weather"][key] for key in ("type", "properties", "required")}
        assert kept == WEATHER["schema"]

    def answered(gist):
        assert gist.calls == [("get_weather", {"city": "Paris"})]
        assert gist.results == [("get_weather", "18 degrees in Paris", False)]
        assert gist.said[0] == ("user", "What is new?")

    line.play(Turn(Answer((PARIS,)), declared), Turn(Answer((Text("Warm."),)), answered))
    heard = line.hold(Talk(tools=(WEATHER, CLOCK), stream=stream))
    assert heard.calls == [[("get_weather", {"city": "Paris"})]]
    assert (heard.text, heard.finish in line.client.finish["end"]) == ("Warm.", True)


@streaming
def test_parallel_calls_stay_apart(line, stream):
    def answered(gist):
        assert gist.calls == [(call.name, call.arguments) for call in (PARIS, ROME, NOON)]
        assert sorted(gist.results) == [
            ("get_time", "noon in CET", False),
            ("get_weather", "18 degrees in Paris", False),
            ("get_weather", "18 degrees in Rome", False),
        ]

    line.play(
        Turn(Answer((Text("Let me see."), PARIS, ROME, NOON))),
        Turn(Answer((Text("Warm at noon."),)), answered),
    )
    heard = line.hold(Talk(tools=(WEATHER, CLOCK), stream=stream))
    assert heard.calls == [[(call.name, call.arguments) for call in (PARIS, ROME, NOON)]]
    assert heard.text == "Warm at noon."


@streaming
def test_loop_of_several_turns(line, stream):
    def all_answered(gist):
        assert [name for name, _, _ in gist.results] == ["get_weather", "get_time", "get_weather"]
        assert [arguments for _, arguments in gist.calls] == [PARIS.arguments, NOON.arguments, ROME.arguments]

    line.play(
        Turn(Answer((Text("First Paris."), PARIS))),
        Turn(Answer((NOON,))),
        Turn(Answer((Text("Then Rome."), ROME))),
        Turn(Answer((Text("Done."),)), all_answered),
    )
    heard = line.hold(Talk(tools=(WEATHER, CLOCK), stream=stream))
    assert [len(turn) for turn in heard.calls] == [1, 1, 1]
    assert heard.text == "Done."


@streaming
def test_thoughts_return_to_their_maker(line, stream):
    def thinking(gist):
        assert gist.reasons

    def remembered(gist):
        kept = line.client.dialect == line.dialect != "openai_chat"
        assert not kept or gist.thoughts == ["Paris it is."]
        assert not any("Paris it is." in text for _, text in gist.said), "a thought became text"

    usage = Usage(output=60, reasoning=24)
    line.play(
        Turn(Answer((Thinking("Paris it is."), PARIS), usage), thinking),
        Turn(Answer((Text("Warm."),), usage), remembered),
    )
    heard = line.hold(Talk(tools=(WEATHER,), effort="high", stream=stream))
    assert heard.text == "Warm."
    # Chat Completions has no word for thoughts, though some of its clients know one that others coined.
    silent = "openai_chat" in (line.client.dialect, line.dialect)
    assert heard.thoughts in (("", "Paris it is.") if silent else ("Paris it is.",))


@pytest.mark.parametrize("image", ["inline", "https://images.example/red.png"], ids=["inline", "link"])
def test_image_arrives(line, image):
    if image != "inline":
        lacking(line, "link")
        if line.dialect == "bedrock":
            pytest.skip("Bedrock takes no links")

    def expect(gist):
        assert gist.images == [("image/png", PIXELS) if image == "inline" else ("url", image)]
        assert gist.said == [("user", "What is new?")]

    line.play(Turn(Answer((Text("Red."),)), expect))
    assert line.hold(Talk(image=image)).text == "Red."


@streaming
def test_answer_follows_a_schema(line, stream):
    lacking(line, "schema")

    def expect(gist):
        assert {key: gist.schema[key] for key in ("type", "properties", "required")} == {
            key: PERSON[key] for key in ("type", "properties", "required")
        }

    line.play(Turn(Answer((Text('{"name": "Ada", "age": 36}'),)), expect))
    heard = line.hold(Talk(schema=PERSON, stream=stream))
    assert json.loads(heard.text) == {"name": "Ada", "age": 36}


@pytest.mark.parametrize("choice", ["any", "get_time"])
def test_tool_choice_arrives(line, choice):
    def expect(gist):
        assert gist.choice == choice

    line.play(Turn(Answer((NOON,)), expect), Turn(Answer((Text("Noon."),))))
    assert line.hold(Talk(tools=(WEATHER, CLOCK), choice=choice)).text == "Noon."


def test_stop_sequences_arrive(line):
    lacking(line, "stops")
    if line.dialect == "openai_responses":
        pytest.skip("Responses knows no stop sequences")

    def expect(gist):
        assert gist.stops == ["END", "FIN"]

    line.play(Turn(Answer((Text("Cut."),)), expect))
    assert line.hold(Talk(stops=("END", "FIN"))).text == "Cut."


@streaming
def test_answer_cut_at_its_limit_says_so(line, stream):
    line.play(Turn(Answer((Text("Once upon"),), stop="length")))
    heard = line.hold(Talk(limit=64, stream=stream))
    assert heard.text == "Once upon"
    assert heard.finish in line.client.finish["length"]


@streaming
def test_refusal_is_told(line, stream):
    line.play(Turn(Answer((Text("I cannot."),), stop="refusal")))
    heard = line.hold(Talk(stream=stream))
    assert heard.finish in line.client.finish["refusal"]
    # Gemini withholds what it stopped; LangChain and the AI SDK do not show a refusal's text.
    silent = "gemini" in (line.client.dialect, line.dialect) or "refusal" in line.client.hides
    assert heard.text in (("", "I cannot.") if silent else ("I cannot.",))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@streaming
def test_error_keeps_its_class(line, status, stream):
    if line.dialect == "bedrock" and status == 401:
        pytest.skip("Bedrock answers 403 to a bad key")
    line.play(Turn(Failure(status, "so it is")))
    heard = line.attempt(Talk(stream=stream))
    line.provider.finish()
    assert line.client.errors[status] in heard.error["classes"]
    assert (heard.error["status"], "so it is" in heard.error["message"]) == (status, True)
    waits = status == 429 and line.dialect not in ("bedrock", "gemini") and "retry-after" not in line.client.hides
    assert not waits or heard.error["retry_after"] == "17"


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_tokens_are_counted_for_any_target(targets, dialect):
    provider = targets.provider(dialect)
    provider.play()
    talk = Talk(prompt="word " * 1000, system="Be brief.", tools=(WEATHER,))
    counted = anthropic_sdk.count(targets.gateway(dialect), ALIAS, talk)
    provider.finish()
    # Anthropic and Gemini count themselves; of the others' tokens there is an estimate.
    assert counted == 4321 if dialect in ("anthropic", "gemini", "bedrock") else 900 < counted < 3000
