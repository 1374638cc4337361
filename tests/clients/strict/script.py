"""What an upstream is told to do: turns, each with something to look for in the request and an answer."""

import dataclasses
import itertools
import json
import typing

_ids = itertools.count(1)


class Violation(Exception):
    """A request that the real provider would refuse."""


def demand(condition, message):
    """The published rule `message` must hold."""
    if not condition:
        raise Violation(message)


@dataclasses.dataclass(frozen=True)
class Text:
    text: str


@dataclasses.dataclass(frozen=True)
class Thinking:
    text: str


@dataclasses.dataclass(frozen=True)
class Call:
    name: str
    arguments: dict

    @property
    def json(self):
        return json.dumps(self.arguments)


@dataclasses.dataclass(frozen=True)
class Usage:
    """Tokens; `cached` are among `input`, `reasoning` among `output`."""

    input: int = 120
    cached: int = 0
    output: int = 30
    reasoning: int = 0


@dataclasses.dataclass(frozen=True)
class Answer:
    """`stop` is one of `end`, `tool`, `length`, `refusal`; `None` follows from the parts."""

    parts: tuple
    usage: Usage = Usage()
    stop: str | None = None

    @property
    def why(self):
        if self.stop:
            return self.stop
        return "tool" if any(isinstance(part, Call) for part in self.parts) else "end"

    @property
    def text(self):
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def calls(self):
        return [part for part in self.parts if isinstance(part, Call)]


@dataclasses.dataclass(frozen=True)
class Failure:
    """An error as the provider spells it."""

    status: int
    message: str = "scripted"
    headers: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Turn:
    """`expect` gets the request's `Gist` and asserts; `answer` is an `Answer` or a `Failure`."""

    answer: Answer | Failure
    expect: typing.Callable = lambda gist: None


@dataclasses.dataclass
class Gist:
    """What a request says, in no dialect."""

    model: str
    system: str = ""
    # (role, text) of each message that has text; roles are `user` and `assistant`.
    said: list = dataclasses.field(default_factory=list)
    tools: dict = dataclasses.field(default_factory=dict)
    # (name, arguments) of each call in the history, and (name, text, failed) of each result.
    calls: list = dataclasses.field(default_factory=list)
    results: list = dataclasses.field(default_factory=list)
    # Pairs of media type and base64 text.
    images: list = dataclasses.field(default_factory=list)
    thoughts: list = dataclasses.field(default_factory=list)
    limit: int | None = None
    temperature: float | None = None
    stops: list = dataclasses.field(default_factory=list)
    schema: dict | None = None
    reasons: bool = False
    # `auto`, `any`, `none`, or the name of a tool.
    choice: str | None = None
    streams: bool = False


@dataclasses.dataclass
class Issued:
    """What a provider gave out in the course of a script, so as to know it again."""

    thoughts: dict = dataclasses.field(default_factory=dict)
    calls: dict = dataclasses.field(default_factory=dict)


def fresh(prefix):
    """An identifier that no other answer has."""
    return f"{prefix}{next(_ids):024d}"


def pieces(text, size=9):
    """`text` in pieces as a model would write it."""
    return [text[start : start + size] for start in range(0, len(text), size)]
