"""Files made of rows: written by a thread, read meanwhile by everybody who asks for them, kept for the next.

The thread writes at the speed of the database and the disk, so that no slow reader holds a table. A file is known by
what it is made of (:func:`key_of`): the same key is the same bytes, so a kept one can be resumed, in any process. Where
the disk is full, or the space for kept files is taken, the rest goes from hand to hand to one reader.

When the last reader goes away before the end, making stops: PostgreSQL is told, the connection is closed. A file that
was not made to its end is never kept, and its readers' connections are cut off: nothing incomplete looks complete.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import Protocol

from ckanext.govshare.portal import convert_rows
from ckanext.govshare.portal.convert_rows import BusyError
from ckanext.govshare.portal.convert_shapes import Csv, Json, Writer, Xml
from ckanext.govshare.portal.convert_xlsx import Xlsx

log = logging.getLogger(__name__)
VERSION = 2  # counts up when the same rows make other bytes
WRITERS: dict[str, type[Writer]] = {"csv": Csv, "xlsx": Xlsx, "json": Json, "xml": Xml}
MIMETYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xml": "application/xml",
}
CHUNK = 256 * 1024
IN_HAND = 16  # chunks that wait for a reader where nothing can be written to disk
STALL_SECONDS = 60  # that a reader may let them wait
PART = "part-"
LEAST_BYTES = 64 * 1024  # that a kept file counts as: so they are not too many either
OLD_SECONDS = 24 * 3600  # of parts that a killed process left


class IncompleteError(RuntimeError):
    """A file was not made to its end."""


class Source(Protocol):
    """Where rows come from (convert_rows.py)."""

    revision: list[object]

    def send(self, shape: type[Writer], begin: convert_rows.Begin) -> None: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...


class Making:
    """A file while it is made."""

    def __init__(self, source: Source, writer: type[Writer], about: dict[str, str], target: Path, most: int):
        """Nothing is read before :meth:`start`.

        :param about: what the file says of itself (convert_shapes.Writer)
        :param target: where it is kept
        :param most: bytes that kept files may take together
        """
        self.target, self.kept, self.done = target, False, False
        self._written = False  # to the last byte; keeping it takes the disk a moment more
        self.error: BaseException | None = None
        self._source, self._writer, self._about, self._most = source, writer, about, most
        self._change = threading.Condition()
        self._size = self._readers = 0
        self._stopped = False
        self._in_hand: deque[bytes] | None = None
        self._taker: Reading | None = None
        self._made: Writer | None = None
        self._part = -1
        self._path = target
        try:
            if most:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._part, path = tempfile.mkstemp(dir=target.parent, prefix=PART)
                self._path = Path(path)
        except OSError as error:
            log.warning("no disk to make files on: %s", error.strerror)
        if self._part < 0:
            self._in_hand = deque()

    def start(self) -> None:
        threading.Thread(target=self._run, name="govshare-making", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait for the first bytes, and then these seconds at the most for the last."""
        with self._change:
            self._change.wait_for(lambda: self._over() or self._in_hand or self._size)
            self._change.wait_for(lambda: self._over() or self._in_hand, seconds)

    def read(self) -> Reading:
        """A reader from the first byte on.

        :raises BusyError: the first bytes are gone: they went from hand to hand
        """
        with self._change:
            gone = self._in_hand is not None and (self._readers or self._written)
            if self.error or gone or (self.done and not self.kept):
                raise BusyError(self.target.name)
            self._readers += 1
            return Reading(self, os.dup(self._part) if self._part >= 0 and not self.done else -1)

    def after(self, reader: Reading) -> bytes:
        """What follows for a reader, empty at the end.

        :raises IncompleteError: there is no more, and it is not the end
        """
        with self._change:
            self._change.wait_for(
                lambda: self._over() or self._written or self._in_hand or self._size > reader.position
            )
            if self.error:
                raise IncompleteError(self.target.name) from self.error
            if self._size == reader.position and self._in_hand:
                self._taker = self._taker or reader
                if self._taker is not reader:
                    raise IncompleteError(self.target.name)
                self._change.notify_all()
                return self._in_hand.popleft()
            left = self._size - reader.position
        data = os.pread(reader.part, min(CHUNK, left), reader.position) if left else b""
        reader.position += len(data)
        return data

    def leave(self) -> None:
        """A reader goes; the last one stops what is not done."""
        with self._change:
            self._readers -= 1
            if self._readers or self._written or self._over():
                return
            self._stopped = True
            self._change.notify_all()
        self._source.cancel()

    def _over(self) -> bool:
        return self.done or self.error is not None

    def _run(self) -> None:
        try:
            self._source.send(self._writer, self._begin)
            if self._made is not None:
                self._made.end()
            with self._change:
                self._written = True
                self._change.notify_all()
            self._keep()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the readers hear of it
            if not self._stopped:
                log.warning("file not made to its end: %s: %s", type(error).__name__, error)
            self.error = error
            if self._made is not None:
                self._made.give_up()
        finally:
            self._source.close()
            if not self.kept and self._part >= 0:
                self._path.unlink(missing_ok=True)
            with _lock:
                _making.pop(self.target.name, None)
            with self._change:
                self.done = self.error is None
                self._change.notify_all()
                if self._part >= 0:
                    os.close(self._part)
        if self.kept:
            sweep(self.target.parent, self._most)

    def _begin(self, columns: list[convert_rows.Column]) -> convert_rows.Send:
        self._made = self._writer(self._write, columns, self._about)
        self._made.begin()
        return self._made.add

    def _write(self, data: bytes) -> None:
        if self._stopped:
            raise InterruptedError
        if not data or (self._in_hand is None and self._to_disk(data)):  # an archive writes nothing at times
            return
        with self._change:
            if self._in_hand is None:
                self._in_hand = deque()
            room = self._change.wait_for(lambda: self._stopped or len(self._in_hand) < IN_HAND, STALL_SECONDS)
            if self._stopped or not room:
                raise InterruptedError
            self._in_hand.append(data)
            self._change.notify_all()

    def _to_disk(self, data: bytes) -> bool:
        if self._size + len(data) > self._most:
            return False
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._part, left) :]
        except OSError as error:
            log.warning("a file that is made goes on without the disk: %s", error.strerror)
            return False
        with self._change:
            self._size += len(data)
            self._change.notify_all()
        return True

    def _keep(self) -> None:
        if self._in_hand is not None:
            return
        try:
            os.fsync(self._part)
            self._path.replace(self.target)
            self.kept = True
        except OSError as error:
            log.warning("a file that was made is not kept: %s", error.strerror)


