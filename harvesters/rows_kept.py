"""The rows of one view that a point keeps between fetches, so that only changed ones need be read.

One SQLite file a view: every row as its line of CSV under its key, in the order of the key. It mirrors the source
and knows nothing of runs: a fetch that is never applied leaves a newer mirror, from which the next fetch writes
the whole file all the same.

Safe against a kill at any moment: reading everything fills another file, which replaces the former one when it is
complete; an increment is one transaction. What does not fit, because the view is described otherwise now or the file
is damaged, is read anew.

Known limit: on a network file system the locks of SQLite are as good as that of the file system.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ckanext.govshare.harvesters.rows import CsvFile, Written

SUFFIX = ".rows"
WAIT_SECONDS = 5
_INTEGER = re.compile(r"-?[1-9][0-9]{0,17}|0")
_CACHE_KIB = 16 * 1024

Row = tuple[Sequence[str], str]
"""Key and line."""


class NotKept(Exception):  # noqa: N818 - reads as what happened
    """Rows cannot be kept.

    :param same_key: because two of them have the same key; else because of the disk
    """

    def __init__(self, same_key: bool):
        super().__init__()
        self.same_key = same_key


class Kept:
    """What is kept of a view.

    :param folder: of the point
    :param view: its name
    :param description: of everything that a line depends on; another one reads everything anew
    :param keys: number of columns of the key
    """

    def __init__(self, folder: Path, view: str, description: str, keys: int):
        self.path = folder / f"{name_of(view)}{SUFFIX}"
        self.description = description
        self._keys = ", ".join(f"k{place}" for place in range(keys))
        self._marks = ", ".join("?" * (keys + 1))

    def facts(self) -> Mapping[str, Any]:
        """What was noted with the last rows; empty where everything is to be read."""
        with suppress(sqlite3.Error, ValueError), closing(self._open()) as file:
            (noted,) = file.execute(
                "SELECT facts FROM kept WHERE description = ?", [self.description]
            ).fetchone() or ("{}",)
            return json.loads(noted)
        return {}

    def replace(self, rows: Iterable[Row], facts: Mapping[str, Any]) -> int:
        """Keep these rows instead of the former ones.

        :returns: how many there are
        :raises NotKept: two of them have the same key, or the disk is full; the former ones stay
        """
        fresh = self.path.with_suffix(".new")
        self._forget(fresh)
        try:
            with closing(sqlite3.connect(fresh, isolation_level=None)) as file:
                for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
                    file.execute(f"PRAGMA {setting}")
                file.execute("BEGIN")
                file.execute("CREATE TABLE kept (description TEXT, facts TEXT)")
                file.execute(
                    f"CREATE TABLE row ({self._keys}, line TEXT, PRIMARY KEY ({self._keys})) WITHOUT ROWID"
                )
                file.executemany(f"INSERT INTO row VALUES ({self._marks})", _values(rows))  # noqa: S608 - question marks
                file.execute("INSERT INTO kept VALUES (?, ?)", [self.description, json.dumps(facts)])
                (count,) = file.execute("SELECT count(*) FROM row").fetchone()
                file.execute("COMMIT")
            _to_disk(fresh)
            self._forget(self.path)  # its journal too, which SQLite would take for that of the new one
            fresh.replace(self.path)
            _to_disk(self.path.parent)
        except sqlite3.Error as error:
            raise NotKept(isinstance(error, sqlite3.IntegrityError)) from None
        finally:
            self._forget(fresh)
        return count

    def merge(self, rows: Iterable[Row], facts: Mapping[str, Any], expected: int) -> bool:
        """Add rows and replace those with their keys, if as many as expected are kept then.

        :param expected: rows of the source
        :returns: whether it was done; else nothing changed
        """
        with suppress(sqlite3.Error), closing(self._open()) as file:
            file.execute("BEGIN IMMEDIATE")
            file.executemany(
                f"INSERT INTO row VALUES ({self._marks}) ON CONFLICT DO UPDATE SET line = excluded.line",  # noqa: S608
                _values(rows),
            )
            file.execute("UPDATE kept SET facts = ?", [json.dumps(facts)])
            (count,) = file.execute("SELECT count(*) FROM row").fetchone()
            if count == expected:
                file.execute("COMMIT")
                return True
            file.execute("ROLLBACK")
        return False

    def write(self, file: CsvFile) -> Written:
        """All rows in the order of their keys.

        :raises NotKept: the file is damaged; it is thrown away
        :raises FetchRefused: a budget
        """
        count = 0
        try:
            with closing(self._open()) as kept:
                for (line,) in kept.execute(f"SELECT line FROM row ORDER BY {self._keys}"):  # noqa: S608 - names of ours
                    file.write(f"{line}\n".encode())
                    count += 1
        except sqlite3.Error:
            self._forget(self.path)
            raise NotKept(False) from None
        return file.written(count)

    def _open(self) -> sqlite3.Connection:
        """The file that is there; SQLite would make one that is not."""
        file = sqlite3.connect(
            f"file:{self.path}?mode=rw", uri=True, timeout=WAIT_SECONDS, isolation_level=None
        )
        file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        return file

    @staticmethod
    def _forget(path: Path) -> None:
        """Remove a file, then its journal: a journal alone is never read."""
        for ending in ("", "-journal"):
            Path(f"{path}{ending}").unlink(missing_ok=True)


def name_of(view: str) -> str:
    """A file name for a view, whatever its name is."""
    return hashlib.sha256(view.encode("utf-8", "replace")).hexdigest()[:16]


def forget_others(folder: Path, views: Iterable[str]) -> None:
    """Remove what is kept of views that nobody chooses any more."""
    wanted = {f"{name_of(view)}{SUFFIX}" for view in views}
    for path in folder.glob(f"*{SUFFIX}"):
        if path.name not in wanted:
            Kept._forget(path)


def _values(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Numbers are kept as numbers, so that 10 comes after 9."""
    for key, line in rows:
        yield (*(int(part) if _INTEGER.fullmatch(part) else part for part in key), line)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
