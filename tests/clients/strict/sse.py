"""Server-sent events, each provider's way of writing them."""

import json


def named(event):
    """An event whose name is its `type`, as Anthropic and OpenAI's Responses write it."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def data(chunk):
    """A nameless event, as Chat Completions writes it."""
    return f"data: {json.dumps(chunk, separators=(',', ':'))}\n\n".encode()


def data_crlf(chunk):
    """A nameless event with carriage returns, as Gemini writes it."""
    return f"data: {json.dumps(chunk)}\r\n\r\n".encode()