class Reading:
    """What a response sends: iterated once, closed once, whatever happens between."""

    def __init__(self, making: Making, part: int):
        self._making: Making | None = making
        self.part, self.position = part, 0  # of what is on disk

    def __iter__(self) -> Reading:
        return self

    def __next__(self) -> bytes:
        data = self._making.after(self) if self._making else b""
        if not data:
            raise StopIteration
        return data

    def close(self) -> None:
        """Free what is held."""
        making, self._making = self._making, None
        if making is None:
            return
        if self.part >= 0:
            os.close(self.part)
        making.leave()


_lock = threading.Lock()
_making: dict[str, Making] = {}


def key_of(source: Source, resource_id: str, extension: str, about: dict[str, str]) -> str:
    """What tells a made file from every other: 64 hexadecimal digits."""
    facts = [VERSION, resource_id, extension, about, getattr(source, "columns", []), source.revision]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, default=str).encode()).hexdigest()


def kept(folder: Path, key: str, extension: str) -> Path | None:
    """The finished file, which from now on is the one taken last."""
    path = folder / f"{key}.{extension}"
    try:
        os.utime(path, (time.time(), path.stat().st_mtime))
    except OSError:
        return None
    return path


def make(
    source: Source, extension: str, about: dict[str, str], target: Path, most: int, at_once: int
) -> tuple[Making, Reading]:
    """Make a file, or join those who wait for the same one. The source is closed by this, sooner or later.

    :param most: bytes that kept files may take
    :param at_once: files that this process makes at the same time
    :raises BusyError: enough is being made
    """
    with _lock:
        making = _making.get(target.name)
        if making is None and len(_making) < at_once:
            making = _making[target.name] = Making(source, WRITERS[extension], about, target, most)
            reading = making.read()
            making.start()
            return making, reading
    source.close()
    if making is None:
        raise BusyError(target.name)
    return making, making.read()


def sweep(folder: Path, most: int) -> None:
    """Delete the files that were not taken for longest, until the others have room; and parts of killed processes."""
    found = []
    for entry in os.scandir(folder):
        try:
            state = entry.stat()
        except FileNotFoundError:
            continue
        if not entry.name.startswith(PART):
            found.append((state.st_atime, max(state.st_size, LEAST_BYTES), entry.path))
        elif time.time() - state.st_mtime > OLD_SECONDS:
            Path(entry.path).unlink(missing_ok=True)
    taken = 0
    for _when, size, path in sorted(found, reverse=True):
        taken += size
        if taken > most:
            Path(path).unlink(missing_ok=True)
