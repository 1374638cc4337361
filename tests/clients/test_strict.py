"""The strict providers refuse what the real ones refuse, and say why."""

import copy
import json

import pytest

from sdks.talk import PIXELS
from strict import anthropic, bedrock, gemini, openai_chat, openai_responses
from strict.script import Answer, Call, Issued, Text, Thinking, Violation
from strict.server import Request

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ISSUED = Issued(thoughts={"c2ln": "Hm.", "rs_1": "Hm.", "sealed": "Hm."})

BODIES = {
    "openai_chat": {
        "model": "gpt-4.1",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "u"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                    {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "b", "content": "2"},
            {"role": "tool", "tool_call_id": "a", "content": "1"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}],
    },
    "openai_responses": {
        "model": "gpt-5.3-codex",
        "store": False,
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "u"}]},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"},
            {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "1"},
        ],
        "tools": [{"type": "function", "name": "f", "parameters": SCHEMA, "strict": False}],
    },
    "anthropic": {
        "model": "claude-sonnet-4-6",
        "max_tokens": 4096,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "messages": [
            {"role": "user", "content": "u"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                    {"type": "tool_use", "id": "a", "name": "f", "input": {}},
                    {"type": "tool_use", "id": "b", "name": "f", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "b", "content": "2"},
                    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "1"}]},
                    {"type": "text", "text": "and"},
                ],
            },
        ],
        "tools": [{"name": "f", "input_schema": SCHEMA}],
    },
    "gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": "u"}]},
            {
                "role": "model",
                "parts": [
                    {"functionCall": {"name": "f", "args": {}, "id": "a"}, "thoughtSignature": "c2ln"},
                    {"functionCall": {"name": "g", "args": {}, "id": "b"}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "f", "id": "a", "response": {"output": "1"}}},
                    {"functionResponse": {"name": "g", "id": "b", "response": {"output": "2"}}},
                ],
            },
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": SCHEMA}, {"name": "g"}]}],
        "generationConfig": {"temperature": 2, "maxOutputTokens": 10},
    },
    "bedrock": {
        "messages": [
            {"role": "user", "content": [{"text": "u"}]},
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
                    {"toolUse": {"toolUseId": "a", "name": "f", "input": {}}},
                ],
            },
            {"role": "user", "content": [{"toolResult": {"toolUseId": "a", "content": [{"text": "1"}]}}]},
        ],
        "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": SCHEMA}}}]},
        "inferenceConfig": {"maxTokens": 2000, "temperature": 1},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    },
}
MODULES = {each.NAME: each for each in (openai_chat, openai_responses, anthropic, gemini, bedrock)}
ADDRESSES = {
    "openai_chat": "/v1/chat/completions",
    "openai_responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": f"/v1beta/models/{gemini.MODEL}:generateContent",
    "bedrock": f"/model/{bedrock.MODEL}/converse",
}
HEADERS = {
    "authorization": "Bearer k",
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
}


def request(dialect, body, **headers):
    return Request("POST", ADDRESSES[dialect], {}, {**HEADERS, **headers}, body)


def check(dialect, body, **headers):
    asked = request(dialect, body, **headers)
    MODULES[dialect].check(asked, ISSUED, MODULES[dialect].operation(asked))


def changed(dialect, path, value):
    """The dialect's good body with `value` at `path`; `None` takes it away, a function maps what is there."""
    body = copy.deepcopy(BODIES[dialect])
    *steps, last = path
    place = body
    for step in steps:
        place = place[step]
    if callable(value):
        value = value(place[last])
    if value is None:
        del place[last]
    elif isinstance(place, list):
        place[last : last + 1] = [value]
    else:
        place[last] = value
    return body


@pytest.mark.parametrize("dialect", BODIES)
def test_good_body_is_taken(dialect):
    check(dialect, BODIES[dialect])


PNG = f"data:image/png;base64,{PIXELS}"
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
LAX = {"type": "object", "properties": {"a": {"type": "string"}}, "required": [], "additionalProperties": False}


