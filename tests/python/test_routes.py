"""What the official Python clients see of fallbacks: plain success, or the exception of the last provider's error."""

import json

import anthropic
import openai
import pytest

from conftest import anthropic_client, openai_client
from gateway import running

MESSAGES = [{"role": "user", "content": "Hello!"}]

FAULTS = ["401", "404", "429", "500", "529", "hang"]
# Each exhausted alias is asked once: a target that asked for a pause gets it, and is passed over meanwhile.
EXHAUSTED = [f"{fault}-{asker}" for fault in FAULTS for asker in ("whole", "stream", "once")]


def entries():
    for fault in FAULTS:
        yield f"  - {{model: demo/{fault}, simulate: {{fault: '{fault}'}}, timeouts: {{first_token: 200ms}}}}"
    for name in EXHAUSTED:
        for sdk in ("openai", "anthropic"):
            yield f"  - {{model: demo/first-{name}-{sdk}, simulate: {{fault: 500}}}}"
            yield f"  - {{model: demo/last-{name}-{sdk}, simulate: {{fault: '{name.split('-')[0]}'}}}}"


def aliases():
    for fault in FAULTS:
        yield f"  backed-{fault}: {{targets: [{{model: demo/{fault}, timeout: 300ms}}], fallbacks: [{{target: demo/good}}]}}"
    for name in EXHAUSTED:
        for sdk in ("openai", "anthropic"):
            yield f"  twice-{name}-{sdk}: {{target: demo/first-{name}-{sdk}, fallbacks: [{{target: demo/last-{name}-{sdk}}}]}}"


@pytest.fixture(scope="module")
def routes():
    """The URL of a gateway whose aliases have fallbacks."""
    config = ["model_providers:", "  - {model: demo/good}", "  - {model: demo/cutting, simulate: {fault: cut}}", *entries()]
    config += ["model_aliases:", "  cut: {target: demo/cutting, fallbacks: [{target: demo/good}]}", *aliases()]
    with running("\n".join(config)) as url:
        yield url


@pytest.mark.parametrize("fault", FAULTS)
def test_fallback_is_plain_success(routes, fault):
    raw = openai_client(routes).chat.completions.with_raw_response.create(model=f"backed-{fault}", messages=MESSAGES)
    assert raw.headers["x-callsign-model"] == "demo/good"
    assert raw.headers["x-callsign-attempts"] in ("1", "2")
    assert raw.parse().choices[0].finish_reason == "stop"
    reply = anthropic_client(routes).messages.create(model=f"backed-{fault}", max_tokens=50, messages=MESSAGES)
    assert reply.stop_reason == "end_turn" and reply.content[0].text


@pytest.mark.parametrize("fault", FAULTS)
def test_fallback_of_a_stream_is_plain_success(routes, fault):
    chunks = list(openai_client(routes).chat.completions.create(model=f"backed-{fault}", messages=MESSAGES, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    client = anthropic_client(routes)
    with client.messages.stream(model=f"backed-{fault}", max_tokens=50, messages=MESSAGES) as stream:
        text = "".join(stream.text_stream)
    assert text and stream.get_final_message().stop_reason == "end_turn"


@pytest.mark.parametrize(
    "fault, in_openai, in_anthropic",
    [
        ("401", openai.AuthenticationError, anthropic.AuthenticationError),
        ("404", openai.NotFoundError, anthropic.NotFoundError),
        ("429", openai.RateLimitError, anthropic.RateLimitError),
        ("500", openai.InternalServerError, anthropic.InternalServerError),
        ("529", openai.InternalServerError, anthropic.InternalServerError),
    ],
)
@pytest.mark.parametrize("asker", ["whole", "stream"])
def test_exhausted_fallbacks_raise_the_last_error(routes, fault, in_openai, in_anthropic, asker):
    name, stream = f"{fault}-{asker}", asker == "stream"
    with pytest.raises(in_openai) as caught:
        openai_client(routes).chat.completions.create(model=f"twice-{name}-openai", messages=MESSAGES, stream=stream)
    assert caught.value.status_code == int(fault)
    told = [(attempt["model"], attempt["status"]) for attempt in caught.value.body["attempts"]]
    assert told == [(f"demo/first-{name}-openai", 500), (f"demo/last-{name}-openai", int(fault))]
    with pytest.raises(in_anthropic) as caught:
        anthropic_client(routes).messages.create(
            model=f"twice-{name}-anthropic", max_tokens=8, messages=MESSAGES, stream=stream
        )
    assert caught.value.status_code == int(fault)
    told = [(attempt["model"], attempt["status"]) for attempt in caught.value.body["error"]["attempts"]]
    assert told == [(f"demo/first-{name}-anthropic", 500), (f"demo/last-{name}-anthropic", int(fault))]


def test_retry_after_of_the_last_provider_is_told(routes):
    with pytest.raises(openai.RateLimitError) as caught:
        openai_client(routes).chat.completions.create(model="twice-429-once-openai", messages=MESSAGES)
    assert caught.value.response.headers["retry-after"] == "1"
    with pytest.raises(anthropic.RateLimitError) as caught:
        anthropic_client(routes).messages.create(model="twice-429-once-anthropic", max_tokens=8, messages=MESSAGES)
    assert caught.value.response.headers["retry-after"] == "1"


def test_stream_that_breaks_after_its_first_token_raises(routes):
    """A fallback cannot help any more: what was said was said."""
    stream = openai_client(routes).chat.completions.create(model="cut", messages=MESSAGES, stream=True)
    said = ""
    with pytest.raises(openai.APIError):
        for chunk in stream:
            said += chunk.choices[0].delta.content or ""
    assert said
    said = ""
    with pytest.raises(anthropic.APIError):
        with anthropic_client(routes).messages.stream(model="cut", max_tokens=50, messages=MESSAGES) as stream:
            for text in stream.text_stream:
                said += text
    assert said


HALF = 'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":%s},"finish_reason":null}]}\n\n'


def test_error_event_before_the_first_token_is_not_seen(upstream):
    upstream.events(HALF % '""' + 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n')
    config = f"""
model_providers:
  - {{model: openai/gpt-4o-mini, access_key: k, base_url: "{upstream.url}"}}
  - {{model: demo/good}}
model_aliases:
  fast: {{target: gpt-4o-mini, fallbacks: [{{target: demo/good}}]}}
"""
    with running(config) as url:
        chunks = list(openai_client(url).chat.completions.create(model="fast", messages=MESSAGES, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len(upstream.requests) == 1


def test_broken_text_is_resumed(upstream):
    upstream.events(HALF % json.dumps("Once upon "))
    upstream.missing = 1
    config = f"""
model_providers:
  - {{model: openai/gpt-4o-mini, access_key: k, base_url: "{upstream.url}"}}
  - {{model: demo/good}}
model_aliases:
  story: {{target: gpt-4o-mini, mid_stream: resume, fallbacks: [{{target: demo/good}}]}}
"""
    with running(config) as url:
        chunks = list(openai_client(url).chat.completions.create(model="story", messages=MESSAGES, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("Once upon ") and len(text) > len("Once upon ")
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
