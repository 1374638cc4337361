"""OpenAI's Responses."""

import base64
import hashlib
import json

from openai.types.responses import response_create_params

from strict import media, sse
from strict.openai_chat import ERROR_HEADERS, HEADERS, STREAM_HEADERS, check_arguments, check_parameters, error
from strict.script import Call, Gist, Text, Thinking, demand, fresh, pieces
from strict.shape import mistakes

__all__ = ["ERROR_HEADERS", "HEADERS", "STREAM_HEADERS", "error"]

NAME = "openai_responses"
MODEL = "gpt-5.3-codex"
# Codex sends it and OpenAI takes it, though no SDK names it.
UNLISTED = {"client_metadata": dict[str, str]}
# What the service fills in when a tool does not say it, whatever the SDK's types ask for.
DEFAULTS = {"function": {"strict": None, "parameters": None}}
PART_DEFAULTS = {"input_image": {"detail": "auto"}, "output_text": {"annotations": []}}


def operation(request):
    demand((request.method, request.path) == ("POST", "/v1/responses"), f"Unknown request URL: {request.path}")
    return "create"


def streams(request):
    return request.body.get("stream") is True


# --- the request ---


def check(request, issued, _what):
    body = request.body
    demand(request.headers.get("authorization", "").startswith("Bearer "), "You didn't provide an API key.")
    demand(isinstance(body, dict), "We could not parse the JSON body of your request.")
    kind = "ResponseCreateParamsStreaming" if streams(request) else "ResponseCreateParamsNonStreaming"
    listed = {key: value for key, value in body.items() if key not in UNLISTED}
    if "tools" in body:
        listed["tools"] = [_filled(tool) for tool in body["tools"]]
    if isinstance(body.get("input"), list):
        listed["input"] = [_spelt_out(item) for item in body["input"]]
    found = mistakes(listed, getattr(response_create_params, kind))
    for key, hint in UNLISTED.items():
        found += mistakes(body[key], hint, key) if key in body else []
    demand(not found, "; ".join(found))
    demand(body.get("model") and "input" in body, "Missing required parameter: 'model' and 'input'.")
    _check_numbers(body)
    _check_tools(body)
    items = body["input"] if isinstance(body["input"], list) else []
    demand(body["input"], "Invalid 'input': must not be empty.")
    for index, item in enumerate(items):
        _check_item(item, f"input[{index}]", body, issued)
    _check_pairs(items, body)


def _filled(tool):
    filled = {**DEFAULTS.get(tool.get("type"), {}), **tool}
    if tool.get("type") == "namespace":
        filled["tools"] = [_filled(inner) for inner in tool["tools"]]
    return filled


def _spelt_out(item):
    """`item` with what the service fills in and without what it lets pass, going by what Codex and the AI SDK send."""
    if item.get("type") == "reasoning" and item.get("content", "") is None:
        return {key: value for key, value in item.items() if key != "content"}
    if "role" not in item:
        return item
    parts = item.get("content")
    if isinstance(parts, list):
        item = {**item, "content": [{**PART_DEFAULTS.get(part.get("type"), {}), **part} for part in parts]}
    if item["role"] == "assistant" and isinstance(parts, list):
        return {"type": "message", "status": "completed", "id": "msg_", **item}
    return {key: value for key, value in item.items() if key != "id"}


def _check_numbers(body):
    media.check_range(body, "temperature", 0, 2)
    media.check_range(body, "top_p", 0, 1)
    media.check_range(body, "top_logprobs", 0, 20)
    media.check_range(body, "max_output_tokens", 16, 128_000)
    demand(len(body.get("prompt_cache_key") or "") <= 64, "'prompt_cache_key': at most 64 characters")
    demand(len(body.get("safety_identifier") or "") <= 64, "'safety_identifier': at most 64 characters")
    metadata = body.get("metadata") or {}
    demand(len(metadata) <= 16, "'metadata': at most 16 pairs")
    both = body.get("previous_response_id") and body.get("conversation")
    demand(not both, "Mutually exclusive parameters: 'previous_response_id' and 'conversation'.")


def _check_tools(body):
    names = []
    for index, tool in enumerate(body.get("tools") or []):
        if tool["type"] not in ("function", "custom"):
            continue
        media.check_name(tool["name"], f"tools[{index}].name", r"[a-zA-Z0-9_-]{1,128}")
        names.append(tool["name"])
        if tool["type"] == "function":
            check_parameters(tool.get("parameters") or {}, tool["name"])
            if tool.get("strict"):
                media.check_strict_schema(tool["parameters"])
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice["type"] in ("function", "custom"):
        demand(choice["name"] in names, f"Tool choice '{choice['name']}' not found in 'tools' parameter.")
    demand(choice in (None, "auto", "none") or body.get("tools"), "Tool choice requires 'tools'.")
    form = (body.get("text") or {}).get("format") or {}
    if form.get("type") == "json_schema":
        media.check_name(form["name"], "text.format.name")
        if form.get("strict"):
            media.check_strict_schema(form["schema"])


PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "reasoning": "rs",
    "custom_tool_call": "ctc",
    "function_call_output": "fc",
    "custom_tool_call_output": "ct",
}
SAID_BY = {"assistant": ("output_text", "refusal")}
SAID_TO = ("input_text", "input_image", "input_file", "input_audio")


def _check_item(item, path, body, issued):
    kind = item.get("type", "message")
    prefix = PREFIXES.get(kind)
    if item.get("id") and prefix:
        good = item["id"].startswith(prefix)
        demand(good, f"Invalid '{path}.id': '{item['id']}'. Expected an ID that begins with '{prefix}'.")
    if kind == "message":
        _check_content(item, path)
    elif kind == "reasoning":
        _check_reasoning(item, path, body, issued)
    elif kind == "function_call":
        media.check_name(item["name"], f"{path}.name", r"[a-zA-Z0-9_-]{1,128}")
        check_arguments(item["arguments"], f"{path}.arguments")
        demand(1 <= len(item["call_id"]) <= 64, f"Invalid '{path}.call_id': expected 1 to 64 characters.")
    elif kind == "function_call_output":
        _check_parts(item["output"], path)


def _check_content(item, path):
    allowed = SAID_BY.get(item["role"], SAID_TO)
    content = item["content"]
    for index, part in enumerate(content if isinstance(content, list) else []):
        good = part["type"] in allowed
        demand(good, f"Invalid value: '{part['type']}' at {path}.content[{index}]. Supported values are: {allowed}.")
    _check_parts(content, path)


def _check_parts(content, path):
    for index, part in enumerate(content if isinstance(content, list) else []):
        if part["type"] == "input_image" and part.get("image_url"):
            inline = media.data_url(part["image_url"], f"{path}[{index}]")
            if inline:
                media.check_image(*inline, f"{path}[{index}]")


def _check_reasoning(item, path, body, issued):
    sealed = item.get("encrypted_content")
    if sealed is None:
        stored = body.get("store", True) is not False and item["id"] in issued.thoughts
        demand(stored, f"Item with id '{item['id']}' not found. Items are not persisted when `store` is set to false.")
        return
    known = issued.thoughts.get(sealed)
    demand(known is not None, f"{path}: The encrypted content for item {item['id']} could not be verified.")
    said = "".join(part["text"] for part in item["summary"])
    demand(said in ("", known), f"{path}: the summary is not the one that was given out")


OUTPUTS = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}


def _check_pairs(items, body):
    asked = {}
    for index, item in enumerate(items):
        kind = item.get("type", "message")
        if kind in OUTPUTS:
            demand(item["call_id"] not in asked, f"Duplicate item found with call_id {item['call_id']}.")
            asked[item["call_id"]] = OUTPUTS[kind]
        elif kind in OUTPUTS.values():
            waits = asked.pop(item["call_id"], None)
            earlier = waits is None and body.get("previous_response_id")
            demand(waits == kind or earlier, f"No tool call found for {kind} with call_id {item['call_id']}.")
        elif kind == "reasoning":
            _check_follower(items[index + 1 : index + 2], item)
    demand(not asked, f"No tool output found for function call {', '.join(asked)}.")


def _check_follower(rest, item):
    follower = rest[0] if rest else {}
    made = follower.get("type") in (*OUTPUTS, "reasoning") or follower.get("role") == "assistant"
    demand(made, f"Item '{item['id']}' of type 'reasoning' was provided without its required following item.")


# --- what it says ---


def gist(request):
    body = request.body
    form = (body.get("text") or {}).get("format") or {}
    found = Gist(
        model=body["model"],
        system=body.get("instructions") or "",
        tools={tool["name"]: tool.get("parameters") for tool in body.get("tools") or [] if tool["type"] == "function"},
        limit=body.get("max_output_tokens"),
        temperature=body.get("temperature"),
        schema=form.get("schema"),
        reasons=(body.get("reasoning") or {}).get("effort") not in (None, "none"),
        choice=_choice(body.get("tool_choice")),
        streams=streams(request),
    )
    items = body["input"] if isinstance(body["input"], list) else [{"role": "user", "content": body["input"]}]
    names = {}
    for item in items:
        _tell(found, item, names)
    return found


def _choice(choice):
    return choice["name"] if isinstance(choice, dict) else {"required": "any"}.get(choice, choice)


def _tell(found, item, names):
    kind = item.get("type", "message")
    if kind == "message":
        texts = _split(item["content"], found)
        if item["role"] in ("system", "developer"):
            found.system = "\n".join(filter(None, [found.system, *texts]))
        else:
            found.said += [(item["role"], text) for text in texts]
    elif kind == "reasoning":
        found.thoughts.append("".join(part["text"] for part in item["summary"]))
    elif kind == "function_call":
        names[item["call_id"]] = item["name"]
        found.calls.append((item["name"], json.loads(item["arguments"])))
    elif kind == "custom_tool_call":
        names[item["call_id"]] = item["name"]
        found.calls.append((item["name"], {"input": item["input"]}))
    elif kind in OUTPUTS.values():
        found.results.append((names.get(item["call_id"]), "".join(_split(item["output"], found)), False))


