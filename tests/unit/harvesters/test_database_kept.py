"""Rows that a point keeps: whole or not at all, whenever the process dies."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys

import pytest

from ckanext.govshare.harvesters import rows_kept
from ckanext.govshare.harvesters.rows import Budget, CsvFile
from ckanext.govshare.harvesters.rows_kept import Kept, NotKept, forget_others

OLD = {"rows": 3, "state": "old"}
NEW = {"rows": 4, "state": "new"}
MANY = 2000


def rows(*numbers, text="甲"):
    return [([str(number)], f"{number},{text}") for number in numbers]


def lines(kept, folder):
    with CsvFile(folder / "out.csv", ["n", "t"], Budget(1 << 30, float("inf"))) as file:
        kept.write(file)
    return (folder / "out.csv").read_text().splitlines()[1:]


@pytest.fixture
def keep(tmp_path):
    folder = tmp_path / "keep"
    folder.mkdir()
    return folder


@pytest.fixture
def kept(keep):
    return Kept(keep, "share.v", "description", 1)


def test_rows_lie_in_the_order_of_their_keys(kept, keep):
    assert kept.replace(rows(10, 9, 100), OLD) == 3
    assert lines(kept, keep) == ["9,甲", "10,甲", "100,甲"]
    assert kept.facts() == OLD


def test_rows_are_merged_by_key(kept, keep):
    kept.replace(rows(1, 2, 3), OLD)
    assert kept.merge(rows(2, 4, text="乙"), NEW, 4)
    assert lines(kept, keep) == ["1,甲", "2,乙", "3,甲", "4,乙"]
    assert kept.facts() == NEW


def test_rows_of_another_number_than_expected_are_not_merged(kept, keep):
    kept.replace(rows(1, 2, 3), OLD)
    assert not kept.merge(rows(4), NEW, 3)
    assert (len(lines(kept, keep)), kept.facts()) == (3, OLD)


def test_two_rows_of_one_key_are_refused_and_the_former_stay(kept, keep):
    kept.replace(rows(1), OLD)
    with pytest.raises(NotKept) as caught:
        kept.replace(rows(1, 1), NEW)
    assert caught.value.same_key
    assert (len(lines(kept, keep)), kept.facts()) == (1, OLD)
    assert [path.name for path in keep.glob("*.new*")] == []


def test_key_of_several_columns(keep):
    kept = Kept(keep, "v", "d", 2)
    kept.replace([(["a", "10"], "1"), (["a", "9"], "2"), (["", "9"], "3")], OLD)
    assert lines(kept, keep) == ["3", "2", "1"]


def test_numbers_too_large_for_sqlite_are_kept(kept, keep):
    kept.replace(rows(10**30, -(2**63), 0), OLD)
    assert len(lines(kept, keep)) == 3


def test_another_description_knows_nothing(kept, keep):
    kept.replace(rows(1), OLD)
    assert Kept(keep, "share.v", "other", 1).facts() == {}


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damaged_file_is_read_anew(kept, content):
    kept.path.write_bytes(content)
    assert kept.facts() == {}
    assert not kept.merge(rows(1), NEW, 1)
    assert kept.replace(rows(1), OLD) == 1


def test_file_that_breaks_while_it_is_read_is_thrown_away(kept, keep):
    kept.replace(rows(*range(MANY)), OLD)
    content = bytearray(kept.path.read_bytes())
    content[3 * 4096 :] = b"\xff" * (len(content) - 3 * 4096)
    kept.path.write_bytes(content)
    assert kept.facts() == OLD
    with pytest.raises(NotKept):
        lines(kept, keep)
    assert kept.facts() == {}


def test_file_that_another_process_holds_is_left_alone(kept, monkeypatch):
    kept.replace(rows(1), OLD)
    monkeypatch.setattr(rows_kept, "WAIT_SECONDS", 0.1)
    other = sqlite3.connect(kept.path)
    other.execute("BEGIN EXCLUSIVE")
    assert not kept.merge(rows(2), NEW, 2)
    other.close()


def test_rows_of_views_that_nobody_chooses_are_removed(kept, keep):
    kept.replace(rows(1), OLD)
    other = Kept(keep, "other", "d", 1)
    other.replace(rows(1), OLD)
    forget_others(keep, ["other"])
    assert (kept.path.exists(), other.path.exists()) == (False, True)


def dies(step, work):
    """Do something in a process that is killed at its nth step: a statement of SQLite, or a change of a folder.

    :returns: whether it was killed; else it came to its end first
    """
    child = os.fork()
    if child == 0:
        left = [step]

        def count(*_about):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        connect = sqlite3.connect

        def traced(*arguments, **named):
            connection = connect(*arguments, **named)
            connection.set_trace_callback(count)
            return connection

        rows_kept.sqlite3 = type("sqlite3", (), {**vars(sqlite3), "connect": staticmethod(traced)})
        sys.addaudithook(lambda event, _about: count() if event in ("os.remove", "os.rename") else None)
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("how", ["replace", "merge"])
def test_killed_at_any_step_rows_are_the_former_or_the_new_ones_or_none(kept, keep, how):
    before, after = [f"{n},甲" for n in range(1, 4)], [f"{n},乙" for n in range(1, 5)]
    new = rows(1, 2, 3, 4, text="乙")
    seen = set()
    for step in range(1, MANY):
        kept.replace(rows(1, 2, 3), OLD)
        killed = dies(step, lambda: kept.replace(new, NEW) if how == "replace" else kept.merge(new, NEW, 4))
        facts = kept.facts()
        seen.add(facts.get("state"))
        if facts:
            assert lines(kept, keep) == (before if facts == OLD else after)
        if not killed:
            break
    assert step > 5
    assert {"old", "new"} <= seen
    kept.replace(rows(1), OLD)
    assert lines(kept, keep) == ["1,甲"]


def test_killed_amid_a_large_increment_the_former_rows_stay(kept, keep):
    kept.replace(rows(*range(MANY)), OLD)

    def half():
        for number in range(MANY):
            if number == MANY // 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield [str(number)], f"{number},{'乙' * 500}"

    assert dies(0, lambda: kept.merge(half(), NEW, MANY))
    assert kept.facts() == OLD
    assert lines(kept, keep) == [f"{n},甲" for n in range(MANY)]


def test_journal_of_a_killed_increment_never_meets_the_rows_that_replace_it(kept, keep, monkeypatch):
    monkeypatch.setattr(rows_kept, "_CACHE_KIB", 64)  # so that it writes before its end
    kept.replace(rows(*range(MANY)), OLD)

    def spilled():
        for number in range(2 * MANY):
            if number == 2 * MANY - 1:
                os.kill(os.getpid(), signal.SIGKILL)
            yield [str(number)], "乙" * 100

    assert dies(0, lambda: kept.merge(spilled(), NEW, 0))
    assert list(keep.glob("*-journal"))
    kept.replace(rows(5), NEW)
    assert lines(kept, keep) == ["5,甲"]
