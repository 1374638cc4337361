"""Checks JSON against the `TypedDict`s with which the SDKs describe request bodies; an unknown key is a mistake."""

import collections.abc
import functools
import types
import typing

import typing_extensions


SCALARS = (str, int, float, bool, type(None))


def mistakes(value, hint, path=""):
    """What keeps `value` from being a `hint`: a list of sentences, empty if nothing does."""
    origin, arguments = typing_extensions.get_origin(hint), typing_extensions.get_args(hint)
    if origin in (typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.Annotated):
        return mistakes(value, arguments[0], path)
    if hint in (object, typing.Any):
        return []
    if origin in (typing.Union, types.UnionType):
        return _union(value, arguments, path)
    if origin is typing.Literal:
        return [] if value in arguments else [f"{_at(path)}: {value!r} is none of {_listed(arguments)}"]
    if typing_extensions.is_typeddict(hint):
        return _dictionary(value, hint, path)
    if origin is dict:
        return _mapping(value, arguments[1], path)
    if isinstance(origin, type) and issubclass(origin, collections.abc.Iterable) or _is_sequence(origin):
        return _list(value, arguments[0], path)
    return _scalar(value, hint, path)


def _is_sequence(origin):
    return getattr(origin, "__name__", "") == "SequenceNotStr"


def _at(path):
    return path or "body"


def _listed(choices):
    return ", ".join(repr(choice) for choice in choices)


def _scalar(value, hint, path):
    accepted = {
        str: isinstance(value, str),
        int: isinstance(value, int) and not isinstance(value, bool),
        float: isinstance(value, (int, float)) and not isinstance(value, bool),
        bool: isinstance(value, bool),
        type(None): value is None,
    }
    if accepted.get(hint, False):
        return []
    return [f"{_at(path)}: {value!r:.80} is not of type {getattr(hint, '__name__', hint)}"]


def _list(value, hint, path):
    if not isinstance(value, list):
        return [f"{_at(path)}: {value!r:.80} is not an array"]
    return [found for index, item in enumerate(value) for found in mistakes(item, hint, f"{path}[{index}]")]


def _mapping(value, hint, path):
    if not isinstance(value, dict):
        return [f"{_at(path)}: {value!r:.80} is not an object"]
    return [found for key, item in value.items() for found in mistakes(item, hint, f"{path}.{key}")]


@functools.cache
def _hints(hint):
    return typing_extensions.get_type_hints(hint, include_extras=True)


@functools.cache
def _required(hint):
    """The keys that must be there. `__required_keys__` cannot tell: the SDKs' annotations are text until they are resolved."""
    origins = {key: typing_extensions.get_origin(each) for key, each in _hints(hint).items()}
    total = hint.__total__ and not any(map(typing_extensions.is_typeddict, hint.__orig_bases__))
    optional = typing_extensions.NotRequired
    return [key for key, origin in origins.items() if origin is typing_extensions.Required or total and origin is not optional]


def _dictionary(value, hint, path):
    if not isinstance(value, dict):
        return [f"{_at(path)}: {value!r:.80} is not an object"]
    hints = _hints(hint)
    found = [f"{path}.{key}".lstrip(".") + ": field required" for key in _required(hint) if key not in value]
    for key, item in value.items():
        where = f"{path}.{key}".lstrip(".")
        found += mistakes(item, hints[key], where) if key in hints else [f"{where}: unknown key"]
    return found


def _union(value, members, path):
    tried = [mistakes(value, member, path) for member in _fitting(value, members)]
    if not tried:
        mark = {key: value[key] for key in ("type", "role") if key in value} if isinstance(value, dict) else value
        return [f"{_at(path)}: nothing allowed here looks like {mark!r:.80}"]
    return min(tried, key=len)


def _fitting(value, members):
    """The members that `value` could be meant for, going by its kind and by the literals of theirs."""
    if isinstance(value, list):
        return [member for member in _flat(members) if member not in SCALARS and not _is_object(member)]
    if not isinstance(value, dict):
        return list(_flat(members))
    return [member for member in _flat(members) if not _excluded(value, member)]


def _flat(members):
    for member in members:
        if typing_extensions.get_origin(member) in (typing.Union, types.UnionType, typing_extensions.Annotated):
            yield from _flat(typing_extensions.get_args(member))
        else:
            yield member


def _is_object(member):
    return typing_extensions.is_typeddict(member) or typing_extensions.get_origin(member) is dict


def _excluded(value, member):
    if not typing_extensions.is_typeddict(member):
        return not _is_object(member) and member not in (object, typing.Any)
    hints = _hints(member)
    return any(key in value and key in hints and mistakes(value[key], hints[key]) for key in ("type", "role"))
