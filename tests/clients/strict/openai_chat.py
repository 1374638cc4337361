"""OpenAI's Chat Completions."""

import json

from openai.types.chat import completion_create_params

from strict import media, sse
from strict.script import Gist, demand, fresh, pieces
from strict.shape import mistakes

NAME = "openai_chat"
MODEL = "gpt-4.1"
HEADERS = {"x-request-id": "req_strict", "openai-version": "2020-10-01", "openai-processing-ms": "12"}
STREAM_HEADERS = {**HEADERS, "content-type": "text/event-stream; charset=utf-8"}
ERROR_HEADERS = {
    429: {"retry-after": "17", "x-ratelimit-remaining-requests": "0", "x-request-id": "req_limited"},
}
KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
}
STOPS = {"end": "stop", "tool": "tool_calls", "length": "length", "refusal": "stop"}


def operation(request):
    wanted = ("POST", "/v1/chat/completions")
    demand((request.method, request.path) == wanted, f"Unknown request URL: {request.method} {request.path}")
    return "create"


def streams(request):
    return request.body.get("stream") is True


def error(status, message):
    kind, code = KINDS.get(status, ("server_error", None))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


# --- the request ---


def check(request, issued, _what):
    body = request.body
    demand(request.headers.get("authorization", "").startswith("Bearer "), "You didn't provide an API key.")
    demand("application/json" in request.headers.get("content-type", ""), "content-type: must be application/json")
    demand(isinstance(body, dict), "We could not parse the JSON body of your request.")
    kind = "CompletionCreateParamsStreaming" if streams(request) else "CompletionCreateParamsNonStreaming"
    found = mistakes(_returned(body), getattr(completion_create_params, kind))
    demand(not found, "; ".join(found))
    _check_numbers(body)
    _check_tools(body)
    demand(body["messages"], "[] is too short - 'messages'")
    for index, message in enumerate(body["messages"]):
        _check_message(message, f"messages[{index}]")
    _check_pairs(body["messages"], issued)


def _returned(body):
    """`body` without the `annotations` of an answer that comes back just as it was given, which is how it is taught."""
    if not isinstance(body.get("messages"), list):
        return body
    told = [{k: v for k, v in each.items() if (k, v) != ("annotations", [])} for each in body["messages"]]
    return {**body, "messages": told}


def _check_numbers(body):
    media.check_range(body, "temperature", 0, 2)
    media.check_range(body, "top_p", 0, 1)
    media.check_range(body, "n", 1, 128)
    media.check_range(body, "presence_penalty", -2, 2)
    media.check_range(body, "frequency_penalty", -2, 2)
    media.check_range(body, "max_tokens", 1, 32_768)
    media.check_range(body, "max_completion_tokens", 1, 32_768)
    media.check_range(body, "top_logprobs", 0, 20)
    both = body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None
    demand(not both, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    demand("top_logprobs" not in body or body.get("logprobs"), "'top_logprobs' is only allowed when 'logprobs' is enabled")
    stop = body.get("stop")
    demand(not isinstance(stop, list) or 1 <= len(stop) <= 4, "'stop': expected an array of 1 to 4 strings")
    demand("stream_options" not in body or streams_of(body), "'stream_options' is only allowed when 'stream' is enabled")
    metadata = body.get("metadata") or {}
    demand(len(metadata) <= 16, "'metadata': at most 16 pairs")
    demand(all(len(k) <= 64 and len(v) <= 512 for k, v in metadata.items()), "'metadata': string too long")
    demand(len(body.get("prompt_cache_key") or "") <= 64, "'prompt_cache_key': string too long, at most 64 characters")
    demand(len(body.get("safety_identifier") or "") <= 64, "'safety_identifier': string too long, at most 64 characters")


def streams_of(body):
    return body.get("stream") is True


def _check_tools(body):
    tools = body.get("tools")
    demand(tools is None or 1 <= len(tools) <= 128, "'tools': expected an array of 1 to 128 tools")
    names = []
    for index, tool in enumerate(tools or []):
        spelled = tool.get("function") or tool.get("custom")
        media.check_name(spelled["name"], f"tools[{index}].function.name")
        names.append(spelled["name"])
        parameters = spelled.get("parameters")
        if parameters is not None:
            check_parameters(parameters, spelled["name"])
        if spelled.get("strict"):
            media.check_strict_schema(parameters)
    choice = body.get("tool_choice")
    demand(choice is None or tools, "'tool_choice' is only allowed when 'tools' are specified.")
    demand("parallel_tool_calls" not in body or tools, "'parallel_tool_calls' is only allowed when 'tools' are specified.")
    if isinstance(choice, dict) and choice["type"] == "function":
        demand(choice["function"]["name"] in names, f"Tool choice '{choice['function']['name']}' not found in 'tools'.")
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        media.check_name(form["json_schema"]["name"], "response_format.json_schema.name")
        if form["json_schema"].get("strict"):
            media.check_strict_schema(form["json_schema"]["schema"])


def check_parameters(schema, name):
    """A function's parameters are a JSON schema of an object."""
    if schema:
        kind = schema.get("type")
        demand(kind == "object", f"Invalid schema for function '{name}': schema must be of type \"object\", got {kind!r}.")
        demand("properties" in schema, f"Invalid schema for function '{name}': object schema missing properties.")
        for key in ("oneOf", "anyOf", "allOf", "enum", "not"):
            demand(key not in schema, f"Invalid schema for function '{name}': schema must not have '{key}' at the top level.")


def _check_message(message, path):
    content = message.get("content")
    if message["role"] == "assistant":
        says = content or message.get("tool_calls") or message.get("refusal") or content == ""
        demand(says, f"{path}.content: expected a string, got null")
        demand("tool_calls" not in message or message["tool_calls"], f"{path}.tool_calls: [] is too short")
    else:
        demand(content is not None and content != [], f"{path}.content: expected a string or an array of parts")
    for index, part in enumerate(content if isinstance(content, list) else []):
        _check_part(part, f"{path}.content[{index}]")
    for index, call in enumerate(message.get("tool_calls") or []):
        if call["type"] == "function":
            media.check_name(call["function"]["name"], f"{path}.tool_calls[{index}].function.name")
            check_arguments(call["function"]["arguments"], f"{path}.tool_calls[{index}].function.arguments")
        demand(len(call["id"]) <= 40, f"{path}.tool_calls[{index}].id: string too long, at most 40 characters")


def _check_part(part, path):
    if part["type"] == "image_url":
        inline = media.data_url(part["image_url"]["url"], path)
        if inline:
            media.check_image(*inline, path)


def check_arguments(text, path):
    """Arguments are the text of a JSON object."""
    try:
        demand(isinstance(json.loads(text), dict), f"{path}: not the text of a JSON object")
    except ValueError:
        demand(False, f"{path}: not the text of a JSON object")


def _check_pairs(messages, _issued):
    """Calls are answered at once, each by one tool message; a tool message answers a call that waits."""
    waiting = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            identifier = message["tool_call_id"]
            demand(
                identifier in waiting,
                f"messages[{index}]: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
            )
            waiting.remove(identifier)
            continue
        _check_none_waits(waiting)
        waiting = [call["id"] for call in message.get("tool_calls") or []]
        demand(len(set(waiting)) == len(waiting), f"messages[{index}].tool_calls: ids must be unique")
    _check_none_waits(waiting)


def _check_none_waits(waiting):
    demand(
        not waiting,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(waiting)}",
    )


