"""Gemini's generateContent."""

import base64
import functools
import hashlib
import json
import re
import typing
import warnings

import pydantic
from google.genai import types

from strict import media, sse
from strict.script import Call, Gist, Text, demand, fresh, pieces

NAME = "gemini"
MODEL = "gemini-3.1-pro-preview"
HEADERS = {"server-timing": "gfet4t7; dur=12", "vary": "Origin"}
STREAM_HEADERS = {**HEADERS, "content-type": "text/event-stream"}
ERROR_HEADERS = {}
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
STOPS = {"end": "STOP", "tool": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
PATH = re.compile(r"/v1(?:beta)?(?:/projects/[^/]+/locations/[^/]+/publishers/google)?/models/([^/:]+):(generateContent|streamGenerateContent|countTokens)")
# The values with which Google lets a call pass that was not Gemini's own.
FOREIGN = ("skip_thought_signature_validator", "context_engineering_is_the_way_to_go")


def operation(request):
    found = PATH.fullmatch(request.path)
    demand(request.method == "POST" and found, f"The requested URL {request.path} was not found on this server.")
    demand(found[1] == MODEL, f"models/{found[1]} is not found")
    return "count" if found[2] == "countTokens" else "create"


def streams(request):
    return request.path.endswith(":streamGenerateContent")


def aside(_request, _operation):
    return {"totalTokens": 4321, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 4321}]}


def error(status, message):
    details = []
    if status == 429:
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}]
    told = {"code": status, "message": message, "status": STATUSES.get(status, "UNKNOWN")}
    return {"error": {**told, "details": details} if details else told}


# --- the request ---


@functools.cache
def _shape():
    """The request body, from the SDK's own models; no key may be added to them."""
    fields = {
        "contents": (list[types.Content], ...),
        "system_instruction": (types.Content | None, None),
        "tools": (list[types.Tool] | None, None),
        "tool_config": (types.ToolConfig | None, None),
        "safety_settings": (list[types.SafetySetting] | None, None),
        "generation_config": (types.GenerationConfig | None, None),
        "cached_content": (str | None, None),
        "service_tier": (str | None, None),
    }
    base = typing.cast(type[pydantic.BaseModel], types.Content.__bases__[0])
    return pydantic.create_model("GenerateContentRequest", __base__=base, **fields)


def check(request, issued, what):
    keyed = request.headers.get("x-goog-api-key") or request.query.get("key")
    demand(keyed or request.headers.get("authorization", "").startswith("Bearer "), "Method doesn't allow unregistered callers")
    if streams(request):
        demand(request.query.get("alt") == "sse", "without `alt=sse` a stream is one JSON array, not events")
    body = request.body
    demand(isinstance(body, dict), "Invalid JSON payload received.")
    if what == "count":
        body = body.get("generateContentRequest", body)
        body = {key: value for key, value in body.items() if key != "model"}
    parsed = _parsed(body)
    _check_config(parsed.generation_config or types.GenerationConfig())
    declared = _check_tools(parsed)
    demand(parsed.contents, "* GenerateContentRequest.contents: contents is not specified")
    for index, content in enumerate(parsed.contents):
        _check_content(content, f"contents[{index}]")
    if parsed.system_instruction:
        texts = [part.text for part in parsed.system_instruction.parts or []]
        demand(texts and all(texts), "system_instruction: parts must be text")
    _check_pairs(parsed.contents)
    _check_signatures(parsed.contents, body["contents"], issued)
    calls = [part for content in parsed.contents for part in content.parts if part.function_call]
    demand(declared or not calls, "function calls in the history need their declarations in `tools`")


def _parsed(body):
    with warnings.catch_warnings():
        # An enum of an unknown value only warns.
        warnings.simplefilter("error")
        try:
            return _shape().model_validate_json(json.dumps(body))
        except pydantic.ValidationError as invalid:
            told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in invalid.errors()]
            demand(False, "Invalid JSON payload received. " + "; ".join(told))
        except UserWarning as unknown:
            demand(False, f"Invalid value at enum: {unknown}")


