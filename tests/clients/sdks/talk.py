"""What a client is asked to do, and what it understood of the answers."""

import dataclasses

WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "The name of the city"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    },
}
CLOCK = {
    "name": "get_time",
    "description": "The time in a zone",
    "schema": {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
# Eight by eight red pixels.
PIXELS = (
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC"
)


def use(name, arguments):
    """What the tool `name` gives."""
    return f"18 degrees in {arguments['city']}" if name == "get_weather" else f"noon in {arguments['zone']}"


def classes(error):
    """The names of an exception's class and of those it derives from."""
    return [each.__name__ for each in type(error).__mro__]


@dataclasses.dataclass(frozen=True)
class Talk:
    """One conversation: a prompt, and turns as long as the model calls tools."""

    prompt: str = "What is new?"
    system: str | None = None
    image: str | None = None
    tools: tuple = ()
    choice: str | None = None
    schema: dict | None = None
    effort: str | None = None
    limit: int | None = 4096
    temperature: float | None = None
    stops: tuple = ()
    stream: bool = False


@dataclasses.dataclass
class Heard:
    """What the client made of the answers. `calls` are (name, arguments), a list for each turn that had some."""

    text: str = ""
    calls: list = dataclasses.field(default_factory=list)
    thoughts: str = ""
    finish: str | None = None
    usage: dict = dataclasses.field(default_factory=dict)
    # Of an error: the names of the exception's classes, its status, its message and its `retry-after`.
    error: dict | None = None
