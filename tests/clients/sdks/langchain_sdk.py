"""LangChain's models for OpenAI and Anthropic."""

import anthropic
import langchain_anthropic
import langchain_openai
import openai
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage

from sdks.talk import PIXELS, Heard, classes, use

BUDGETS = {"low": 1024, "medium": 2048, "high": 3072}


def over_openai(url, model, talk):
    options = {"base_url": f"{url}/v1", "api_key": "client-key", "max_retries": 0, "timeout": 20, "stream_usage": True}
    given = {"max_tokens": talk.limit, "temperature": talk.temperature, "reasoning_effort": talk.effort}
    chosen = {key: value for key, value in given.items() if value is not None}
    return _talk(langchain_openai.ChatOpenAI(model=model, **options, **chosen), talk)


def over_anthropic(url, model, talk):
    options = {"base_url": url, "api_key": "client-key", "max_retries": 0, "timeout": 20, "max_tokens": talk.limit}
    if talk.temperature is not None:
        # Sampling went with the version that the SDK underneath sends.
        options |= {"temperature": talk.temperature, "default_headers": {"anthropic-version": "2023-06-01"}}
    if talk.effort:
        options["thinking"] = {"type": "enabled", "budget_tokens": BUDGETS[talk.effort]}
    return _talk(langchain_anthropic.ChatAnthropic(model=model, **options), talk)


def _talk(model, talk):
    heard = Heard()
    try:
        _loop(_bound(model, talk), talk, heard)
    except (openai.APIError, anthropic.APIError) as error:
        response = getattr(error, "response", None)
        heard.error = {
            "classes": classes(error),
            "status": getattr(error, "status_code", None),
            "message": str(error),
            "retry_after": response.headers.get("retry-after") if response is not None else None,
        }
    return heard


def _bound(model, talk):
    if talk.tools:
        declared = [
            {"title": tool["name"], "description": tool["description"], **tool["schema"]} for tool in talk.tools
        ]
        model = model.bind_tools(declared, **({"tool_choice": talk.choice} if talk.choice else {}))
    if talk.stops:
        model = model.bind(stop=list(talk.stops))
    return model


def _loop(model, talk, heard):
    said = [SystemMessage(talk.system)] if talk.system else []
    said.append(HumanMessage(_prompt(talk)))
    while True:
        message = _turn(model, talk, said)
        heard.text = message.text if isinstance(message.text, str) else message.text()
        blocks = [block for block in message.content_blocks if block["type"] == "reasoning"]
        heard.thoughts += "".join(block.get("reasoning", "") for block in blocks)
        told = message.response_metadata
        heard.finish = told.get("finish_reason") or told.get("stop_reason")
        heard.usage = _usage(message.usage_metadata)
        if not message.tool_calls:
            return
        heard.calls.append([(call["name"], call["args"]) for call in message.tool_calls])
        said.append(message)
        said += [ToolMessage(use(call["name"], call["args"]), tool_call_id=call["id"]) for call in message.tool_calls]


def _prompt(talk):
    if not talk.image:
        return talk.prompt
    inline = {"type": "image", "base64": PIXELS, "mime_type": "image/png"}
    image = inline if talk.image == "inline" else {"type": "image", "url": talk.image}
    return [{"type": "text", "text": talk.prompt}, image]


def _turn(model, talk, said):
    if not talk.stream:
        return model.invoke(said)
    whole = None
    for chunk in model.stream(said):
        whole = chunk if whole is None else whole + chunk
    return whole


def _usage(usage):
    return {
        "input": usage["input_tokens"],
        "cached": usage.get("input_token_details", {}).get("cache_read", 0),
        "output": usage["output_tokens"],
    }
