"""Rules that several providers share: images, names of tools, and the subset of JSON Schema behind strict output."""

import base64
import binascii
import re

from strict.script import demand

SIGNS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}
DATA_URL = re.compile(r"data:([a-z]+/[a-z0-9.+-]+);base64,(.*)", re.DOTALL)


def decoded(text, path):
    """The bytes of base64 `text`, which must be padded and without line breaks."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        demand(False, f"{path}: invalid base64 data: {error}")


def check_image(media_type, data, path):
    """`data` is base64 of an image of `media_type`."""
    demand(media_type in SIGNS, f"{path}: media type {media_type!r} is none of {', '.join(SIGNS)}")
    demand(decoded(data, path).startswith(SIGNS[media_type]), f"{path}: the data is not {media_type}")


def data_url(url, path):
    """(media type, base64) of a `data:` URL, or nothing for a link."""
    if re.match(r"https?://[^/\s]+", url):
        return None
    found = DATA_URL.fullmatch(url)
    demand(found, f"{path}: expected a base64-encoded data URL or a link, got {url[:40]!r}")
    return found[1], found[2]


def check_strict_schema(schema, path="schema"):
    """Every object closes itself and requires all it lists, as OpenAI's strict mode demands."""
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" or "properties" in schema:
        demand(
            schema.get("additionalProperties") is False,
            f"Invalid schema: In context={path}, 'additionalProperties' is required to be supplied and to be false.",
        )
        missing = set(schema.get("properties", {})) - set(schema.get("required", []))
        demand(
            not missing,
            f"Invalid schema: In context={path}, 'required' is required to be supplied and to be an array including "
            f"every key in properties. Missing {sorted(missing)}.",
        )
    for name, inner in schema.get("properties", {}).items():
        check_strict_schema(inner, f"{path}.properties.{name}")
    for name, inner in schema.get("$defs", {}).items():
        check_strict_schema(inner, f"{path}.$defs.{name}")
    check_strict_schema(schema.get("items"), f"{path}.items")
    for index, inner in enumerate(schema.get("anyOf", [])):
        check_strict_schema(inner, f"{path}.anyOf[{index}]")


def check_name(name, path, pattern=r"[a-zA-Z0-9_-]{1,64}"):
    """A tool's name is made of the letters the provider allows."""
    demand(re.fullmatch(pattern, name), f"{path}: {name!r} does not match the pattern '^{pattern}$'")


def check_range(body, key, low, high):
    """`body[key]`, if given, lies from `low` to `high`."""
    value = body.get(key)
    if value is not None:
        demand(low <= value <= high, f"{key}: must be between {low} and {high}, got {value}")
