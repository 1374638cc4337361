"""Every client by name, with the dialect it speaks and its own words for what it hears."""

import dataclasses
import typing

from sdks import anthropic_sdk, google_sdk, langchain_sdk, openai_sdk

OPENAI_FINISH = {"end": {"stop"}, "tool": {"tool_calls"}, "length": {"length"}, "refusal": {"stop", "content_filter"}}
RESPONSES_FINISH = {
    "end": {"completed"},
    "length": {"max_output_tokens"},
    "refusal": {"completed", "content_filter"},
}
ANTHROPIC_FINISH = {"end": {"end_turn"}, "length": {"max_tokens"}, "refusal": {"refusal"}}
GEMINI_FINISH = {"end": {"STOP"}, "length": {"MAX_TOKENS"}, "refusal": {"SAFETY", "PROHIBITED_CONTENT", "OTHER"}}
# The AI SDK has words of its own.
AI_FINISH = {"end": {"stop"}, "length": {"length"}, "refusal": {"stop", "content-filter"}}

STAINLESS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
}


@dataclasses.dataclass(frozen=True)
class Client:
    """`hold` is called with a URL, a model and a talk; `None` for those of Node, which the driver holds."""

    name: str
    dialect: str
    finish: dict
    hold: typing.Callable | None = None
    errors: dict | None = None
    # What of a talk the client cannot ask for.
    lacks: frozenset = frozenset()
    # What of an answer it does not show.
    hides: frozenset = frozenset()


GOOGLE_ERRORS = {**dict.fromkeys((400, 401, 403, 404, 429), "ClientError"), 500: "ServerError"}
AI_ERRORS = dict.fromkeys((400, 401, 403, 404, 429, 500), "APICallError")
NO_STOPS = frozenset({"stops"})

PYTHON = [
    Client("openai-chat", "openai_chat", OPENAI_FINISH, openai_sdk.chat, STAINLESS),
    Client("openai-responses", "openai_responses", RESPONSES_FINISH, openai_sdk.responses, STAINLESS, NO_STOPS),
    Client("anthropic", "anthropic", ANTHROPIC_FINISH, anthropic_sdk.messages, STAINLESS),
    Client("google", "gemini", GEMINI_FINISH, google_sdk.generate, GOOGLE_ERRORS, hides=frozenset({"retry-after"})),
    Client(
        "langchain-openai",
        "openai_chat",
        OPENAI_FINISH,
        langchain_sdk.over_openai,
        STAINLESS,
        frozenset({"schema"}),
        frozenset({"refusal"}),
    ),
    Client(
        "langchain-anthropic",
        "anthropic",
        ANTHROPIC_FINISH,
        langchain_sdk.over_anthropic,
        STAINLESS,
        frozenset({"schema"}),
    ),
]
NODE = [
    Client("openai-chat", "openai_chat", OPENAI_FINISH, None, STAINLESS),
    Client("openai-responses", "openai_responses", RESPONSES_FINISH, None, STAINLESS, NO_STOPS),
    Client("anthropic", "anthropic", ANTHROPIC_FINISH, None, STAINLESS),
    Client("google", "gemini", GEMINI_FINISH, None, dict.fromkeys(GOOGLE_ERRORS, "ApiError"), hides=frozenset({"retry-after"})),
    Client("ai-openai", "openai_responses", AI_FINISH, None, AI_ERRORS, NO_STOPS, frozenset({"refusal"})),
    Client("ai-openai-chat", "openai_chat", AI_FINISH, None, AI_ERRORS, hides=frozenset({"refusal"})),
    Client("ai-compatible", "openai_chat", AI_FINISH, None, AI_ERRORS, frozenset({"link"}), frozenset({"refusal"})),
    Client("ai-anthropic", "anthropic", AI_FINISH, None, AI_ERRORS, frozenset({"schema"})),
]