def spoken(schema):
    return {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}


def pictured(url):
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}


REFUSED = [
    ("openai_chat", ["model"], None, "model: field required"),
    ("openai_chat", ["thinking"], {"type": "enabled"}, "thinking: unknown key"),
    ("openai_chat", ["temperature"], 2.5, "between 0 and 2"),
    ("openai_chat", ["temperature"], "1", "temperature"),
    ("openai_chat", ["n"], True, "n: True is not of type int"),
    ("openai_chat", ["max_tokens"], 0, "max_tokens"),
    ("openai_chat", ["stop"], list("abcde"), "1 to 4"),
    ("openai_chat", ["stream_options"], {"include_usage": True}, "only allowed when 'stream'"),
    ("openai_chat", ["top_logprobs"], 3, "'logprobs' is enabled"),
    ("openai_chat", ["messages"], [], "too short"),
    ("openai_chat", ["messages", 0, "role"], "model", "nothing allowed here looks like"),
    ("openai_chat", ["messages", 0, "name"], 3, "name"),
    ("openai_chat", ["messages", 1, "content", 0, "cache_control"], {}, "cache_control: unknown key"),
    ("openai_chat", ["messages", 1], pictured("data:image/png;base64,!!!"), "invalid base64"),
    ("openai_chat", ["messages", 1], pictured(PNG.replace("png", "jpeg")), "not image/jpeg"),
    ("openai_chat", ["messages", 1], pictured(PNG.replace("image/png", "image/tiff")), "media type"),
    ("openai_chat", ["messages", 2, "tool_calls"], None, "content: expected a string"),
    ("openai_chat", ["messages", 2, "tool_calls", 0, "function", "arguments"], {}, "arguments"),
    ("openai_chat", ["messages", 2, "tool_calls", 0, "function", "arguments"], "[]", "JSON object"),
    ("openai_chat", ["messages", 3], None, "did not have response messages: b"),
    ("openai_chat", ["messages", 3, "tool_call_id"], "z", "preceding message"),
    ("openai_chat", ["messages", 3], {"role": "user", "content": "x"}, "did not have response messages"),
    ("openai_chat", ["tools", 0, "function", "name"], "a.b", "does not match the pattern"),
    ("openai_chat", ["tools", 0, "function", "name"], "n" * 65, "does not match the pattern"),
    ("openai_chat", ["tools", 0, "function", "parameters"], {"type": "string"}, "must be of type"),
    ("openai_chat", ["tools", 0, "function", "parameters"], {"type": "object"}, "missing properties"),
    ("openai_chat", ["tools", 0, "function", "strict"], True, "additionalProperties"),
    ("openai_chat", ["tools"], [], "1 to 128"),
    ("openai_chat", ["tool_choice"], {"type": "function", "function": {"name": "z"}}, "not found"),
    ("openai_chat", ["tool_choice"], {"type": "tool", "name": "f"}, "tool_choice"),
    ("openai_chat", ["response_format"], spoken(OPEN), "additionalProperties"),
    ("openai_chat", ["response_format"], spoken(LAX), "every key in properties"),
    ("openai_responses", ["messages"], [], "messages: unknown key"),
    ("openai_responses", ["max_output_tokens"], 8, "between 16"),
    ("openai_responses", ["temperature"], 3, "between 0 and 2"),
    ("openai_responses", ["input"], None, "Missing required parameter"),
    ("openai_responses", ["input", 0, "content", 0, "type"], "text", "nothing allowed here"),
    ("openai_responses", ["input", 0, "role"], "tool", "input[0].role"),
    ("openai_responses", ["input", 1, "encrypted_content"], "forged", "could not be verified"),
    ("openai_responses", ["input", 1, "encrypted_content"], None, "not persisted"),
    ("openai_responses", ["input", 2], None, "without its required following item"),
    ("openai_responses", ["input", 2, "id"], "call_1", "begins with 'fc'"),
    ("openai_responses", ["input", 2, "arguments"], "", "JSON object"),
    ("openai_responses", ["input", 3], None, "No tool output found"),
    ("openai_responses", ["input", 3, "call_id"], "z", "No tool call found"),
    ("openai_responses", ["tools", 0], {"type": "function", "function": {"name": "f"}}, "function: unknown key"),
    ("openai_responses", ["tools", 0, "strict"], True, "additionalProperties"),
    ("openai_responses", ["tool_choice"], {"type": "function", "name": "z"}, "not found"),
    ("anthropic", ["max_tokens"], None, "max_tokens: field required"),
    ("anthropic", ["max_tokens"], 1024, "must be greater than `thinking.budget_tokens`"),
    ("anthropic", ["thinking", "budget_tokens"], 1023, "1024"),
    ("anthropic", ["temperature"], 0.5, "only be set to 1"),
    ("anthropic", ["temperature"], 1.5, "between 0 and 1"),
    ("anthropic", ["top_k"], 3, "`top_k` must be unset"),
    ("anthropic", ["n"], 1, "n: unknown key"),
    ("anthropic", ["stop_sequences"], [" "], "non-whitespace"),
    ("anthropic", ["metadata"], {"user_id": "u" * 257}, "256"),
    ("anthropic", ["messages", 0, "role"], "assistant", "first message"),
    ("anthropic", ["messages", 0, "role"], "tool", "nothing allowed here"),
    ("anthropic", ["messages", 0, "content"], "", "non-empty"),
    ("anthropic", ["messages", 1, "content", 0, "signature"], "forged", "Invalid `signature`"),
    ("anthropic", ["messages", 1, "content", 0, "thinking"], "Other.", "Invalid `signature`"),
    ("anthropic", ["messages", 1, "content", 0], None, "Expected `thinking`"),
    ("anthropic", ["messages", 1, "content", 1, "input"], "{}", "input"),
    ("anthropic", ["messages", 1, "content", 1, "id"], "a.b", "does not match the pattern"),
    ("anthropic", ["messages", 2, "content", 0], None, "without `tool_result` blocks immediately after: b"),
    ("anthropic", ["messages", 2, "content", 0, "tool_use_id"], "z", "without `tool_result`"),
    ("anthropic", ["messages", 2, "content"], lambda it: it[::-1], "must come first"),
    ("anthropic", ["messages", 2, "content"], lambda it: it[:1] + it, "single result"),
    ("anthropic", ["messages", 2, "content", 1, "content", 0, "text"], "", "non-empty"),
    ("anthropic", ["messages", 2], None, "without `tool_result`"),
    ("anthropic", ["tools", 0, "input_schema", "type"], "string", "Input should be 'object'"),
    ("anthropic", ["tools", 0, "name"], "a b", "does not match the pattern"),
    ("anthropic", ["tools", 0, "parameters"], {}, "unknown key"),
    ("anthropic", ["tool_choice"], {"type": "any"}, "forces tool use"),
    ("anthropic", ["tool_choice"], {"type": "tool", "name": "z"}, "not found"),
    ("anthropic", ["tool_choice"], "auto", "tool_choice"),
    ("anthropic", ["output_config"], {"format": {"type": "json_schema", "schema": OPEN}}, "additionalProperties"),
    ("gemini", ["contents"], None, "contents"),
    ("gemini", ["messages"], [], "messages"),
    ("gemini", ["contents", 0, "role"], "assistant", "valid role"),
    ("gemini", ["contents", 0, "parts"], [], "must not be empty"),
    ("gemini", ["contents", 0, "parts", 0, "text"], "", "must not be empty"),
    ("gemini", ["contents", 0, "parts", 0, "inlineData"], {"mimeType": "image/png", "data": PIXELS}, "oneof"),
    ("gemini", ["contents", 0, "parts", 0], {"inlineData": {"data": PIXELS}}, "MIME"),
    ("gemini", ["contents", 1, "parts", 0, "thoughtSignature"], None, "missing a thought_signature"),
    ("gemini", ["contents", 1, "parts", 0, "thoughtSignature"], "Zm9yZ2Vk", "Corrupted"),
    ("gemini", ["contents", 2, "parts", 1], None, "number of function response parts"),
    ("gemini", ["contents", 2, "parts", 1, "functionResponse", "name"], "z", "no function response is named"),
    ("gemini", ["contents", 2, "parts", 1, "functionResponse", "id"], "z", "has the id"),
    ("gemini", ["contents", 2, "parts", 1, "functionResponse", "response"], "2", "response"),
    ("gemini", ["contents", 2], None, "end with a user turn"),
    ("gemini", ["contents", 0], None, "first turn is a user turn"),
    ("gemini", ["generationConfig", "temperature"], 2.1, "range"),
    ("gemini", ["generationConfig", "max_tokens"], 3, "max_tokens"),
    ("gemini", ["generationConfig", "stopSequences"], list("abcdef"), "at most 5"),
    ("gemini", ["generationConfig", "responseSchema"], SCHEMA, "response_mime_type"),
    ("gemini", ["generationConfig", "thinkingConfig"], {"thinkingBudget": 1, "thinkingLevel": "LOW"}, "only one of"),
    ("gemini", ["tools", 0, "functionDeclarations", 0, "name"], "1f", "does not match the pattern"),
    ("gemini", ["tools", 0, "functionDeclarations", 0, "parameters"], {**SCHEMA, "$schema": "x"}, "schema"),
    (
        "gemini",
        ["tools", 0, "functionDeclarations", 0, "parameters"],
        {**SCHEMA, "additionalProperties": False},
        "Unknown name",
    ),
    (
        "gemini",
        ["tools", 0, "functionDeclarations", 0, "parameters"],
        {"type": "object", "properties": {}},
        "should be non-empty",
    ),
    ("gemini", ["tools", 0, "functionDeclarations", 0, "parametersJsonSchema"], SCHEMA, "mutually exclusive"),
    ("gemini", ["toolConfig"], {"functionCallingConfig": {"mode": "SOME"}}, "enum"),
    ("gemini", ["toolConfig"], {"functionCallingConfig": {"allowedFunctionNames": ["f"]}}, "when mode is ANY"),
    ("bedrock", ["messages", 0, "role"], "assistant", "start with a user message"),
    ("bedrock", ["messages", 0, "role"], "developer", "is none of"),
    ("bedrock", ["messages", 0, "content", 0, "text"], " ", "is blank"),
    ("bedrock", ["messages", 0, "content", 0, "type"], "text", "unknown field"),
    ("bedrock", ["messages", 0, "content", 0, "image"], {"format": "png", "source": {"bytes": PIXELS}}, "exactly one"),
    ("bedrock", ["messages", 0, "content", 0], {"image": {"format": "gif", "source": {"bytes": PIXELS}}}, "not image/gif"),
    ("bedrock", ["messages", 0, "content", 0], {"image": {"format": "bmp", "source": {"bytes": PIXELS}}}, "none of"),
    ("bedrock", ["messages", 1, "content", 0, "reasoningContent", "reasoningText", "signature"], "z", "Invalid `signature`"),
    ("bedrock", ["messages", 1, "content", 0], None, "Expected `thinking`"),
    ("bedrock", ["messages", 1, "content", 1, "toolUse", "input"], "{}", "input is invalid"),
    ("bedrock", ["messages", 1, "content", 1, "toolUse", "toolUseId"], "a b", "does not match"),
    ("bedrock", ["messages", 2, "content"], [{"text": "x"}], "Expected toolResult blocks"),
    ("bedrock", ["messages", 2, "content"], lambda it: it * 2, "exceeds the number"),
    ("bedrock", ["messages", 2, "content", 0, "toolResult", "content"], "1", "expected a list"),
    ("bedrock", ["messages", 2], None, "does not support assistant message prefill"),
    ("bedrock", ["messages", 1], None, "must alternate"),
    ("bedrock", ["toolConfig"], None, "toolConfig field must be defined"),
    ("bedrock", ["toolConfig", "tools", 0, "toolSpec", "name"], "n" * 65, "length 65"),
    ("bedrock", ["toolConfig", "tools"], [], "length 0"),
    ("bedrock", ["toolConfig", "toolChoice"], {"auto": {}, "any": {}}, "exactly one"),
    ("bedrock", ["toolConfig", "toolChoice"], {"any": {}}, "forces tool use"),
    ("bedrock", ["inferenceConfig", "temperature"], 1.5, "range 0 to 1"),
    ("bedrock", ["inferenceConfig", "max_tokens"], 3, "unknown field"),
    ("bedrock", ["inferenceConfig", "maxTokens"], 1024, "must be greater than"),
    ("bedrock", ["additionalModelRequestFields", "temperature"], 1, "extraneous"),
]


