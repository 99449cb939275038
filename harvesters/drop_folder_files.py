"""A folder that others write into: what is in it is opened without following links, and read once, as it is checked.

Nothing that is opened here leads out of the folder or makes the reader wait: every part of a path is opened below
the one before it, links refused, and only regular files are read. What was read is what was hashed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.govshare.harvesters import refusals
from ckanext.govshare.harvesters.refusals import FetchRefused

PIECE = 1 << 20  # bytes
MAX_DEPTH = 8  # folders in a path
MAX_MANIFEST = 8 << 20  # bytes
MANIFEST, SUMS, READY = "manifest.json", "SHA256SUMS", "_READY"
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SUM = re.compile(r"\\?([0-9a-fA-F]{64}) [ *](.+)")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # without O_NONBLOCK a FIFO waits for its writer

Facts = tuple[int, int, int, int]


class NoFile(Exception):  # noqa: N818 - reads as what happened
    """There is no such file."""


class NoPlainFile(Exception):  # noqa: N818 - reads as what happened
    """It is a link, a folder, a device or a pipe, or may not be read."""


@dataclass(frozen=True)
class Promised:
    """What a manifest says of a file; the size is None where it does not say it."""

    sha256: str
    size: int | None = None


def parts_of(name: str) -> list[str] | None:
    """Parts of a path below the folder; None for a path that leads elsewhere, is hidden or cannot be one."""
    parts = name.split("/")
    bad = any(not part or part.startswith(".") or len(part.encode("utf-8", "replace")) > 255 for part in parts)
    return None if bad or len(parts) > MAX_DEPTH or _CONTROL.search(name) else parts


class Folder:
    """A folder below a configured one, while it is read.

    :param root: the configured folder; it may be a link itself, nothing below it may
    :param parts: way from there
    :param max_seconds: for everything that is read, from now on
    :param told: told after each piece how many bytes were read in all; may raise, which ends the reading
    :raises FetchRefused: there is no such folder
    """

    def __init__(
        self, root: Path, parts: list[str], max_seconds: float, told: Callable[[int], None] = lambda size: None
    ):
        self.max_seconds, self.told, self._read = max_seconds, told, 0
        self._deadline = time.monotonic() + max_seconds
        try:
            self._fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _no_folder() from error
        for part in parts:
            try:
                below = os.open(part, _FOLDER, dir_fd=self._fd)
            except OSError as error:
                raise _no_folder() from error
            finally:
                os.close(self._fd)
            self._fd = below

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def facts(self, name: str) -> Facts:
        """Size, moments (ns) of the last write and the last change, and number of a file.

        :raises NoFile: there is none
        :raises NoPlainFile: it is something else
        """
        with self._open(name) as file:
            return _facts(file)

    def has(self, name: str) -> bool:
        """Whether a regular file of that name is there."""
        try:
            self.facts(name)
        except (NoFile, NoPlainFile):
            return False
        return True

    def hash(self, name: str) -> str:
        """SHA-256 of a file."""
        return self._pass_on(name, None)

    def copy(self, name: str, target: Path) -> str:
        """Copy a file; answers the SHA-256 of the copy."""
        with target.open("wb") as file:
            return self._pass_on(name, file)

    def content(self, name: str, limit: int) -> bytes:
        """The first bytes of a file, one more than the limit at most."""
        with self._open(name) as file:
            return _piece(file, limit + 1)

    def _pass_on(self, name: str, target: BinaryIO | None) -> str:
        digest, size = hashlib.sha256(), 0
        with self._open(name) as file:
            before = _facts(file)
            while piece := _piece(file, PIECE):
                size += len(piece)
                if size > before[0]:
                    raise changing(name)
                if time.monotonic() > self._deadline:
                    raise refusals.too_slow(self.max_seconds)
                digest.update(piece)
                if target is not None:
                    target.write(piece)
                self._read += len(piece)
                self.told(self._read)
            if size != before[0] or _facts(file) != before:
                raise changing(name)
        return digest.hexdigest()

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        parts = parts_of(name)
        if parts is None:
            raise NoPlainFile(name)
        with contextlib.ExitStack() as stack:
            at = self._fd
            try:
                for part in parts[:-1]:
                    at = os.open(part, _FOLDER, dir_fd=at)
                    stack.callback(os.close, at)
                found = os.open(parts[-1], _FILE, dir_fd=at)
            except FileNotFoundError as error:
                raise NoFile(name) from error
            except OSError as error:
                raise NoPlainFile(name) from error
            if not stat.S_ISREG(os.fstat(found).st_mode):
                os.close(found)
                raise NoPlainFile(name)
            yield stack.enter_context(os.fdopen(found, "rb"))


def promises(folder: Folder) -> dict[str, Promised] | None:
    """What the folder's manifest says by name of file; None where there is no manifest.

    :raises FetchRefused: it is no manifest, or not yet a whole one
    """
    for name, parse in ((MANIFEST, _manifest), (SUMS, _sums)):
        try:
            content = folder.content(name, MAX_MANIFEST)
        except NoFile:
            continue
        except NoPlainFile:
            raise _no_manifest(name) from None
        if len(content) > MAX_MANIFEST:
            raise _no_manifest(name)
        try:
            found = parse(content.decode("utf-8-sig"))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise _no_manifest(name) from None
        if any(parts_of(listed) is None for listed in found):
            raise _no_manifest(name)
        return found
    return None


def _manifest(text: str) -> dict[str, Promised]:
    found = {}
    for listed in json.loads(text)["files"]:
        name, sha256, size = listed["name"], listed["sha256"], listed["size"]
        if not isinstance(name, str) or type(size) is not int or size < 0 or not _SHA256.fullmatch(sha256):
            raise ValueError("no manifest")
        found[name.removeprefix("./")] = Promised(sha256.lower(), size)
    return found


def _sums(text: str) -> dict[str, Promised]:
    """As ``sha256sum * > SHA256SUMS`` writes it. The last line ends, or it is not all written yet."""
    if not text.endswith("\n"):
        raise ValueError("cut off")
    found = {}
    for line in filter(None, text.splitlines()):
        match = _SUM.fullmatch(line)
        if match is None:
            raise ValueError("no checksum")
        found[match[2].removeprefix("./")] = Promised(match[1].lower())
    return found


def _piece(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:  # a share that went away
        raise _no_folder() from error


def _facts(file: BinaryIO) -> Facts:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def read_look(keep: Path | None) -> dict[str, Any]:
    """What an earlier look saw, ``{"at": moment, "files": {name: facts}}``; empty where there was none."""
    if keep is None:
        return {}
    try:
        found = json.loads((keep / "look.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_look(keep: Path | None, look: dict[str, Any]) -> None:
    """Keep what a look saw, whole or not at all; it is only ever compared."""
    if keep is not None:
        fresh = keep / f"look.{os.getpid()}"
        fresh.write_text(json.dumps(look), encoding="utf-8")
        fresh.replace(keep / "look.json")


def changing(name: str) -> FetchRefused:
    """A file changed while it was looked at."""
    return FetchRefused(
        "folder_changing",
        f"前置目录中的文件“{name[:100]}”正在写入，本次不采集；写入完成后自动重试。",
        f'The file "{name[:100]}" is being written: nothing is taken, it is tried again later.',
    )


def incomplete(name: str, why_zh: str, why_en: str) -> FetchRefused:
    """The folder does not yet hold what it promises."""
    return FetchRefused(
        "folder_incomplete",
        f"前置目录尚不完整：文件“{name[:100]}”{why_zh}；本次不采集，补齐后自动重试。",
        f'The folder is not complete: the file "{name[:100]}" {why_en}. Nothing is taken until it is.',
    )


def _no_manifest(name: str) -> FetchRefused:
    return FetchRefused(
        "manifest_invalid",
        f"清单文件“{name}”无法读取，或尚未写完：应逐个列出文件名、大小和SHA-256，且只含本目录下的相对路径。",
        f"{name} cannot be read, or is not all written: it lists name, size and SHA-256 of files below the folder.",
    )


def _no_folder() -> FetchRefused:
    return FetchRefused(
        "folder_missing",
        "前置目录不存在或无法读取，请检查目录名称、挂载和权限。",
        "The folder is not there or cannot be read: check its name, its mount and its rights.",
    )
