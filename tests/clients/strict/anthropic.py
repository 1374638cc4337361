"""Anthropic's Messages API."""

import base64
import hashlib

from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_params
from anthropic.types.beta import message_create_params as beta_create_params

from strict import media, sse
from strict.script import Call, Gist, Text, Thinking, demand, fresh, pieces
from strict.shape import mistakes

NAME = "anthropic"
MODEL = "claude-sonnet-4-6"
HEADERS = {"request-id": "req_011strict", "anthropic-organization-id": "org-strict"}
STREAM_HEADERS = {**HEADERS, "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
ERROR_HEADERS = {
    429: {"retry-after": "17", "anthropic-ratelimit-requests-remaining": "0", "request-id": "req_011limited"},
    529: {"x-should-retry": "true"},
}
ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
PATHS = {"/v1/messages": "create", "/v1/messages/count_tokens": "count"}
# The version of 2026 has no sampling, nor has the SDK that sends it.
VERSIONS = ("2023-06-01", "2026-10-21")
SAMPLING = {"temperature": float, "top_p": float, "top_k": int}
STOPS = {"end": "end_turn", "tool": "tool_use", "length": "max_tokens", "refusal": "refusal"}


def operation(request):
    demand(request.method == "POST" and request.path in PATHS, f"Not found: {request.method} {request.path}")
    return PATHS[request.path]


def streams(request):
    return request.body.get("stream") is True


def aside(_request, _operation):
    return {"input_tokens": 4321}


def error(status, message):
    kind = ERRORS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_011strict"}


# --- the request ---


def check(request, issued, what):
    _check_headers(request.headers)
    body = request.body
    demand(isinstance(body, dict), "the body is not a JSON object")
    if request.headers["anthropic-version"] == "2026-10-21":
        _check_newest(body)
    found = mistakes({k: v for k, v in body.items() if k not in SAMPLING}, _shape(request, what))
    demand(not found, "; ".join(found))
    _check_numbers(body)
    _check_tools(body)
    _check_cache(body)
    turns = _merged(body["messages"])
    _check_roles(body)
    for index, (role, blocks) in enumerate(turns):
        _check_blocks(role, blocks, body, issued, f"messages.{index}")
    _check_pairs(turns)
    _check_thinking(body, turns)


def _check_headers(headers):
    demand(headers.get("x-api-key") or headers.get("authorization", "").startswith("Bearer "), "x-api-key: required")
    demand(headers.get("anthropic-version") in VERSIONS, f"anthropic-version: {headers.get('anthropic-version')!r} is not valid")
    demand("application/json" in headers.get("content-type", ""), "content-type: must be application/json")


def _check_newest(body):
    """What version 2026-10-21 no longer takes."""
    for key in SAMPLING:
        demand(key not in body, f"{key}: Extra inputs are not permitted")
    for role, block in ((message.get("role"), block) for message in body.get("messages", []) for block in _list(message)):
        kind = block.get("type")
        demand((role, kind) != ("assistant", "document"), "`document` blocks are not allowed in assistant messages")
        demand(not (role == "user" and kind == "text" and block.get("citations")), "citations are the assistant's")


def _list(message):
    return message["content"] if isinstance(message.get("content"), list) else []


def _shape(request, what):
    beta = "beta" in request.query or "anthropic-beta" in request.headers
    if what == "count":
        return (beta_count_params if beta else message_count_tokens_params).MessageCountTokensParams
    create = beta_create_params if beta else message_create_params
    return create.MessageCreateParamsStreaming if streams(request) else create.MessageCreateParamsNonStreaming


def _check_numbers(body):
    for key, kind in SAMPLING.items():
        found = mistakes(body[key], kind, key) if key in body else []
        demand(not found, "; ".join(found))
    media.check_range(body, "temperature", 0, 1)
    media.check_range(body, "top_p", 0, 1)
    media.check_range(body, "top_k", 0, 2**31)
    media.check_range(body, "max_tokens", 1, 128_000)
    demand(not ("temperature" in body and "top_p" in body), "`temperature` and `top_p` cannot both be specified")
    for index, stop in enumerate(body.get("stop_sequences", [])):
        demand(stop.strip(), f"stop_sequences.{index}: each stop sequence must contain non-whitespace")
    demand(len((body.get("metadata") or {}).get("user_id") or "") <= 256, "metadata.user_id: at most 256 characters")


def _check_tools(body):
    tools = body.get("tools", [])
    names = [tool["name"] for tool in tools if "name" in tool]
    demand(len(set(names)) == len(names), "tools: Tool names must be unique.")
    for index, tool in enumerate(tools):
        media.check_name(tool.get("name", "x"), f"tools.{index}.custom.name", r"[a-zA-Z0-9_-]{1,128}")
        if "input_schema" in tool:
            _check_input_schema(tool["input_schema"], f"tools.{index}.custom.input_schema")
    choice = body.get("tool_choice")
    demand(choice is None or tools, "tool_choice: may only be specified while providing tools")
    if choice and choice["type"] == "tool":
        demand(choice["name"] in names, f"tool_choice: Tool '{choice['name']}' not found in provided tools")
    output = (body.get("output_config") or {}).get("format")
    if output:
        _check_output_schema(output["schema"], "output_config.format.schema")


def _check_input_schema(schema, path):
    demand(schema.get("type") == "object", f"{path}.type: Input should be 'object'")
    for key in ("oneOf", "allOf", "anyOf"):
        demand(key not in schema, f"{path}: input_schema does not support oneOf, allOf, or anyOf at the top level")


def _check_output_schema(schema, path):
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        closed = schema.get("additionalProperties") is False
        demand(closed, f"{path}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    for key in ("minimum", "maximum", "minLength", "maxLength", "multipleOf", "maxItems"):
        demand(key not in schema, f"{path}: property '{key}' is not supported")
    for name, inner in schema.get("properties", {}).items():
        _check_output_schema(inner, f"{path}.{name}")
    _check_output_schema(schema.get("items"), f"{path}.items")
    for inner in schema.get("anyOf", []):
        _check_output_schema(inner, path)


def _marked(value):
    if isinstance(value, dict):
        yield from [value] if value.get("cache_control") else []
        for key, inner in value.items():
            yield from _marked(inner) if key not in ("input", "input_schema") else []
    if isinstance(value, list):
        for inner in value:
            yield from _marked(inner)


def _check_cache(body):
    marked = list(_marked({key: body.get(key) for key in ("tools", "system", "messages")}))
    demand(len(marked) <= 4, f"A maximum of 4 blocks with cache_control may be provided. Found {len(marked)}.")
    for block in marked:
        demand(block.get("text") != "", "cache_control cannot be set for empty text blocks")


def _check_roles(body):
    """A system message in the conversation comes straight after a user turn, before the assistant's or at the end."""
    roles = [message["role"] for message in body["messages"]]
    demand(roles, "messages: at least one message is required")
    demand(roles[0] == "user", "messages: first message must use the \"user\" role")
    for index, role in enumerate(roles):
        if role == "system":
            demand(roles[index - 1] == "user", f"messages.{index}: a system message must follow a user message")
            after = roles[index + 1 : index + 2]
            demand(after in ([], ["assistant"]), f"messages.{index}: only an assistant message may follow a system message")


def _merged(messages):
    """(role, blocks) of the turns: neighbours of one role are one turn, system messages are none."""
    turns = []
    for message in messages:
        if message["role"] == "system":
            continue
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if turns and turns[-1][0] == message["role"]:
            turns[-1][1].extend(blocks)
        else:
            turns.append((message["role"], list(blocks)))
    return turns


ALLOWED = {
    "user": {"text", "image", "document", "search_result", "tool_result", "container_upload"},
    "assistant": {"text", "thinking", "redacted_thinking", "tool_use", "server_tool_use"},
}


def _check_blocks(role, blocks, body, issued, path):
    for index, block in enumerate(blocks):
        where = f"{path}.content.{index}"
        kind = block["type"]
        known = kind in ALLOWED[role] or kind.endswith("_tool_result")
        demand(known, f"{where}: `{kind}` blocks are not allowed in {role} messages")
        if kind == "text":
            demand(block["text"], f"{where}: text content blocks must be non-empty")
        if kind == "image" and block["source"]["type"] == "base64":
            media.check_image(block["source"]["media_type"], block["source"]["data"], where)
        if kind == "tool_use":
            media.check_name(block["name"], f"{where}.tool_use.name", r"[a-zA-Z0-9_-]{1,200}")
            media.check_name(block["id"], f"{where}.tool_use.id", r"[a-zA-Z0-9_-]+")
        if kind == "tool_result":
            _check_result(block, where)
        if kind == "thinking":
            expected = issued.thoughts.get(block["signature"])
            demand(expected == block["thinking"], f"{where}: Invalid `signature` in `thinking` block")
    demand(blocks, f"{path}: all messages must have non-empty content")
    if role == "assistant" and blocks[-1]["type"] == "text":
        last = body["messages"][-1]["role"] == "assistant" and path == f"messages.{len(_merged(body['messages'])) - 1}"
        trailing = blocks[-1]["text"] != blocks[-1]["text"].rstrip()
        demand(not (last and trailing), "messages: final assistant content cannot end with trailing whitespace")


def _check_result(block, where):
    inner = block.get("content", [])
    for position, part in enumerate(inner if isinstance(inner, list) else []):
        spot = f"{where}.content.{position}"
        demand(part["type"] != "text" or part["text"], f"{spot}: text content blocks must be non-empty")
        if part["type"] == "image" and part["source"]["type"] == "base64":
            media.check_image(part["source"]["media_type"], part["source"]["data"], spot)
        demand(
            not block.get("is_error") or part["type"] == "text",
            f"{where}: all content must be type `text` if `is_error` is true",
        )


def _check_pairs(turns):
    """Each turn with `tool_use` is followed by one that begins with its `tool_result`s, all of them, once each."""
    asked = []
    seen = set()
    for index, (role, blocks) in enumerate(turns):
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if role == "user":
            _check_results(asked, results, blocks, f"messages.{index}")
        asked = [block["id"] for block in blocks if block["type"] == "tool_use"]
        demand(not seen & set(asked) and len(set(asked)) == len(asked), "messages: `tool_use` ids must be unique")
        seen |= set(asked)
    missing = ", ".join(asked)
    demand(not asked, f"`tool_use` ids were found without `tool_result` blocks immediately after: {missing}")


def _check_results(asked, results, blocks, path):
    missing = [identifier for identifier in asked if identifier not in results]
    demand(
        not missing,
        f"{path}: `tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(missing)}. Each "
        "`tool_use` block must have a corresponding `tool_result` block in the next message.",
    )
    strange = [identifier for identifier in results if identifier not in asked]
    demand(not strange, f"{path}: unexpected `tool_use_id` found in `tool_result` blocks: {', '.join(strange)}.")
    demand(len(set(results)) == len(results), f"{path}: each tool_use must have a single result")
    kinds = [block["type"] == "tool_result" for block in blocks]
    demand(kinds == sorted(kinds, reverse=True), f"{path}: `tool_result` blocks must come first in the content")


def _check_thinking(body, turns):
    thinking = body.get("thinking") or {"type": "disabled"}
    enabled = thinking["type"] == "enabled"
    if enabled:
        budget = thinking["budget_tokens"]
        demand(budget >= 1024, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        demand(budget < body.get("max_tokens", 2**31), "`max_tokens` must be greater than `thinking.budget_tokens`")
        _check_last_turn(turns)
    if thinking["type"] != "disabled":
        demand(body.get("temperature", 1) == 1, "`temperature` may only be set to 1 when thinking is enabled")
        demand(body.get("top_p", 1) >= 0.95, "`top_p` must be greater than or equal to 0.95 when thinking is enabled")
        demand("top_k" not in body, "`top_k` must be unset when thinking is enabled")
        forced = (body.get("tool_choice") or {}).get("type") in ("any", "tool")
        demand(not forced, "Thinking may not be enabled when tool_choice forces tool use.")
        demand(turns[-1][0] == "user", "a final assistant message cannot be prefilled when thinking is enabled")


def _check_last_turn(turns):
    """With a thinking budget, the assistant's turn that awaits results must begin with its thinking. A whole loop of tools is
    one turn, and without interleaved thinking Claude itself thinks only before it."""
    answers = [any(block["type"] == "tool_result" for block in blocks) for _, blocks in turns]
    if not answers[-1]:
        return
    asked = max(index for index, (role, _) in enumerate(turns) if role == "user" and not answers[index])
    first = turns[asked + 1][1][0]["type"]
    demand(
        first in ("thinking", "redacted_thinking"),
        f"Expected `thinking` or `redacted_thinking`, but found `{first}`. When `thinking` is enabled, a final "
        "`assistant` message must start with a thinking block",
    )


# --- what it says ---


def gist(request):
    body = request.body
    thinking = body.get("thinking") or {"type": "disabled"}
    output = body.get("output_config") or {}
    found = Gist(
        model=body["model"],
        system=_system(body),
        tools={tool["name"]: tool.get("input_schema") for tool in body.get("tools", []) if "name" in tool},
        limit=body["max_tokens"],
        temperature=body.get("temperature"),
        stops=body.get("stop_sequences", []),
        schema=(output.get("format") or {}).get("schema"),
        reasons=thinking["type"] != "disabled",
        choice=_choice(body.get("tool_choice")),
        streams=streams(request),
    )
    names = {}
    for role, blocks in _merged(body["messages"]):
        for block in blocks:
            _tell(found, role, block, names)
    return found


def _system(body):
    system = body.get("system") or ""
    parts = [system] if isinstance(system, str) else [block["text"] for block in system]
    for message in body["messages"]:
        if message["role"] == "system":
            content = message["content"]
            parts += [content] if isinstance(content, str) else [block["text"] for block in content]
    return "\n".join(parts)


def _choice(choice):
    return choice and (choice["name"] if choice["type"] == "tool" else choice["type"])


def _tell(found, role, block, names):
    kind = block["type"]
    if kind == "text":
        found.said.append((role, block["text"]))
    elif kind == "image":
        found.images.append(_image(block))
    elif kind == "thinking":
        found.thoughts.append(block["thinking"])
    elif kind == "tool_use":
        names[block["id"]] = block["name"]
        found.calls.append((block["name"], block["input"]))
    elif kind == "tool_result":
        inner = block.get("content", "")
        inner = [{"type": "text", "text": inner}] if isinstance(inner, str) else inner
        text = "".join(part["text"] for part in inner if part["type"] == "text")
        found.results.append((names[block["tool_use_id"]], text, bool(block.get("is_error"))))
        found.images += [_image(part) for part in inner if part["type"] == "image"]


def _image(block):
    source = block["source"]
    return (source["media_type"], source["data"]) if source["type"] == "base64" else ("url", source["url"])


# --- the answer ---


def _signature(text, issued):
    signature = base64.b64encode(hashlib.sha256(fresh(text).encode()).digest() * 3).decode()
    issued.thoughts[signature] = text
    return signature


def _blocks(answer, issued):
    for part in answer.parts:
        if isinstance(part, Text):
            yield {"type": "text", "text": part.text}
        elif isinstance(part, Thinking):
            yield {"type": "thinking", "thinking": part.text, "signature": _signature(part.text, issued)}
        elif isinstance(part, Call):
            identifier = fresh("toolu_")
            issued.calls[identifier] = part
            yield {"type": "tool_use", "id": identifier, "name": part.name, "input": part.arguments}


def _usage(usage):
    return {
        "input_tokens": usage.input - usage.cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.output,
        "service_tier": "standard",
    }


def _message(content, stop, usage):
    return {
        "model": MODEL,
        "id": fresh("msg_"),
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }


def whole(answer, _request, issued):
    return _message(list(_blocks(answer, issued)), STOPS[answer.why], _usage(answer.usage))


def stream(answer, _request, issued):
    opening = _message([], None, {**_usage(answer.usage), "output_tokens": 1})
    events = [{"type": "message_start", "message": opening}]
    for index, block in enumerate(_blocks(answer, issued)):
        events += _block_events(index, block)
    # The real one pings after the first block has begun.
    events.insert(min(2, len(events)), {"type": "ping"})
    usage = {key: value for key, value in _usage(answer.usage).items() if key.endswith("_tokens")}
    delta = {"stop_reason": STOPS[answer.why], "stop_sequence": None}
    events += [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]
    return [sse.named(event) for event in events]


def _block_events(index, block):
    empty = {
        "text": {"type": "text", "text": ""},
        "thinking": {"type": "thinking", "thinking": "", "signature": ""},
        "tool_use": {**block, "input": {}},
    }[block["type"]]
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for delta in _deltas(block):
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _deltas(block):
    if block["type"] == "text":
        return [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    if block["type"] == "thinking":
        told = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
        return told + [{"type": "signature_delta", "signature": block["signature"]}]
    written = Call(block["name"], block["input"]).json
    return [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces(written)]]
