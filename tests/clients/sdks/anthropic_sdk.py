"""anthropic-sdk-python."""

import anthropic

from sdks.kept import kept
from sdks.talk import PIXELS, Heard, classes, use

BUDGETS = {"low": 1024, "medium": 2048, "high": 3072}


@kept
def _client(url):
    return anthropic.Anthropic(base_url=url, api_key="client-key", max_retries=0, timeout=20)


def messages(url, model, talk):
    said, heard = [{"role": "user", "content": _prompt(talk)}], Heard()
    try:
        _loop(_client(url), model, talk, said, heard)
    except anthropic.APIError as error:
        heard.error = _failed(error)
    return heard


def count(url, model, talk):
    """The number of tokens that `talk` opens with."""
    options = {key: value for key, value in _options(talk).items() if key in ("system", "tools")}
    said = [{"role": "user", "content": _prompt(talk)}]
    return _client(url).messages.count_tokens(model=model, messages=said, **options).input_tokens


def _failed(error):
    told = {"classes": classes(error), "status": getattr(error, "status_code", None), "message": str(error)}
    response = getattr(error, "response", None)
    return {**told, "retry_after": response.headers.get("retry-after") if response is not None else None}


def _prompt(talk):
    if not talk.image:
        return talk.prompt
    inline = {"type": "base64", "media_type": "image/png", "data": PIXELS}
    source = inline if talk.image == "inline" else {"type": "url", "url": talk.image}
    return [{"type": "image", "source": source}, {"type": "text", "text": talk.prompt}]


def _options(talk):
    options = {"max_tokens": talk.limit or 4096}
    if talk.system:
        options["system"] = talk.system
    if talk.temperature is not None:
        # Sampling went with the version that the newest SDK sends.
        options["extra_body"] = {"temperature": talk.temperature}
        options["extra_headers"] = {"anthropic-version": "2023-06-01"}
    if talk.stops:
        options["stop_sequences"] = list(talk.stops)
    if talk.effort:
        options["thinking"] = {"type": "enabled", "budget_tokens": BUDGETS[talk.effort]}
    if talk.tools:
        options["tools"] = [
            {"name": tool["name"], "description": tool["description"], "input_schema": tool["schema"]}
            for tool in talk.tools
        ]
    if talk.choice:
        plain = talk.choice in ("any", "none")
        options["tool_choice"] = {"type": talk.choice} if plain else {"type": "tool", "name": talk.choice}
    if talk.schema:
        options["output_config"] = {"format": {"type": "json_schema", "schema": talk.schema}}
    return options


def _loop(client, model, talk, said, heard):
    while True:
        message = _turn(client, model, talk, said)
        heard.text = "".join(block.text for block in message.content if block.type == "text")
        heard.thoughts += "".join(block.thinking for block in message.content if block.type == "thinking")
        heard.finish, heard.usage = message.stop_reason, _usage(message.usage)
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return
        heard.calls.append([(call.name, call.input) for call in calls])
        said.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]})
        said.append({"role": "user", "content": [_result(call) for call in calls]})


def _result(call):
    return {"type": "tool_result", "tool_use_id": call.id, "content": use(call.name, call.input)}


def _turn(client, model, talk, said):
    if not talk.stream:
        return client.messages.create(model=model, messages=said, **_options(talk))
    with client.messages.stream(model=model, messages=said, **_options(talk)) as stream:
        return stream.get_final_message()


def _usage(usage):
    cached = usage.cache_read_input_tokens or 0
    # Anthropic counts cached tokens apart and does not say how many were thoughts.
    return {"input": usage.input_tokens + cached, "cached": cached, "output": usage.output_tokens}
