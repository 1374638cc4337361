"""Amazon Bedrock's Converse."""

import base64
import binascii
import functools
import gzip
import hashlib
import json
import pathlib
import re
import struct
import urllib.parse

import botocore

from strict import media
from strict.script import Call, Gist, Text, Thinking, demand, fresh, pieces

NAME = "bedrock"
MODEL = "anthropic.claude-sonnet-4-6-v1:0"
HEADERS = {"x-amzn-requestid": "b2f1c0de-0000-4000-8000-000000000001"}
STREAM_HEADERS = {**HEADERS, "content-type": "application/vnd.amazon.eventstream"}
KINDS = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
ERROR_HEADERS = {status: {"x-amzn-errortype": f"{kind}:http://internal.amazon.com/"} for status, kind in KINDS.items()}
STOPS = {"end": "end_turn", "tool": "tool_use", "length": "max_tokens", "refusal": "content_filtered"}
PATH = re.compile(r"/model/([^/]+)/(converse|converse-stream|count-tokens)")


def operation(request):
    found = PATH.fullmatch(request.path)
    demand(request.method == "POST" and found, f"UnknownOperationException: {request.method} {request.path}")
    demand(urllib.parse.unquote(found[1]) == MODEL, f"The provided model identifier is invalid: {found[1]}")
    return "count" if found[2] == "count-tokens" else "create"


def aside(_request, _operation):
    return {"inputTokens": 4321}


def streams(request):
    return request.path.endswith("/converse-stream")


def error(_status, message):
    return {"message": message}


# --- the request ---


@functools.cache
def _shapes():
    file = pathlib.Path(botocore.__file__).parent / "data/bedrock-runtime/2023-09-30/service-2.json.gz"
    return json.loads(gzip.decompress(file.read_bytes()))["shapes"]


def _mistakes(value, name, path):
    """What keeps `value` from being the shape `name` of the service's model."""
    shape = _shapes()[name]
    if shape.get("document"):
        return []
    check = {"structure": _structure, "list": _list, "map": _map, "string": _string}.get(shape["type"], _scalar)
    return check(value, shape, path)


def _structure(value, shape, path):
    if not isinstance(value, dict):
        return [f"{path}: expected a structure"]
    members = {key: each for key, each in shape["members"].items() if each.get("location") not in ("uri", "header")}
    found = [f"{path}.{key}: unknown field" for key in value if key not in members]
    found += [f"{path}.{key}: required" for key in shape.get("required", []) if key in members and key not in value]
    if shape.get("union") and len(value) != 1:
        found.append(f"{path}: exactly one member of the union must be set, got {sorted(value)}")
    for key, inner in value.items():
        found += _mistakes(inner, members[key]["shape"], f"{path}.{key}") if key in members else []
    return found


def _sized(length, shape, path):
    low, high = shape.get("min", 0), shape.get("max", float("inf"))
    return [] if low <= length <= high else [f"{path}: length {length} is not in the range {low} to {high}"]


def _list(value, shape, path):
    if not isinstance(value, list):
        return [f"{path}: expected a list"]
    found = _sized(len(value), shape, path)
    for index, item in enumerate(value):
        found += _mistakes(item, shape["member"]["shape"], f"{path}.{index}")
    return found


def _map(value, shape, path):
    if not isinstance(value, dict):
        return [f"{path}: expected a map"]
    found = _sized(len(value), shape, path)
    for key, item in value.items():
        found += _mistakes(key, shape["key"]["shape"], f"{path} key")
        found += _mistakes(item, shape["value"]["shape"], f"{path}.{key}")
    return found


def _string(value, shape, path):
    if not isinstance(value, str):
        return [f"{path}: expected a string"]
    if "enum" in shape and value not in shape["enum"]:
        return [f"{path}: {value!r} is none of {shape['enum']}"]
    found = _sized(len(value), shape, path)
    pattern = shape.get("pattern")
    if pattern and not re.search(f"^(?:{pattern})$", value):
        found.append(f"{path}: {value!r:.60} does not match {pattern}")
    return found


