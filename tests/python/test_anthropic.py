"""anthropic-sdk-python against the gateway: answers, streams, and the exception classes of every failure."""

import threading

import anthropic
import pytest

from conftest import anthropic_client

MESSAGES = [{"role": "user", "content": "Hello!"}]
TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather in a city",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
        "cache_control": {"type": "ephemeral"},
    }
]
TOOL_USE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-3-haiku-20240307",
    "content": [
        {"type": "thinking", "thinking": "Hm", "signature": "EqQB"},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


@pytest.mark.parametrize("model", ["fast-model", "arch.summarize.v1", "demo/chatty", "chatty"])
def test_message(demo, model):
    reply = anthropic_client(demo).messages.create(model=model, max_tokens=50, messages=MESSAGES)
    assert (reply.type, reply.role) == ("message", "assistant")
    assert reply.content[0].text
    assert reply.stop_reason == "end_turn"
    assert reply.usage.output_tokens > 0


def test_stream(demo):
    with anthropic_client(demo).messages.stream(model="fast-model", max_tokens=50, messages=MESSAGES) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == final.content[0].text != ""
    assert final.stop_reason == "end_turn"


def test_events_of_a_stream(demo):
    events = anthropic_client(demo).messages.create(
        model="fast-model", max_tokens=50, messages=MESSAGES, stream=True
    )
    types = [event.type for event in events]
    assert types[0] == "message_start" and types[-1] == "message_stop"
    assert "content_block_delta" in types


def test_tools_and_thinking_pass_through(scripted, upstream):
    upstream.json(TOOL_USE, request_id="req_1")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    reply = anthropic_client(scripted).messages.create(
        model="creative", max_tokens=2048, messages=MESSAGES, tools=TOOLS, thinking=thinking
    )
    assert reply.content[0].signature == "EqQB"
    assert reply.content[1].input == {"city": "Paris"}
    assert reply._request_id == "req_1"
    assert upstream.body == {
        "max_tokens": 2048,
        "messages": MESSAGES,
        "model": "claude-3-haiku",
        "thinking": thinking,
        "tools": TOOLS,
    }
    headers = upstream.requests[0]["headers"]
    assert headers["x-api-key"] == "k"
    assert headers["anthropic-version"] == anthropic_client(scripted).default_headers["anthropic-version"]


def test_beta_header_and_query_reach_the_provider(scripted, upstream):
    upstream.json(TOOL_USE)
    anthropic_client(scripted).beta.messages.create(
        model="creative", max_tokens=8, messages=MESSAGES, betas=["interleaved-thinking-2025-05-14"], extra_query={"beta": "true", "x": "1"}
    )
    (request,) = upstream.requests
    assert request["path"] == "/v1/messages?beta=true&x=1"
    assert request["headers"]["anthropic-beta"] == "interleaved-thinking-2025-05-14"


def test_count_tokens(demo):
    count = anthropic_client(demo).messages.count_tokens(model="fast-model", messages=MESSAGES)
    assert count.input_tokens > 0


def test_models(demo):
    client = anthropic_client(demo)
    ids = {model.id for model in client.models.list(limit=2)}
    assert {"fast-model", "arch.summarize.v1", "demo/chatty"} <= ids, "all pages"
    model = client.models.retrieve("fast-model")
    assert (model.id, model.type) == ("fast-model", "model")
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("nobody")


def test_unknown_model(demo):
    with pytest.raises(anthropic.NotFoundError) as caught:
        anthropic_client(demo).messages.create(model="fast-modle", max_tokens=8, messages=MESSAGES)
    assert caught.value.body["type"] == "error"
    assert caught.value.body["error"]["type"] == "not_found_error"
    assert "`fast-model`" in caught.value.body["error"]["message"]
    assert caught.value.response.headers["x-callsign-error"] == "model_not_found"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (403, anthropic.PermissionDeniedError),
        (404, anthropic.NotFoundError),
        (413, anthropic.APIStatusError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.InternalServerError),
    ],
)
def test_upstream_errors(scripted, upstream, status, expected):
    body = {"type": "error", "error": {"type": "t", "message": f"no {status}"}}
    upstream.json(body, status, retry_after="17", request_id="req_9")
    with pytest.raises(expected) as caught:
        anthropic_client(scripted).messages.create(model="creative", max_tokens=8, messages=MESSAGES)
    assert caught.value.status_code == status
    (attempt,) = caught.value.body["error"].pop("attempts")
    assert attempt["status"] == status
    assert caught.value.body == body
    assert caught.value.response.headers["retry-after"] == "17"
    assert caught.value.request_id == "req_9"


@pytest.mark.parametrize(
    "model, expected",
    [
        ("limited", anthropic.RateLimitError),
        ("broken", anthropic.InternalServerError),
        ("denied", anthropic.AuthenticationError),
    ],
)
def test_simulated_faults(demo, model, expected):
    with pytest.raises(expected):
        anthropic_client(demo).messages.create(model=model, max_tokens=8, messages=MESSAGES)


def test_stream_that_breaks_off_raises(demo):
    with pytest.raises(anthropic.APIError):
        with anthropic_client(demo).messages.stream(model="cutting", max_tokens=50, messages=MESSAGES) as stream:
            list(stream)


def test_refused_connection(dead_end):
    with pytest.raises(anthropic.InternalServerError) as caught:
        anthropic_client(dead_end).messages.create(model="creative", max_tokens=8, messages=MESSAGES)
    assert caught.value.status_code == 502
    assert caught.value.body["error"]["type"] == "api_error"


def test_timeout(scripted, upstream):
    upstream.held = threading.Event()
    with pytest.raises(anthropic.InternalServerError) as caught:
        anthropic_client(scripted).messages.create(model="creative-and-impatient", max_tokens=8, messages=MESSAGES)
    upstream.held.set()
    assert caught.value.status_code == 504


def test_malformed_body(scripted):
    with pytest.raises(anthropic.BadRequestError) as caught:
        anthropic_client(scripted).post(
            "/v1/messages", cast_to=object, content=b'{"model": "creative"', options={"headers": {"content-type": "application/json"}}
        )
    assert caught.value.body["error"]["type"] == "invalid_request_error"


def test_body_too_large(scripted, upstream):
    with pytest.raises(anthropic.APIStatusError) as caught:
        anthropic_client(scripted).messages.create(
            model="creative", max_tokens=8, messages=[{"role": "user", "content": "x" * (1 << 20)}]
        )
    assert caught.value.status_code == 413
    assert caught.value.body["error"]["type"] == "request_too_large"
    assert upstream.requests == []