def _between(value, low, high, name):
    demand(value is None or low <= value <= high, f"{name}: must be in the range [{low}, {high}], got {value}")


def _check_config(config):
    _between(config.temperature, 0, 2, "temperature")
    _between(config.top_p, 0, 1, "top_p")
    _between(config.candidate_count, 1, 8, "candidate_count")
    _between(config.max_output_tokens, 1, 65_536, "max_output_tokens")
    _between(config.presence_penalty, -2, 2, "presence_penalty")
    _between(config.frequency_penalty, -2, 2, "frequency_penalty")
    demand(len(config.stop_sequences or []) <= 5, "stop_sequences: at most 5 are supported")
    demand(all(config.stop_sequences or []), "stop_sequences: must not be empty")
    shaped = config.response_schema or config.response_json_schema
    as_json = config.response_mime_type == "application/json"
    demand(not shaped or as_json, "response schema requires response_mime_type to be application/json")
    both = config.response_schema and config.response_json_schema
    demand(not both, "only one of response_schema and response_json_schema may be set")
    if config.response_schema:
        _check_schema(config.response_schema, "response_schema")
    thinking = config.thinking_config
    if thinking:
        _between(thinking.thinking_budget, -1, 32_768, "thinking_budget")
        both = thinking.thinking_budget is not None and thinking.thinking_level is not None
        demand(not both, "You can only set only one of thinking budget and thinking level.")