def _scalar(value, shape, path):
    kind = shape["type"]
    if kind == "blob":
        good = isinstance(value, str) and media.decoded(value, path) is not None
        return [] if good else [f"{path}: expected base64"]
    if kind == "boolean":
        return [] if isinstance(value, bool) else [f"{path}: expected a boolean"]
    wanted = int if kind in ("integer", "long") else (int, float)
    if not isinstance(value, wanted) or isinstance(value, bool):
        return [f"{path}: expected a number of type {kind}"]
    low, high = shape.get("min", float("-inf")), shape.get("max", float("inf"))
    return [] if low <= value <= high else [f"{path}: {value} is not in the range {low} to {high}"]


def check(request, issued, _what):
    body = request.body
    authorization = request.headers.get("authorization", "")
    demand(authorization.startswith(("Bearer ", "AWS4-HMAC-SHA256 ")), "Missing Authentication Token")
    demand(isinstance(body, dict), "Unexpected field type")
    if request.path.endswith("/count-tokens"):
        found = _mistakes(body, "CountTokensRequest", "request")
        demand(not found, f"{len(found)} validation errors detected: {'; '.join(found)}")
        return
    found = _mistakes(body, "ConverseStreamRequest" if streams(request) else "ConverseRequest", "request")
    demand(not found, f"{len(found)} validation errors detected: {'; '.join(found)}")
    messages = body.get("messages") or []
    demand(messages, "A conversation must start with a user message.")
    _check_roles(messages)
    for index, message in enumerate(messages):
        _check_blocks(message, f"messages.{index}.content", issued)
    _check_pairs(messages)
    _check_tools(body, messages)
    _check_thinking(body, messages)


def _check_roles(messages):
    demand(messages[0]["role"] == "user", "A conversation must start with a user message.")
    for before, after in zip(messages, messages[1:]):
        alternates = before["role"] != after["role"]
        demand(alternates, "A conversation must alternate between user and assistant roles.")
    demand(messages[-1]["role"] == "user", "This model does not support assistant message prefill.")


def _check_blocks(message, path, issued):
    content = message["content"]
    demand(content, f"The content field in the Message object at {path} is empty.")
    for index, block in enumerate(content):
        where = f"{path}.{index}"
        demand(block.get("text", "x").strip(), f"The text field in the ContentBlock object at {where} is blank.")
        by = {"toolUse": "assistant", "reasoningContent": "assistant", "toolResult": "user", "image": "user"}
        for kind, role in by.items():
            demand(kind not in block or message["role"] == role, f"{where}: {kind} belongs to the {role}")
        if "image" in block:
            _check_image(block["image"], where)
        if "toolUse" in block:
            demand(isinstance(block["toolUse"]["input"], dict), f"The format of the value at {where}.toolUse.input is invalid.")
        for inner in block.get("toolResult", {}).get("content", []):
            demand(inner.get("text", "x").strip(), f"The text field in the ToolResult at {where} is blank.")
            demand(isinstance(inner.get("json", {}), dict), f"The json at {where} is not an object.")
            if "image" in inner:
                _check_image(inner["image"], where)
        _check_reasoning(block, where, issued)
    if any("document" in block for block in content):
        demand(any("text" in block for block in content), f"{path}: a message with a document needs a text block")


def _check_image(image, path):
    if "bytes" in image["source"]:
        media.check_image(f"image/{image['format']}", image["source"]["bytes"], path)


def _check_reasoning(block, path, issued):
    told = block.get("reasoningContent", {}).get("reasoningText")
    if told:
        demand(issued.thoughts.get(told.get("signature")) == told["text"], f"{path}: Invalid `signature` in `thinking` block")


