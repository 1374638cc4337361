"""openai-python, by Chat Completions and by Responses."""

import json

import openai

from sdks.kept import kept
from sdks.talk import PIXELS, Heard, classes, use

DIALECTS = {"chat": "openai_chat", "responses": "openai_responses"}


@kept
def _client(url):
    return openai.OpenAI(base_url=f"{url}/v1", api_key="client-key", max_retries=0, timeout=20)


def _failed(error):
    told = {"classes": classes(error), "status": getattr(error, "status_code", None), "message": str(error)}
    response = getattr(error, "response", None)
    return {**told, "retry_after": response.headers.get("retry-after") if response is not None else None}


# --- Chat Completions ---


def chat(url, model, talk):
    messages = [{"role": "developer", "content": talk.system}] if talk.system else []
    messages.append({"role": "user", "content": _chat_prompt(talk)})
    heard = Heard()
    try:
        _chat_loop(_client(url), model, talk, messages, heard)
    except openai.APIError as error:
        heard.error = _failed(error)
    return heard


def _chat_prompt(talk):
    if not talk.image:
        return talk.prompt
    link = f"data:image/png;base64,{PIXELS}" if talk.image == "inline" else talk.image
    return [{"type": "text", "text": talk.prompt}, {"type": "image_url", "image_url": {"url": link}}]


def _chat_options(talk):
    options = {"max_completion_tokens": talk.limit, "temperature": talk.temperature, "reasoning_effort": talk.effort}
    options["stop"] = list(talk.stops) or None
    options = {key: value for key, value in options.items() if value is not None}
    if talk.tools:
        options["tools"] = [
            {
                "type": "function",
                "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["schema"]},
            }
            for tool in talk.tools
        ]
    if talk.choice:
        named = {"type": "function", "function": {"name": talk.choice}}
        options["tool_choice"] = {"any": "required"}.get(talk.choice, talk.choice if talk.choice == "none" else named)
    if talk.schema:
        shape = {"name": "answer", "schema": talk.schema, "strict": True}
        options["response_format"] = {"type": "json_schema", "json_schema": shape}
    return options


def _chat_loop(client, model, talk, messages, heard):
    while True:
        completion = _chat_turn(client, model, talk, messages)
        (choice,) = completion.choices
        calls = choice.message.tool_calls or []
        heard.finish, heard.usage = choice.finish_reason, _chat_usage(completion.usage)
        heard.text = choice.message.content or choice.message.refusal or ""
        if not calls:
            return
        heard.calls.append([(call.function.name, json.loads(call.function.arguments)) for call in calls])
        # What a stream was put together from has an index, which no request has.
        left_out = {"parsed": True, "tool_calls": {"__all__": {"index": True, "function": {"parsed_arguments": True}}}}
        messages.append(choice.message.model_dump(exclude_none=True, exclude=left_out))
        _answer_chat(messages, calls)


def _answer_chat(messages, calls):
    for call in calls:
        said = use(call.function.name, json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": said})


def _chat_turn(client, model, talk, messages):
    options = _chat_options(talk)
    if not talk.stream:
        return client.chat.completions.create(model=model, messages=messages, **options)
    counted = {"include_usage": True}
    with client.chat.completions.stream(model=model, messages=messages, stream_options=counted, **options) as stream:
        for _event in stream:
            pass
        # `get_final_completion` would throw for an answer that was cut short.
        return stream.current_completion_snapshot


def _chat_usage(usage):
    return {
        "input": usage.prompt_tokens,
        "cached": usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0,
        "output": usage.completion_tokens,
        "reasoning": usage.completion_tokens_details.reasoning_tokens if usage.completion_tokens_details else 0,
    }


# --- Responses ---


def responses(url, model, talk):
    content = [{"type": "input_text", "text": talk.prompt}]
    if talk.image:
        link = f"data:image/png;base64,{PIXELS}" if talk.image == "inline" else talk.image
        content.append({"type": "input_image", "image_url": link, "detail": "auto"})
    items, heard = [{"role": "user", "content": content}], Heard()
    try:
        _responses_loop(_client(url), model, talk, items, heard)
    except openai.APIError as error:
        heard.error = _failed(error)
    return heard


def _responses_options(talk):
    options = {"instructions": talk.system, "max_output_tokens": talk.limit, "temperature": talk.temperature}
    options = {key: value for key, value in options.items() if value is not None}
    if talk.effort:
        options["reasoning"] = {"effort": talk.effort, "summary": "auto"}
    if talk.tools:
        options["tools"] = [
            {
                "type": "function",
                "name": tool["name"],
                "description": tool["description"],
                "parameters": tool["schema"],
                "strict": False,
            }
            for tool in talk.tools
        ]
    if talk.choice:
        named = {"type": "function", "name": talk.choice}
        options["tool_choice"] = {"any": "required"}.get(talk.choice, talk.choice if talk.choice == "none" else named)
    if talk.schema:
        options["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": talk.schema, "strict": True}}
    return options


def _responses_loop(client, model, talk, items, heard):
    while True:
        response = _responses_turn(client, model, talk, items)
        heard.text = response.output_text or _refusal(response)
        heard.finish = (response.incomplete_details and response.incomplete_details.reason) or response.status
        heard.usage = _responses_usage(response.usage)
        calls = [item for item in response.output if item.type == "function_call"]
        summaries = [part.text for item in response.output if item.type == "reasoning" for part in item.summary]
        heard.thoughts += "".join(summaries)
        if not calls:
            return
        heard.calls.append([(call.name, json.loads(call.arguments)) for call in calls])
        items += [_kept(item) for item in response.output]
        for call in calls:
            said = use(call.name, json.loads(call.arguments))
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": said})


def _kept(item):
    """An output item as it goes back in; what the SDK adds on parsing stays out."""
    return item.model_dump(exclude_none=True, exclude={"parsed_arguments"})


def _responses_turn(client, model, talk, items):
    options = {**_responses_options(talk), "store": False, "include": ["reasoning.encrypted_content"]}
    if not talk.stream:
        return client.responses.create(model=model, input=items, **options)
    with client.responses.stream(model=model, input=items, **options) as stream:
        for event in stream:
            if event.type in ("response.completed", "response.incomplete"):
                return event.response
    raise AssertionError("the stream ended without `response.completed`")


def _refusal(response):
    parts = [part for item in response.output if item.type == "message" for part in item.content]
    return "".join(part.refusal for part in parts if part.type == "refusal")


def _responses_usage(usage):
    return {
        "input": usage.input_tokens,
        "cached": usage.input_tokens_details.cached_tokens,
        "output": usage.output_tokens,
        "reasoning": usage.output_tokens_details.reasoning_tokens,
    }
