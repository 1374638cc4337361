"""openai-python, asked for single responses: made, looked up, listed, deleted."""

import openai

from sdks.kept import kept
from sdks.talk import classes


@kept
def _client(url):
    return openai.OpenAI(base_url=f"{url}/v1", api_key="client-key", max_retries=0, timeout=20)


def act(url, what, argument):
    """What came of it: `{"told": …}`, or `{"failed": …}` with the exception's classes, status and code."""
    responses = _client(url).responses
    acts = {"create": _create, "retrieve": _retrieve, "inputs": _inputs, "delete": _delete}
    try:
        return {"told": acts[what](responses, argument)}
    except openai.APIStatusError as error:
        return {"failed": {"classes": classes(error), "status": error.status_code, "code": error.code}}


def _create(responses, body):
    if not body.get("stream"):
        return responses.create(**body).to_dict(mode="json")
    with responses.create(**body) as stream:
        (response,) = [event.response for event in stream if event.type == "response.completed"]
    return response.to_dict(mode="json")


def _retrieve(responses, identifier):
    return responses.retrieve(identifier).to_dict(mode="json")


def _inputs(responses, identifier):
    return [item.to_dict(mode="json") for item in responses.input_items.list(identifier, order="asc")]


def _delete(responses, identifier):
    responses.delete(identifier)