def _check_pairs(messages):
    asked = []
    for index, message in enumerate(messages):
        results = [block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block]
        path = f"messages.{index}.content"
        if len(results) > len(asked):
            demand(False, f"The number of toolResult blocks at {path} exceeds the number of toolUse blocks of previous turn.")
        missing = [identifier for identifier in asked if identifier not in results]
        demand(not missing, f"Expected toolResult blocks at {path} for the following Ids: {', '.join(missing)}")
        asked = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]
        demand(len(set(asked)) == len(asked), f"{path} contains duplicate toolUse Ids")


def _check_tools(body, messages):
    config = body.get("toolConfig")
    used = any({"toolUse", "toolResult"} & set(block) for message in messages for block in message["content"])
    demand(config or not used, "The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    specs = [tool["toolSpec"] for tool in (config or {}).get("tools", []) if "toolSpec" in tool]
    names = [spec["name"] for spec in specs]
    demand(len(set(names)) == len(names), "The toolConfig contains duplicate tool names.")
    for spec in specs:
        shaped = spec["inputSchema"]["json"].get("type") == "object"
        demand(shaped, f"The value at toolSpec.inputSchema.json.type of {spec['name']} must be one of the following: object.")
    chosen = (config or {}).get("toolChoice", {}).get("tool")
    demand(not chosen or chosen["name"] in names, "toolChoice names a tool that is not defined")


def _turn_under_way(messages):
    """What the assistant's turn began with that awaits results: a whole loop of tools is one turn, and Claude thinks before it."""
    answers = [any("toolResult" in block for block in message["content"]) for message in messages]
    if not answers[-1]:
        return {"reasoningContent": {}}
    roles = enumerate(message["role"] for message in messages)
    asked = max(index for index, role in roles if role == "user" and not answers[index])
    return messages[asked + 1]["content"][0]


def _check_thinking(body, messages):
    extra = body.get("additionalModelRequestFields") or {}
    thinking = extra.get("thinking") or {"type": "disabled"}
    inference = body.get("inferenceConfig") or {}
    known = {"thinking", "top_k", "anthropic_beta", "output_config", "reasoning_config", "metadata", "service_tier"}
    demand(set(extra) <= known, f"extraneous keys {sorted(set(extra) - known)} are not permitted")
    if thinking["type"] == "enabled":
        budget = thinking.get("budget_tokens", 0)
        demand(budget >= 1024, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        demand(budget < inference.get("maxTokens", 2**31), "`max_tokens` must be greater than `thinking.budget_tokens`.")
        first = _turn_under_way(messages)
        demand("reasoningContent" in first, "Expected `thinking` or `redacted_thinking`, but found `tool_use`.")
    if thinking["type"] != "disabled":
        demand(inference.get("temperature", 1) == 1, "`temperature` may only be set to 1 when thinking is enabled.")
        forced = set((body.get("toolConfig") or {}).get("toolChoice", {})) & {"any", "tool"}
        demand(not forced, "Thinking may not be enabled when tool_choice forces tool use.")


# --- what it says ---


def gist(request):
    body = request.body
    inference = body.get("inferenceConfig") or {}
    config = body.get("toolConfig") or {}
    extra = body.get("additionalModelRequestFields") or {}
    specs = [tool["toolSpec"] for tool in config.get("tools", []) if "toolSpec" in tool]
    form = ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure", {}).get("jsonSchema")
    found = Gist(
        model=urllib.parse.unquote(PATH.fullmatch(request.path)[1]),
        system="\n".join(block["text"] for block in body.get("system") or [] if "text" in block),
        tools={spec["name"]: spec["inputSchema"]["json"] for spec in specs},
        limit=inference.get("maxTokens"),
        temperature=inference.get("temperature"),
        stops=inference.get("stopSequences") or [],
        schema=form and json.loads(form["schema"]),
        reasons=(extra.get("thinking") or {"type": "disabled"})["type"] != "disabled",
        choice=_choice(config.get("toolChoice")),
        streams=streams(request),
    )
    names = {}
    for message in body["messages"]:
        for block in message["content"]:
            _tell(found, message["role"], block, names)
    return found


def _choice(choice):
    return choice and (choice["tool"]["name"] if "tool" in choice else next(iter(choice)))


def _tell(found, role, block, names):
    if "text" in block:
        found.said.append((role, block["text"]))
    if "image" in block:
        found.images.append(_image(block["image"]))
    if "reasoningContent" in block:
        found.thoughts.append(block["reasoningContent"].get("reasoningText", {}).get("text", ""))
    if "toolUse" in block:
        use = block["toolUse"]
        names[use["toolUseId"]] = use["name"]
        found.calls.append((use["name"], use["input"]))
    if "toolResult" in block:
        result = block["toolResult"]
        text = "".join(inner["text"] for inner in result["content"] if "text" in inner)
        found.results.append((names[result["toolUseId"]], text, result.get("status") == "error"))
        found.images += [_image(inner["image"]) for inner in result["content"] if "image" in inner]


def _image(image):
    source = image["source"]
    return (f"image/{image['format']}", source["bytes"]) if "bytes" in source else ("url", source["s3Location"]["uri"])


# --- the answer ---


def _blocks(answer, issued):
    for part in answer.parts:
        if isinstance(part, Text):
            yield {"text": part.text}
        elif isinstance(part, Thinking):
            signature = base64.b64encode(hashlib.sha256(fresh("sig").encode()).digest() * 3).decode()
            issued.thoughts[signature] = part.text
            yield {"reasoningContent": {"reasoningText": {"text": part.text, "signature": signature}}}
        elif isinstance(part, Call):
            yield {"toolUse": {"toolUseId": fresh("tooluse_"), "name": part.name, "input": part.arguments}}


def _usage(usage):
    return {
        "inputTokens": usage.input - usage.cached,
        "outputTokens": usage.output,
        "totalTokens": usage.input + usage.output,
        "cacheReadInputTokens": usage.cached,
        "cacheWriteInputTokens": 0,
    }


def whole(answer, _request, issued):
    message = {"role": "assistant", "content": list(_blocks(answer, issued))}
    return {
        "metrics": {"latencyMs": 12},
        "output": {"message": message},
        "stopReason": STOPS[answer.why],
        "usage": _usage(answer.usage),
    }


def stream(answer, _request, issued):
    events = [("messageStart", {"role": "assistant"})]
    for index, block in enumerate(_blocks(answer, issued)):
        events += _block_events(index, block)
    events.append(("messageStop", {"stopReason": STOPS[answer.why]}))
    events.append(("metadata", {"metrics": {"latencyMs": 12}, "usage": _usage(answer.usage)}))
    return [frame(name, {**payload, "p": "abcdefghijklm"[: index % 13]}) for index, (name, payload) in enumerate(events)]


def _block_events(index, block):
    where = {"contentBlockIndex": index}
    # Only a tool's block is begun explicitly.
    if "toolUse" in block:
        use = block["toolUse"]
        yield "contentBlockStart", {**where, "start": {"toolUse": {"name": use["name"], "toolUseId": use["toolUseId"]}}}
    for delta in _deltas(block):
        yield "contentBlockDelta", {**where, "delta": delta}
    yield "contentBlockStop", where


def _deltas(block):
    if "text" in block:
        return [{"text": piece} for piece in pieces(block["text"])]
    if "toolUse" in block:
        return [{"toolUse": {"input": piece}} for piece in ["", *pieces(json.dumps(block["toolUse"]["input"]))]]
    told = block["reasoningContent"]["reasoningText"]
    texts = [{"reasoningContent": {"text": piece}} for piece in pieces(told["text"])]
    return [*texts, {"reasoningContent": {"signature": told["signature"]}}]


def frame(name, payload):
    """One message of AWS's event stream: prelude, headers, payload, checksums."""
    described = ((":event-type", name), (":content-type", "application/json"), (":message-type", "event"))
    headers = b"".join(_header(*pair) for pair in described)
    body = json.dumps(payload, separators=(",", ":")).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + body
    return message + struct.pack(">I", binascii.crc32(message))


def _header(name, value):
    return struct.pack(">B", len(name)) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