def _split(content, found):
    """The texts of `content`; its images go to `found`."""
    if isinstance(content, str):
        return [content]
    images = [part["image_url"] for part in content if part["type"] == "input_image"]
    found.images += [media.data_url(url, "image_url") or ("url", url) for url in images]
    return [part["text"] for part in content if "text" in part]


# --- the answer ---


def _items(answer, issued):
    for part in answer.parts:
        if isinstance(part, Thinking):
            yield _reasoning(part, issued)
        elif isinstance(part, Call):
            identifier = fresh("call_")
            issued.calls[identifier] = part
            yield {
                "id": fresh("fc_"),
                "type": "function_call",
                "status": "completed",
                "arguments": part.json,
                "call_id": identifier,
                "name": part.name,
            }
        elif isinstance(part, Text):
            yield {
                "id": fresh("msg_"),
                "type": "message",
                "status": "incomplete" if answer.why == "length" else "completed",
                "content": [_part(part.text, answer.why)],
                "role": "assistant",
            }


def _part(text, why):
    if why == "refusal":
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _reasoning(thinking, issued):
    identifier = fresh("rs_")
    sealed = "gAAAAA" + base64.urlsafe_b64encode(hashlib.sha256(identifier.encode()).digest() * 4).decode()
    issued.thoughts[sealed] = issued.thoughts[identifier] = thinking.text
    summary = [{"type": "summary_text", "text": thinking.text}]
    return {"id": identifier, "type": "reasoning", "encrypted_content": sealed, "summary": summary}


def _response(request, status, output, answer=None):
    body = request.body
    short = answer is not None and answer.why == "length"
    return {
        "id": fresh("resp_"),
        "object": "response",
        "created_at": 1_750_000_000,
        "status": "incomplete" if short else status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if short else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": None,
        "metadata": body.get("metadata") or {},
        "model": MODEL,
        "output": output,
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": None,
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
        "safety_identifier": None,
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _usage(answer.usage) if answer else None,
        "user": None,
    }


def _usage(usage):
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def whole(answer, request, issued):
    return _response(request, "completed", list(_items(answer, issued)), answer)


def stream(answer, request, issued):
    opening = _response(request, "in_progress", [])
    items = list(_items(answer, issued))
    events = [{"type": "response.created", "response": opening}, {"type": "response.in_progress", "response": opening}]
    for index, item in enumerate(items):
        events += [{**event, "output_index": index} for event in _item_events(item)]
    closing = {**_response(request, "completed", items, answer), "id": opening["id"]}
    events.append({"type": f"response.{closing['status']}", "response": closing})
    return [sse.named({**event, "sequence_number": number}) for number, event in enumerate(events)]


def _item_events(item):
    inner = {"message": _message_events, "function_call": _call_events, "reasoning": _reasoning_events}[item["type"]]
    bare = {"message": {"content": []}, "function_call": {"arguments": ""}, "reasoning": {"summary": []}}[item["type"]]
    begun = {**item, **bare, **({"status": "in_progress"} if "status" in item else {})}
    yield {"type": "response.output_item.added", "item": begun}
    for event in inner(item):
        yield {**event, "item_id": item["id"]}
    yield {"type": "response.output_item.done", "item": item}


def _message_events(item):
    (part,) = item["content"]
    said = "refusal" if part["type"] == "refusal" else "text"
    kind = "response.refusal" if said == "refusal" else "response.output_text"
    extra = {"content_index": 0} if said == "refusal" else {"content_index": 0, "logprobs": []}
    yield {"type": "response.content_part.added", "content_index": 0, "part": {**part, said: ""}}
    for piece in pieces(part[said], 5):
        yield {"type": f"{kind}.delta", "delta": piece, "obfuscation": "x" * 11, **extra}
    yield {"type": f"{kind}.done", said: part[said], **extra}
    yield {"type": "response.content_part.done", "content_index": 0, "part": part}


def _call_events(item):
    for piece in pieces(item["arguments"], 5):
        yield {"type": "response.function_call_arguments.delta", "delta": piece, "obfuscation": "x" * 11}
    yield {"type": "response.function_call_arguments.done", "arguments": item["arguments"], "name": item["name"]}


def _reasoning_events(item):
    (part,) = item["summary"]
    where = {"summary_index": 0}
    yield {"type": "response.reasoning_summary_part.added", "part": {**part, "text": ""}, **where}
    for piece in pieces(part["text"], 5):
        yield {"type": "response.reasoning_summary_text.delta", "delta": piece, "obfuscation": "x" * 11, **where}
    yield {"type": "response.reasoning_summary_text.done", "text": part["text"], **where}
    yield {"type": "response.reasoning_summary_part.done", "part": part, **where}
