"""Files of data that people hand in, YAML or JSON: read with the lines of what they say, checked by a JSON Schema.

Dates stay text, no value may refer to another (aliases multiply), no key may be there twice.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import ckan.plugins.toolkit as tk
import yaml
from jsonschema import Draft202012Validator, ValidationError

Path = tuple[str | int, ...]
MOST_BYTES = 1024 * 1024


class UnreadableError(ValueError):
    """The file is no YAML or JSON that can be kept.

    :param words: why, in the reader's language
    :param line: where, from 1; 0 where it has no place
    """

    def __init__(self, words: str, line: int = 0) -> None:
        super().__init__(words)
        self.words, self.line = words, line


@dataclass(frozen=True)
class Fault:
    """What a schema says against a document.

    :param path: keys and positions that lead to the value
    :param words: why, in the reader's language
    """

    path: Path
    words: str


@dataclass(frozen=True)
class Document:
    """A file that was read.

    :param value: its content: mappings, lists, text, numbers, booleans, None
    """

    value: Any
    _node: yaml.Node

    def line(self, path: Path) -> int:
        """The line, from 1, of a value, or of the nearest one around it that is there."""
        node = self._node
        for step in path:
            below = _below(node, step)
            if below is None:
                break
            node = below
        return node.start_mark.line + 1


def _below(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


class _Loader(yaml.SafeLoader):
    """Plain data only."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "alias", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _value in node.value:
            name = (key.tag, str(key.value))
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, "twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def read(content: bytes | str) -> Document:
    """Read a file.

    :param content: its bytes (UTF-8, or GB 18030 as older editors write), or its text
    :raises UnreadableError: it is too large, no text, no YAML or JSON, or holds what cannot be kept
    """
    if len(content) > MOST_BYTES:
        raise UnreadableError(tk._("The file is larger than {number} bytes").format(number=MOST_BYTES))
    loader = None
    try:
        loader = _Loader(content if isinstance(content, str) else _decoded(content))
        node = loader.get_single_node()
        value = loader.construct_document(node) if node is not None else None
        kept = json.dumps(value, ensure_ascii=False, allow_nan=False)
        kept.encode()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise UnreadableError(_why(str(error.problem)), line) from None
    except (yaml.YAMLError, RecursionError, TypeError, ValueError, ArithmeticError):
        raise UnreadableError(tk._("This is no file in YAML or JSON")) from None
    if node is None:
        raise UnreadableError(tk._("The file is empty"))
    if "\\u0000" in kept:
        raise UnreadableError(tk._("The file holds characters that cannot be kept"))
    return Document(value, node)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _why(problem: str) -> str:
    return {
        "alias": tk._("References within the file (*name) are not taken"),
        "twice": tk._("This key is there twice"),
    }.get(problem, tk._("This is no file in YAML or JSON"))


@cache
def _validator(schema: str) -> Draft202012Validator:
    text = (files("ckanext.govshare.schemas") / f"{schema}.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def faults(schema: str, value: Any) -> list[Fault]:
    """What a schema of the folder schemas says against a document, in the order of the document.

    :param schema: its name, without ``.schema.json``
    """
    found = {
        Fault(tuple(error.absolute_path), words)
        for error in _validator(schema).iter_errors(value)
        for words in _words(error)
    }
    return sorted(found, key=lambda fault: ([(str(type(step)), step) for step in fault.path], fault.words))


def _words(error: ValidationError) -> Iterator[str]:
    rule, wanted, value = error.validator, error.validator_value, error.instance
    if rule == "required":
        yield from (tk._("{name} is missing").format(name=name) for name in wanted if name not in value)
    elif rule == "additionalProperties":
        known = error.schema.get("properties", {})
        yield from (
            tk._("Nothing is called {name} here").format(name=name) for name in value if name not in known
        )
    elif rule == "type":
        yield tk._("Expected here: {kind}").format(kind=_kind(wanted))
    elif rule == "enum":
        yield tk._("Must be one of {values}").format(values="、".join(map(str, wanted)))
    elif rule in ("pattern", "format"):
        yield tk._("Not written as it must be: {value}").format(value=str(value)[:60])
    elif rule in ("minLength", "minItems"):
        yield tk._("Must not be empty")
    elif rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"):
        yield tk._("The number {value} is not possible here").format(value=str(value)[:60])
    elif rule == "not":
        yield tk._("A field is given that does not apply here")
    else:
        yield tk._("Not possible here: {value}").format(value=str(value)[:60])


def _kind(wanted: Any) -> str:
    words = {
        "string": tk._("text (numbers and dates in quotes)"),
        "integer": tk._("a whole number"),
        "number": tk._("a number"),
        "boolean": tk._("true or false"),
        "array": tk._("a list"),
        "object": tk._("fields with values"),
    }
    names = wanted if isinstance(wanted, list) else [wanted]
    return " / ".join(words.get(name, name) for name in names)
