"""openai-python against the gateway: answers, streams, and the exception classes of every failure."""

import json
import threading

import openai
import pytest

from conftest import openai_client

MESSAGES = [{"role": "user", "content": "Hello!"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }
]
TOOL_CALL = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
                    }
                ],
            },
        }
    ],
}


@pytest.mark.parametrize("prefix", ["", "/", "/v1", "/v1/"])
@pytest.mark.parametrize("model", ["fast-model", "arch.summarize.v1", "demo/chatty", "chatty", ""])
def test_chat(demo, prefix, model):
    reply = openai_client(demo + prefix).chat.completions.create(model=model, messages=MESSAGES)
    assert reply.object == "chat.completion"
    assert reply.choices[0].message.role == "assistant"
    assert reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.total_tokens > 0


def test_headers_name_the_alias_and_the_model(demo):
    raw = openai_client(demo).chat.completions.with_raw_response.create(model="fast-model", messages=MESSAGES)
    assert raw.headers["x-callsign-alias"] == "fast-model"
    assert raw.headers["x-callsign-model"] == "demo/chatty"
    assert raw.headers["x-callsign-attempts"] == "1"
    assert raw.headers["x-callsign-request-id"]


def test_stream(demo):
    client = openai_client(demo)
    stream = client.chat.completions.create(
        model="fast-model", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens > 0


def test_tools_pass_through(scripted, upstream):
    upstream.json(TOOL_CALL)
    reply = openai_client(scripted).chat.completions.create(model="fast", messages=MESSAGES, tools=TOOLS)
    (call,) = reply.choices[0].message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris"})
    assert upstream.body == {"messages": MESSAGES, "model": "gpt-4o-mini", "tools": TOOLS}
    assert upstream.requests[0]["headers"]["authorization"] == "Bearer k"


def test_images_pass_through(scripted, upstream):
    upstream.json(TOOL_CALL)
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]
    openai_client(scripted).chat.completions.create(model="fast", messages=[{"role": "user", "content": parts}])
    assert upstream.body["messages"][0]["content"] == parts


def test_completions(demo):
    reply = openai_client(demo).completions.create(model="fast-model", prompt="Hello")
    assert reply.object == "text_completion" and reply.choices[0].text


def test_embeddings(demo):
    reply = openai_client(demo).embeddings.create(model="fast-model", input=["a", "b"])
    assert len(reply.data) == 2
    assert len(reply.data[0].embedding) == len(reply.data[1].embedding) > 1
    floats = openai_client(demo).embeddings.create(model="fast-model", input="a", encoding_format="float")
    assert floats.data[0].embedding == pytest.approx(reply.data[0].embedding, rel=1e-5)


def test_responses(demo):
    reply = openai_client(demo).responses.create(model="fast-model", input="Hello")
    assert reply.status == "completed" and reply.output_text


def test_responses_stream(demo):
    events = list(openai_client(demo).responses.create(model="fast-model", input="Hello", stream=True))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert deltas == events[-1].response.output_text != ""


def test_audio_transcription(scripted, upstream):
    upstream.json({"text": "hello"})
    audio = ("speech.wav", b"RIFF\x00\xff\x00WAVE", "audio/wav")
    reply = openai_client(scripted).audio.transcriptions.create(model="fast", file=audio)
    assert reply.text == "hello"
    (request,) = upstream.requests
    assert request["path"] == "/v1/audio/transcriptions"
    assert b'name="model"\r\n\r\ngpt-4o-mini\r\n' in request["body"]
    assert b"RIFF\x00\xff\x00WAVE" in request["body"]


def test_moderations_and_images(scripted, upstream):
    upstream.json({"id": "1", "model": "m", "results": []})
    assert openai_client(scripted).moderations.create(model="fast", input="x").results == []
    upstream.json({"created": 1, "data": [{"b64_json": "eA=="}]})
    assert openai_client(scripted).images.generate(model="fast", prompt="x").data[0].b64_json == "eA=="
    assert [request["path"] for request in upstream.requests] == ["/v1/moderations", "/v1/images/generations"]