def _check_tools(parsed):
    names = []
    for tool in parsed.tools or []:
        for declared in tool.function_declarations or []:
            media.check_name(declared.name or "", "function name", r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")
            names.append(declared.name)
            both = declared.parameters and declared.parameters_json_schema
            demand(not both, "parameters and parameters_json_schema are mutually exclusive")
            if declared.parameters:
                _check_schema(declared.parameters, declared.name)
            described = declared.parameters_json_schema
            demand(described is None or described.get("type") == "object", f"{declared.name}: schema must be an object")
    demand(len(set(names)) == len(names), "Duplicate function declaration found")
    calling = parsed.tool_config and parsed.tool_config.function_calling_config
    if calling:
        allowed = calling.allowed_function_names or []
        mode = calling.mode and calling.mode.value
        demand(not allowed or mode in ("ANY", "VALIDATED"), "allowed_function_names should only be set when mode is ANY")
        demand(set(allowed) <= set(names), "allowed_function_names should be a subset of the declarations")
        demand(names or mode == "NONE", "Function calling config is set without function_declarations.")
    return names


def _check_schema(schema, path):
    """The subset of OpenAPI that the Gemini API takes; `$ref` and `additionalProperties` are Vertex AI's."""
    kind = schema.type and schema.type.value
    for name in ("additional_properties", "ref", "defs"):
        demand(getattr(schema, name) is None, f"{path}: Unknown name \"{name}\": Cannot find field.")
    demand(kind or schema.any_of, f"{path}: type must be specified")
    demand(kind != "OBJECT" or schema.properties, f"{path}.properties: should be non-empty for OBJECT type")
    demand(kind != "ARRAY" or schema.items, f"{path}.items: missing field.")
    demand(not schema.enum or kind == "STRING", f"{path}.enum: only allowed for STRING type")
    undefined = set(schema.required or []) - set(schema.properties or {})
    demand(not undefined, f"{path}.required: property is not defined: {sorted(undefined)}")
    formats = {"STRING": ("enum", "date-time"), "INTEGER": ("int32", "int64"), "NUMBER": ("float", "double")}
    if schema.format:
        demand(schema.format in formats.get(kind, ()), f"{path}.format: unsupported {schema.format!r} for {kind}")
    for name, inner in (schema.properties or {}).items():
        _check_schema(inner, f"{path}.properties[{name}]")
    for inner in [schema.items] if schema.items else schema.any_of or []:
        _check_schema(inner, f"{path}.items")


DATA = ("text", "inline_data", "file_data", "function_call", "function_response", "executable_code", "code_execution_result")


def _check_content(content, path):
    demand(content.role in ("user", "model", None), "Please use a valid role: user, model.")
    demand(content.parts, f"{path}.parts must not be empty.")
    for index, part in enumerate(content.parts):
        given = [name for name in DATA if getattr(part, name) is not None]
        demand(len(given) == 1, f"{path}.parts[{index}]: required oneof field 'data' must have one initialized field")
        demand(part.text != "" or part.thought_signature, f"{path}.parts[{index}].text: must not be empty")
        _check_part(part, content.role, f"{path}.parts[{index}]")


def _check_part(part, role, path):
    if part.function_call:
        demand(role == "model", f"{path}: function calls come from the model")
        demand(part.function_call.name, f"{path}.function_call.name: Name cannot be empty.")
    if part.function_response:
        demand(role != "model", f"{path}: function responses come from the user")
        demand(part.function_response.name, f"{path}.function_response.name: Name cannot be empty.")
        demand(part.function_response.response is not None, f"{path}.function_response.response: required")
    if part.inline_data:
        media_type = part.inline_data.mime_type or ""
        demand(media_type, f"{path}: missing MIME type")
        if media_type.startswith("image/"):
            media.check_image(media_type, base64.b64encode(part.inline_data.data).decode(), path)
            demand(media_type != "image/gif", f"Unsupported MIME type: {media_type}")


def _check_pairs(contents):
    demand(contents[0].role != "model", "Please ensure that the first turn is a user turn.")
    waiting = []
    for index, content in enumerate(contents):
        calls = [part.function_call for part in content.parts if part.function_call]
        results = [part.function_response for part in content.parts if part.function_response]
        demand(
            len(results) == len(waiting),
            "Please ensure that the number of function response parts is equal to the number of function call parts of "
            f"the function call turn. (contents[{index}]: {len(results)} for {len(waiting)})",
        )
        for call in waiting:
            _check_answered(call, results)
        if calls and index:
            earlier = contents[index - 1].role != "model"
            demand(earlier, "function call turn comes immediately after a user turn or after a function response turn.")
        waiting = calls
    demand(contents[-1].role != "model", "Please ensure that multiturn requests end with a user turn.")


def _check_answered(call, results):
    fitting = [result for result in results if result.id == call.id] if call.id else results
    demand(fitting, f"no function response has the id {call.id!r}")
    demand(any(result.name == call.name for result in fitting), f"no function response is named {call.name!r}")


def _check_signatures(contents, raw, issued):
    """In the current turn the first call of each step keeps the signature it came with."""
    start = max(index for index, content in enumerate(contents) if _is_prompt(content))
    for index, content in enumerate(contents):
        calls = [part for part in content.parts if part.function_call]
        if calls and index > start:
            demand(
                calls[0].thought_signature,
                "Function call is missing a thought_signature in functionCall parts. Additional data, function call "
                f"`default_api:{calls[0].function_call.name}`, position {index}.",
            )
    for content in raw:
        for part in content["parts"]:
            signature = part.get("thoughtSignature") or part.get("thought_signature")
            plain = signature and signature.replace("-", "+").replace("_", "/")
            good = signature is None or plain in issued.thoughts or signature in FOREIGN
            demand(good, "Corrupted thought signature.")


def _is_prompt(content):
    return content.role != "model" and not any(part.function_response for part in content.parts)


# --- what it says ---


def gist(request):
    parsed = _parsed(request.body)
    config = parsed.generation_config or types.GenerationConfig()
    declared = [each for tool in parsed.tools or [] for each in tool.function_declarations or []]
    instruction = parsed.system_instruction
    found = Gist(
        model=PATH.fullmatch(request.path)[1],
        system="\n".join(part.text for part in instruction.parts) if instruction else "",
        tools={each.name: each.parameters_json_schema or _plain(each.parameters) for each in declared},
        limit=config.max_output_tokens,
        temperature=config.temperature,
        stops=config.stop_sequences or [],
        schema=config.response_json_schema or (config.response_schema and _plain(config.response_schema)),
        reasons=_reasons(config.thinking_config),
        choice=_choice(parsed.tool_config),
        streams=streams(request),
    )
    for content in parsed.contents:
        for part in content.parts:
            _tell(found, "assistant" if content.role == "model" else "user", part)
    return found


def _plain(schema):
    """An OpenAPI schema as JSON Schema writes it."""
    if schema is None:
        return None
    plain = schema.model_dump(exclude_none=True, by_alias=True, mode="json")
    return _lowered(plain)


def _lowered(schema):
    lowered = {**schema, **({"type": schema["type"].lower()} if "type" in schema else {})}
    if "properties" in schema:
        lowered["properties"] = {name: _lowered(inner) for name, inner in schema["properties"].items()}
    if "items" in schema:
        lowered["items"] = _lowered(schema["items"])
    return lowered


def _reasons(thinking):
    return bool(thinking and (thinking.thinking_budget or thinking.thinking_level or thinking.include_thoughts))


def _choice(config):
    calling = config and config.function_calling_config
    if not calling:
        return None
    if calling.allowed_function_names and len(calling.allowed_function_names) == 1:
        return calling.allowed_function_names[0]
    return calling.mode and calling.mode.value.lower()


def _tell(found, role, part):
    if part.text is not None:
        (found.thoughts if part.thought else found.said).append(part.text if part.thought else (role, part.text))
    if part.inline_data:
        found.images.append((part.inline_data.mime_type, base64.b64encode(part.inline_data.data).decode()))
    if part.file_data:
        found.images.append(("url", part.file_data.file_uri))
    if part.function_call:
        found.calls.append((part.function_call.name, part.function_call.args or {}))
    if part.function_response:
        found.results.append(_result(part.function_response, found))


def _result(result, found):
    """(name, text, failed): Google asks for `output` or `error` and takes any object."""
    for inner in result.parts or []:
        if inner.inline_data:
            found.images.append((inner.inline_data.mime_type, base64.b64encode(inner.inline_data.data).decode()))
    told = result.response
    for key in ("output", "result", "error", "content"):
        if isinstance(told.get(key), str):
            return result.name, told[key], key == "error"
    return result.name, told, False


# --- the answer ---


def _parts(answer, issued):
    signed = False
    for part in answer.parts:
        if isinstance(part, Text):
            yield {"text": part.text}
        elif isinstance(part, Call):
            call = {"functionCall": {"name": part.name, "args": part.arguments, "id": fresh("fc")}}
            # Only the first of parallel calls is signed.
            yield call if signed else {**call, "thoughtSignature": _signature(issued)}
            signed = True
        else:
            yield {"text": part.text, "thought": True}


def _signature(issued):
    signature = base64.b64encode(hashlib.sha256(fresh("sig").encode()).digest() * 2).decode()
    issued.thoughts[signature] = ""
    return signature


def _usage(usage):
    counts = {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "totalTokenCount": usage.input + usage.output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input}],
    }
    if usage.cached:
        counts["cachedContentTokenCount"] = usage.cached
    if usage.reasoning:
        counts["thoughtsTokenCount"] = usage.reasoning
    return counts


def _chunk(parts, usage, identifier, reason=None):
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    if reason == "SAFETY":
        candidate.pop("content")
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": MODEL, "responseId": identifier}


def whole(answer, _request, issued):
    parts = list(_parts(answer, issued))
    return _chunk(parts, _usage(answer.usage), fresh("r"), STOPS[answer.why])


def stream(answer, _request, issued):
    identifier = fresh("r")
    early = {"promptTokenCount": answer.usage.input, "totalTokenCount": answer.usage.input}
    chunks = []
    for part in _parts(answer, issued):
        if "text" in part:
            chunks += [_chunk([{**part, "text": piece}], early, identifier) for piece in pieces(part["text"], 12)]
        else:
            chunks.append(_chunk([part], early, identifier))
    last = [{"text": ""}]
    chunks.append(_chunk(last, _usage(answer.usage), identifier, STOPS[answer.why]))
    return [sse.data_crlf(chunk) for chunk in chunks]
