"""Reads the lists of a large JSON document, one element after the other, in constant memory.

Built on ijson's events instead of its ready objects, so that nesting and size of a record have limits and a
record that breaks them is set aside while the others go on. What spoils the whole document (HTML, another
encoding, a missing end) is refused; the refusal may come after good records, so nothing may be applied before
the last one was read. NUL and lone surrogates are legal JSON but no text: surrogates become U+FFFD here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from ckanext.govshare.harvesters.refusals import FetchRefused

MAX_DEPTH = 32  # of lists and objects within a record
MAX_NODES = 200_000  # values in a record
MAX_CHARS = 8_000_000  # of text in a record
MAX_TOKEN = 16 * 1024 * 1024  # bytes without any quotation mark: no honest catalogue has them
# Digits in a row. Python refuses integers of more than 4,300 digits (640 at the least), and the C parser of
# ijson 3.6 goes on with that error pending, which was seen to crash the process.
MAX_DIGITS = 600
BUFFER = 64 * 1024
_HIGH, _LOW = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
# Every escape in its turn, so that an escaped backslash before a "u" is not mistaken; pairs first.
_ESCAPE = re.compile(rb"\\(?:" + _HIGH + rb"\\" + _LOW + rb"|u([0-9a-fA-F]{4})|[^u])", re.DOTALL)
_ENDLESS_NUMBER = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS + 1))
_LONGEST_ESCAPE = 12  # bytes: a pair


@dataclass(frozen=True)
class Item:
    """One element of the list.

    :param position: counted from 1; 0 for what is no element
    :param value: JSON values; what could be built of it where there is a problem
    :param problem: empty, ``not_an_object``, ``too_deep`` or ``too_large``
    """

    position: int
    value: Any
    problem: str = ""


def read_items(path: Path, key: str) -> Iterator[Item]:
    """The elements of the list under a key of the document's top level.

    :raises FetchRefused: the document is no JSON object in UTF-8, is cut off, or has no such list
    """
    found = False
    for _name, item in read_members(path, {key}):
        if item.position:
            yield item
        elif isinstance(item.value, list):
            found = True
    if not found:
        raise _no_list(key)


def read_members(path: Path, names: Collection[str]) -> Iterator[tuple[str, Item]]:
    """Members of the document's top level, as they come: of a list each element, anything else whole.

    What stands under a name has position 0; of a list that is an empty one, and its elements follow.
    Nothing comes of a document that is no object.

    :param names: of the members that are wanted
    :raises FetchRefused: the document is no JSON in UTF-8, or is cut off
    """
    with path.open("rb") as file:
        start = _sniff(file)
        file.seek(start)
        events = ijson.basic_parse(_Reader(file), buf_size=BUFFER)
        try:
            yield from _members(events, names)
        except (ijson.JSONError, ValueError, ArithmeticError) as error:  # Arithmetic: an endless exponent
            raise _broken(error) from error


def _members(events: Iterator[tuple[str, Any]], names: Collection[str]) -> Iterator[tuple[str, Item]]:
    name, depth = "", 0
    for event, value in events:
        wanted = depth == 1 and name in names
        if event == "map_key":
            name = value if depth == 1 else name
        elif event in ("start_map", "start_array"):
            if depth == 0 and event == "start_array":
                return
            if wanted and event == "start_array":
                yield name, Item(0, [])
                for item in _elements(events):
                    yield name, item
            elif wanted:
                yield name, Item(0, *_Builder().build(event, events))
            else:
                depth += 1
        elif event in ("end_map", "end_array"):
            depth -= 1
        elif wanted:
            yield name, Item(0, _plain(value))


def _elements(events: Iterator[tuple[str, Any]]) -> Iterator[Item]:
    for position, (event, value) in enumerate(events, start=1):
        if event == "end_array":
            return
        if event in ("start_map", "start_array"):
            built, problem = _Builder().build(event, events)
            if event == "start_array":
                problem = problem or "not_an_object"
            yield Item(position, built, problem)
        else:
            yield Item(position, _plain(value), "not_an_object")


class _Builder:
    """Builds one value of events; beyond its limits it only reads on to the end of the value."""

    def __init__(self) -> None:
        self.problem = ""
        self._nodes = 0
        self._chars = 0

    def build(self, opening: str, events: Iterator[tuple[str, Any]]) -> tuple[Any, str]:
        root: Any = {} if opening == "start_map" else []
        stack: list[tuple[Any, str]] = [(root, "")]
        depth = 1
        for event, value in events:
            if event in ("end_map", "end_array"):
                depth -= 1
                if depth == 0:
                    break
                if depth < len(stack):
                    stack.pop()
            elif event in ("start_map", "start_array"):
                depth += 1
                if self._count(0) and depth <= MAX_DEPTH:
                    fresh: Any = {} if event == "start_map" else []
                    self._put(stack, fresh)
                    stack.append((fresh, ""))
                elif not self.problem:
                    self.problem = "too_deep"
            elif event == "map_key":
                if self._count(len(value)):
                    stack[-1] = (stack[-1][0], value)
            elif self._count(len(value) if isinstance(value, str) else 0):
                self._put(stack, _plain(value))
        return root, self.problem

    def _count(self, chars: int) -> bool:
        if self.problem:
            return False
        self._nodes += 1
        self._chars += chars
        if self._nodes > MAX_NODES or self._chars > MAX_CHARS:
            self.problem = "too_large"
        return not self.problem

    @staticmethod
    def _put(stack: list[tuple[Any, str]], value: Any) -> None:
        container, key = stack[-1]
        if isinstance(container, dict):
            container[key] = value
        else:
            container.append(value)


class _Reader:
    """The file with lone surrogate escapes replaced, endless tokens and numbers refused."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self._held = b""
        self._run = 0
        self._digits = b""

    def read(self, size: int = BUFFER) -> bytes:
        if size == 0:
            return b""
        piece = self._file.read(size)
        self._measure(piece)
        data = self._held + piece
        self._held = b""
        if piece and b"\\" in data[-_LONGEST_ESCAPE:]:
            cut = _torn(data)
            data, self._held = data[:cut], data[cut:]
            if not data:
                return self.read(size)
        return _ESCAPE.sub(_repaired, data) if b"\\u" in data else data

    def _measure(self, piece: bytes) -> None:
        quote = piece.rfind(b'"')
        self._run = self._run + len(piece) if quote < 0 else len(piece) - quote
        joined = self._digits + piece
        self._digits = joined[len(joined.rstrip(b"0123456789")) :]
        if self._run > MAX_TOKEN or _ENDLESS_NUMBER.search(joined):
            raise FetchRefused(
                "json_invalid",
                "来源文件中有异常长的内容，不是有效的数据目录。",
                "The file holds endless content and is no catalogue.",
            )