@pytest.mark.parametrize(
    ("dialect", "path", "value", "why"),
    REFUSED,
    ids=[f"{dialect}-{'.'.join(map(str, path))}-{why[:20]}" for dialect, path, _, why in REFUSED],
)
def test_bad_body_is_refused(dialect, path, value, why):
    with pytest.raises(Violation) as refused:
        check(dialect, changed(dialect, path, value))
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("dialect", "headers", "why"),
    [
        ("openai_chat", {"authorization": "k"}, "API key"),
        ("openai_responses", {"authorization": ""}, "API key"),
        ("anthropic", {"authorization": ""}, "x-api-key"),
        ("anthropic", {"anthropic-version": "2024-01-01"}, "anthropic-version"),
        ("gemini", {"authorization": ""}, "unregistered"),
        ("bedrock", {"authorization": ""}, "Authentication Token"),
    ],
)
def test_bad_headers_are_refused(dialect, headers, why):
    with pytest.raises(Violation, match=why):
        check(dialect, BODIES[dialect], **headers)


def test_newest_version_takes_no_sampling():
    body = {**BODIES["anthropic"], "temperature": 1}
    check("anthropic", body)
    with pytest.raises(Violation, match="Extra inputs"):
        check("anthropic", body, **{"anthropic-version": "2026-10-21"})


