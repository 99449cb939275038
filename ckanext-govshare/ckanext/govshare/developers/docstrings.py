"""What the docstring of an action says: summary, parameters, result. Core's and ours are written in the same fields.

The result of our actions stands there as a shape, ``{count, results: [{id, title?}]}``, which is read as a JSON Schema:
``?`` may be missing, ``[…]`` a list, ``n`` a number, ``{slug: n}`` numbers by name, ``|`` one of several.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FIELD = re.compile(r"^:(param|type|returns|rtype|raises)\b ?([^:\n]*):[ \t]*", re.MULTILINE)
TYPES = {"int": "integer", "integer": "integer", "bool": "boolean", "boolean": "boolean"}
SHAPE = re.compile(r"\s*([\[\]{}|,:?]|\"[^\"]*\"|…|[^\s\[\]{}|,:?\"…]+)")


@dataclass
class Parameter:
    """A parameter of an action.

    :param type: of JSON Schema: ``string``, ``integer`` or ``boolean``
    """

    name: str
    text: str
    type: str = "string"


@dataclass
class Described:
    """What an action says of itself.

    :param returns: JSON Schema of its result; None where its docstring has no shape
    :param like: name of another action whose result it answers
    """

    summary: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    returns: dict[str, Any] | None = None
    like: str = ""


def describe(action: Callable[..., Any]) -> Described:
    """Read the docstring of an action; where it is chained, those of all its links, the first has the last word."""
    links = [_described(text) for text in _texts(action)]
    found = links.pop()
    for link in reversed(links):
        found.parameters.update(link.parameters)
        found.returns, found.like = link.returns or found.returns, link.like or found.like
    return found


def _texts(action: Any) -> list[str]:
    """The docstrings of a chain of actions, the outermost first."""
    found = []
    while action is not None:
        if isinstance(action, functools.partial):
            found.append(inspect.getdoc(action.func) or "")
            action = action.args[0] if action.args else None
        else:
            inner = getattr(action, "__wrapped__", None)
            if not isinstance(inner, functools.partial):
                found.append(inspect.getdoc(action) or "")
            action = inner
    return found


def _described(text: str) -> Described:
    heads = list(FIELD.finditer(text))
    found = Described(_first_sentence(text[: heads[0].start()] if heads else text))
    for place, head in enumerate(heads):
        end = heads[place + 1].start() if place + 1 < len(heads) else len(text)
        body = " ".join(re.split(r"\n\s*\n", text[head.end() : end])[0].split())
        kind, names = head[1], [name.strip() for name in head[2].split(",") if name.strip()]
        if kind == "rtype":
            break  # what core lists behind it are fields of the answer
        if kind == "param":
            for name in names:
                found.parameters[name] = _parameter(name, body)
        elif kind == "type" and names and names[0] in found.parameters:
            found.parameters[names[0]].type = TYPES.get(body.split()[0] if body else "", "string")
        elif kind == "returns":
            found.returns, found.like = _returns(body)
    return found


def plain(text: str) -> str:
    """A text of a docstring without its marks."""
    return (
        re.sub(r":\w+:`(?:~[\w.]*\.)?([^`<]*?)(?:\s*<[^>]*>)?`", r"\1", text)
        .replace("``", "")
        .replace("`", "")
    )


def _first_sentence(text: str) -> str:
    paragraph = " ".join(re.split(r"\n\s*\n", text.strip())[0].split())
    return plain(re.split(r"(?<=[.。])\s", paragraph)[0])


def _parameter(name: str, text: str) -> Parameter:
    number = re.search(r"\(default \d+\)|at most \d+ \(default|\b\d+ by default", text)
    kind = (
        "integer"
        if number
        else "boolean"
        if re.match(r"(true|false|if true)\b", text, re.IGNORECASE)
        else "string"
    )
    return Parameter(name, plain(text), kind)


def _returns(text: str) -> tuple[dict[str, Any] | None, str]:
    like = re.match(r"as (?:``|:func:`)(\w+)`", text)
    if like:
        return None, like[1]
    shape = re.match(r"[^`]*?``(.+?)``", text)
    if not shape or shape[1][0] not in "{[":
        return None, ""
    schema = _read([token[1] for token in SHAPE.finditer(shape[1])])
    if isinstance(schema.get("type"), list):
        schema["type"] = schema["type"][0]  # an action answers something
    return ({"type": "array", "items": schema} if text.startswith(("per ", "for each ")) else schema), ""


def _read(tokens: list[str]) -> dict[str, Any]:
    """One value of a shape; takes its tokens away."""
    options = [_one(tokens)]
    while tokens and tokens[0] == "|":
        tokens.pop(0)
        options.append(_one(tokens))
    if len(options) == 1:
        return options[0]
    return {} if {} in options else {"anyOf": options}


def _one(tokens: list[str]) -> dict[str, Any]:
    token = tokens.pop(0)
    if token == "[":  # noqa: S105 - a bracket
        items = {} if tokens[0] == "]" else _read(tokens)
        _until(tokens, "]")
        return {"type": ["array", "null"], "items": items}
    if token == "{":  # noqa: S105 - a brace
        return _object(tokens)
    while tokens and tokens[0] not in ",:|]}":  # words such as `n of them`
        tokens.pop(0)
    return {"n": {"type": "integer"}, "text": {"type": "string"}, "null": {"type": "null"}}.get(token, {})


def _object(tokens: list[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required, by_name = [], None
    while tokens and tokens[0] != "}":
        name = tokens.pop(0)
        if name in (",", "…"):
            continue
        optional = bool(tokens) and tokens[0] == "?"
        if optional:
            tokens.pop(0)
        value: dict[str, Any] = {}
        if tokens and tokens[0] == ":":
            tokens.pop(0)
            value = _read(tokens)
        if value == {"type": "integer"}:
            by_name = value
            continue
        properties[name] = value
        if not optional:
            required.append(name)
    _until(tokens, "}")
    found: dict[str, Any] = {"type": ["object", "null"]}
    if properties:
        found |= {"properties": properties, "required": required}
    if by_name:
        found["additionalProperties"] = by_name
    return found


def _until(tokens: list[str], end: str) -> None:
    while tokens and tokens.pop(0) != end:
        continue