def _torn(data: bytes) -> int:
    """Where the last escape begins if it, or the other half of its pair, may go on in the next piece."""
    last, end = None, 0
    for last in _ESCAPE.finditer(data):  # noqa: B007 - the last one is wanted
        end = last.end()
    begun = data.find(b"\\", end)
    if begun < 0:
        begun = len(data)
    waiting = last is not None and last.group(1) and int(last.group(1), 16) in range(0xD800, 0xDC00)
    return last.start() if last and waiting and end == begun else begun


def _repaired(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    if code and 0xD800 <= int(code, 16) <= 0xDFFF:
        return b"\\ufffd"
    return match.group(0)


def _plain(value: Any) -> Any:
    """ijson gives Decimals; records hold what JSON can write again."""
    if not isinstance(value, Decimal):
        return value
    if value.adjusted() > 300 or value.adjusted() < -300:
        return str(value)
    return int(value) if value == value.to_integral_value() and abs(value) < 1 << 63 else float(value)


def _sniff(file: BinaryIO) -> int:
    """Where the JSON text begins, past a byte order mark.

    :raises FetchRefused: empty, another encoding, or another kind of document
    """
    head = file.read(4096)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:4]:
        raise _not_utf8()
    start = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    text = head[start:].lstrip()
    if not text and len(head) < 4096:
        raise FetchRefused("empty", "来源返回了空内容。", "The source answers with nothing.")
    if text.startswith(b"<"):
        raise FetchRefused(
            "html_not_json",
            "来源返回的是网页（HTML或XML），不是JSON数据目录；请填写 data.json 文件本身的地址。",
            "The source answers with a web page, not with JSON: give the address of data.json itself.",
        )
    return start


def _not_utf8() -> FetchRefused:
    return FetchRefused(
        "not_utf8",
        "来源文件不是UTF-8编码，请以UTF-8编码重新导出。",
        "The file is not in UTF-8: export it again in UTF-8.",
    )


def _no_list(key: str) -> FetchRefused:
    return FetchRefused(
        f"{key}_missing",
        f"来源文件中没有“{key}”列表，不是 Project Open Data 1.1 数据目录。",
        f'The file has no list "{key}": it is no catalogue of Project Open Data 1.1.',
    )


def _broken(error: Exception) -> FetchRefused:
    text = str(error)
    if isinstance(error, UnicodeDecodeError) or "UTF8" in text:
        return _not_utf8()
    if "premature EOF" in text or "Incomplete" in text:
        return FetchRefused(
            "json_truncated",
            "来源文件不完整（JSON提前结束），可能传输中断；本次不作任何更新。",
            "The file ends before its JSON does, perhaps it was cut off; nothing is updated.",
        )
    return FetchRefused(
        "json_invalid",
        "来源文件不是有效的JSON，请在来源系统检查后重新导出；本次不作任何更新。",
        "The file is no valid JSON: check it at the source and export it again; nothing is updated.",
    )