def test_models(demo):
    client = openai_client(demo)
    ids = [model.id for model in client.models.list()]
    assert {"fast-model", "arch.summarize.v1", "demo/chatty"} <= set(ids)
    assert client.models.retrieve("fast-model").id == "fast-model"
    assert client.models.retrieve("demo/chatty").object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


def test_unknown_model(demo):
    with pytest.raises(openai.NotFoundError) as caught:
        openai_client(demo).chat.completions.create(model="fast-modle", messages=MESSAGES)
    error = caught.value
    assert error.code == "model_not_found"
    assert "`fast-model`" in error.message
    assert error.response.headers["x-callsign-error"] == "model_not_found"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
        (529, openai.InternalServerError),
    ],
)
def test_upstream_errors(scripted, upstream, status, expected):
    body = {"error": {"message": f"no {status}", "type": "t", "param": None, "code": "c"}}
    upstream.json(body, status, retry_after="17", x_ratelimit_remaining_requests="0")
    with pytest.raises(expected) as caught:
        openai_client(scripted).chat.completions.create(model="fast", messages=MESSAGES)
    assert caught.value.status_code == status
    assert caught.value.code == "c" and f"no {status}" in caught.value.message
    assert caught.value.response.headers["retry-after"] == "17"
    assert caught.value.response.headers["x-ratelimit-remaining-requests"] == "0"


def test_html_error_is_an_error_of_its_class(scripted, upstream):
    upstream.answer = (502, {"content-type": "text/html"}, b"<h1>Bad Gateway</h1>")
    with pytest.raises(openai.InternalServerError) as caught:
        openai_client(scripted).chat.completions.create(model="fast", messages=MESSAGES)
    assert caught.value.body["message"]


@pytest.mark.parametrize("model, expected", [("limited", openai.RateLimitError), ("broken", openai.InternalServerError), ("denied", openai.AuthenticationError)])
def test_simulated_faults(demo, model, expected):
    with pytest.raises(expected):
        openai_client(demo).chat.completions.create(model=model, messages=MESSAGES)


def test_stream_that_breaks_off_raises(demo):
    stream = openai_client(demo).chat.completions.create(model="cutting", messages=MESSAGES, stream=True)
    with pytest.raises(openai.APIError):
        list(stream)


def test_refused_connection(dead_end):
    with pytest.raises(openai.InternalServerError) as caught:
        openai_client(dead_end).chat.completions.create(model="fast", messages=MESSAGES)
    assert caught.value.status_code == 502
    assert caught.value.code == "upstream_unreachable"


def test_timeout(scripted, upstream):
    upstream.held = threading.Event()
    with pytest.raises(openai.InternalServerError) as caught:
        openai_client(scripted).chat.completions.create(model="fast-and-impatient", messages=MESSAGES)
    upstream.held.set()
    assert caught.value.status_code == 504
    assert caught.value.code == "upstream_timeout"


def test_malformed_body(scripted):
    client = openai_client(scripted)
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", cast_to=object, content=b'{"model": "fast"', options={"headers": {"content-type": "application/json"}})
    assert caught.value.code == "invalid_request"


def test_body_too_large(scripted, upstream):
    with pytest.raises(openai.APIStatusError) as caught:
        openai_client(scripted).chat.completions.create(
            model="fast", messages=[{"role": "user", "content": "x" * (1 << 20)}]
        )
    assert caught.value.status_code == 413
    assert caught.value.code == "body_too_large"
    assert upstream.requests == []


def test_operation_that_no_target_can_be_asked(scripted):
    with pytest.raises(openai.InternalServerError) as caught:
        openai_client(scripted).moderations.create(model="creative", input="x")
    assert (caught.value.status_code, caught.value.code) == (501, "dialect_not_served")


def test_retries_of_the_client_end_in_an_answer(demo, scripted, upstream):
    upstream.json({"error": {"message": "slow down", "type": "t"}}, 429, retry_after_ms="1")
    client = openai_client(scripted).with_options(max_retries=2)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="fast", messages=MESSAGES)
    assert len(upstream.requests) == 3