def test_system_message_follows_a_user_turn():
    said = [{"role": "user", "content": "u"}, {"role": "system", "content": "s"}]
    body = {"model": "m", "max_tokens": 5, "messages": said}
    check("anthropic", body)
    with pytest.raises(Violation, match="only an assistant message"):
        check("anthropic", {**body, "messages": [*said, {"role": "user", "content": "u"}]})


LOOPS = {
    "anthropic": [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "3"}]},
    ],
    "bedrock": [
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c", "name": "f", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c", "content": [{"text": "3"}]}}]},
    ],
}


@pytest.mark.parametrize("dialect", list(LOOPS))
def test_loop_of_tools_is_one_turn_that_begins_with_thoughts(dialect):
    body = changed(dialect, ["messages"], lambda said: said + LOOPS[dialect])
    check(dialect, body)
    del body["messages"][1]["content"][0]
    with pytest.raises(Violation, match="Expected `thinking`"):
        check(dialect, body)
    # What is behind the next question is another turn.
    said = BODIES[dialect]["messages"]
    with pytest.raises(Violation, match="Expected `thinking`"):
        ended = {"role": "assistant", "content": [{"text": "x", **({"type": "text"} if dialect == "anthropic" else {})}]}
        check(dialect, changed(dialect, ["messages"], [*said, ended, said[0], *LOOPS[dialect]]))


def test_frames_are_those_of_aws():
    from botocore.eventstream import EventStreamBuffer

    buffer = EventStreamBuffer()
    answer = Answer((Thinking("Hm."), Text("Hello."), Call("f", {"a": 1})))
    for piece in bedrock.stream(answer, None, Issued()):
        buffer.add_data(piece)
    events = [(event.headers[":event-type"], json.loads(event.payload)) for event in buffer]
    assert [name for name, _ in events[:2]] == ["messageStart", "contentBlockDelta"]
    assert events[-2][1]["stopReason"] == "tool_use"
    assert events[-1][1]["usage"]["totalTokens"] == 150
