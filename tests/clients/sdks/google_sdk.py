"""google-genai for Python."""

import base64

import httpx
from google import genai
from google.genai import errors, types

from sdks.kept import kept
from sdks.talk import PIXELS, Heard, classes, use

BUDGETS = {"low": 1024, "medium": 2048, "high": 3072}


@kept
def _client(url):
    # A client of our own, so that no environment variable has a say.
    options = types.HttpOptions(base_url=url, httpx_client=httpx.Client(timeout=20, trust_env=False))
    return genai.Client(api_key="client-key", vertexai=False, http_options=options)


def generate(url, model, talk):
    contents, heard = [types.Content(role="user", parts=_prompt(talk))], Heard()
    try:
        _loop(_client(url), model, talk, contents, heard)
    except errors.APIError as error:
        heard.error = {"classes": classes(error), "status": error.code, "message": str(error)}
    return heard


def _prompt(talk):
    parts = [types.Part(text=talk.prompt)]
    if talk.image == "inline":
        parts.append(types.Part.from_bytes(data=base64.b64decode(PIXELS), mime_type="image/png"))
    elif talk.image:
        parts.append(types.Part.from_uri(file_uri=talk.image, mime_type="image/png"))
    return parts


def _config(talk):
    config = types.GenerateContentConfig(
        system_instruction=talk.system,
        max_output_tokens=talk.limit,
        temperature=talk.temperature,
        stop_sequences=list(talk.stops) or None,
    )
    if talk.effort:
        config.thinking_config = types.ThinkingConfig(thinking_budget=BUDGETS[talk.effort], include_thoughts=True)
    if talk.tools:
        declared = [
            types.FunctionDeclaration(
                name=tool["name"], description=tool["description"], parameters_json_schema=tool["schema"]
            )
            for tool in talk.tools
        ]
        config.tools = [types.Tool(function_declarations=declared)]
    if talk.choice:
        config.tool_config = types.ToolConfig(function_calling_config=_choice(talk.choice))
    if talk.schema:
        config.response_mime_type, config.response_json_schema = "application/json", talk.schema
    return config


def _choice(choice):
    if choice in ("any", "none"):
        return types.FunctionCallingConfig(mode=choice.upper())
    return types.FunctionCallingConfig(mode="ANY", allowed_function_names=[choice])


def _loop(client, model, talk, contents, heard):
    while True:
        parts, last = _turn(client, model, talk, contents)
        heard.text = "".join(part.text for part in parts if part.text and not part.thought)
        heard.thoughts += "".join(part.text for part in parts if part.text and part.thought)
        heard.finish, heard.usage = last.candidates[0].finish_reason.value, _usage(last.usage_metadata)
        calls = [part.function_call for part in parts if part.function_call]
        if not calls:
            return
        heard.calls.append([(call.name, call.args) for call in calls])
        contents.append(types.Content(role="model", parts=parts))
        contents.append(types.Content(role="user", parts=[_result(call) for call in calls]))


def _result(call):
    response = {"output": use(call.name, call.args)}
    return types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response=response))


def _turn(client, model, talk, contents):
    """The parts of an answer, and its last chunk."""
    ask = {"model": model, "contents": contents, "config": _config(talk)}
    if not talk.stream:
        answers = [client.models.generate_content(**ask)]
    else:
        answers = list(client.models.generate_content_stream(**ask))
    found = [part for answer in answers for part in _parts(answer) if part.text != "" or part.thought_signature]
    return found, answers[-1]


def _parts(answer):
    content = answer.candidates[0].content if answer.candidates else None
    return (content.parts if content else None) or []


def _usage(usage):
    thoughts = usage.thoughts_token_count or 0
    return {
        "input": usage.prompt_token_count,
        "cached": usage.cached_content_token_count or 0,
        "output": (usage.candidates_token_count or 0) + thoughts,
        "reasoning": thoughts,
    }