# --- what it says ---


def gist(request):
    body = request.body
    form = body.get("response_format") or {}
    found = Gist(
        model=body["model"],
        tools={tool["function"]["name"]: tool["function"].get("parameters") for tool in body.get("tools") or []},
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        temperature=body.get("temperature"),
        stops=[body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or [],
        schema=(form.get("json_schema") or {}).get("schema"),
        reasons=body.get("reasoning_effort") not in (None, "none"),
        choice=_choice(body.get("tool_choice")),
        streams=streams(request),
    )
    names = {}
    for message in body["messages"]:
        _tell(found, message, names)
    return found


def _choice(choice):
    return choice["function"]["name"] if isinstance(choice, dict) else {"required": "any"}.get(choice, choice)


def _tell(found, message, names):
    content = message.get("content") or []
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    texts = [part["text"] for part in parts if part["type"] == "text"]
    found.images += [_image(part) for part in parts if part["type"] == "image_url"]
    role = message["role"]
    if role in ("system", "developer"):
        found.system = "\n".join(filter(None, [found.system, *texts]))
    elif role == "tool":
        found.results.append((names[message["tool_call_id"]], "".join(texts), False))
    else:
        found.said += [(role, text) for text in texts if text]
    for call in message.get("tool_calls") or []:
        names[call["id"]] = call["function"]["name"]
        found.calls.append((call["function"]["name"], json.loads(call["function"]["arguments"])))


def _image(part):
    url = part["image_url"]["url"]
    return media.data_url(url, "image_url") or ("url", url)


# --- the answer ---


def _usage(usage):
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _calls(answer, issued):
    for call in answer.calls:
        identifier = fresh("call_")
        issued.calls[identifier] = call
        yield {"id": identifier, "type": "function", "function": {"name": call.name, "arguments": call.json}}


def whole(answer, _request, issued):
    refused = answer.why == "refusal"
    message = {
        "role": "assistant",
        "content": None if refused else answer.text or None,
        "refusal": answer.text if refused else None,
        "annotations": [],
    }
    if answer.calls:
        message["tool_calls"] = list(_calls(answer, issued))
    return {
        "id": fresh("chatcmpl-"),
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": f"{MODEL}-2025-04-14",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": STOPS[answer.why]}],
        "usage": _usage(answer.usage),
        "service_tier": "default",
        "system_fingerprint": "fp_strict",
    }


def stream(answer, request, issued):
    counted = (request.body.get("stream_options") or {}).get("include_usage")
    head = {
        "id": fresh("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": f"{MODEL}-2025-04-14",
        "service_tier": "default",
        "system_fingerprint": "fp_strict",
    }
    usage = {"usage": None} if counted else {}
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}], **usage}
        for delta, reason in _deltas(answer, issued)
    ]
    chunks += [{**head, "choices": [], "usage": _usage(answer.usage)}] if counted else []
    padded = [{**chunk, "obfuscation": "x" * (1 + index % 7)} for index, chunk in enumerate(chunks)]
    return [sse.data(chunk) for chunk in padded] + [b"data: [DONE]\n\n"]


def _deltas(answer, issued):
    says = "refusal" if answer.why == "refusal" else "content"
    opening = {"role": "assistant", "content": "" if answer.text else None, "refusal": None}
    yield opening, None
    for piece in pieces(answer.text, 5):
        yield {says: piece}, None
    for index, call in enumerate(_calls(answer, issued)):
        written = call["function"]["arguments"]
        named = {**call, "function": {**call["function"], "arguments": ""}}
        yield {"tool_calls": [{"index": index, **named}]}, None
        for piece in pieces(written, 5):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, None
    yield {}, STOPS[answer.why]


