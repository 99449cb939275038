"""Tables as they come, made what a COPY takes."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.kernel.grids import UnreadableError
from ckanext.govshare.kernel.transcode import Table, encoding_of, transcode


def read(tmp_path: Path, body: bytes | str, name: str = "a.csv") -> tuple[Table, list[list[str]]]:
    """What is made of a file, and its rows below the header."""
    source, target = tmp_path / name, tmp_path / "out"
    source.write_bytes(body.encode() if isinstance(body, str) else body)
    table = transcode(source, name, target)
    with target.open(encoding="utf-8", newline="") as file:
        return table, list(csv.reader(file))[1:]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2.50", "0"], "numeric"),
        (["007", "1"], "text"),  # a leading zero would be lost
        (["110101199003078515"], "text"),  # an identity number
        (["1e5"], "text"),
        (["1,000"], "text"),
        (["2026-03-01", "2026/3/2"], "timestamp"),
        (["2026-03-01 08:00", "2026-03-01T08:00:05"], "timestamp"),
        (["2026-02-30"], "text"),
        (["0000-00-00"], "text"),
        (["2026-03-01", "1"], "text"),
        (["", ""], "text"),
    ],
)
def test_a_column_has_a_type_only_when_every_cell_fits(tmp_path: Path, cells: list[str], kind: str) -> None:
    table, _rows = read(tmp_path, "列,x\n" + "".join(f"\"{cell}\",y\n" for cell in cells))
    assert table.types[0] == kind


def test_titles_and_blank_lines_above_the_header_are_left_out(tmp_path: Path) -> None:
    table, rows = read(tmp_path, "\n\n2026年统计,,\n\n站点,名称,客流\na,b,1\n")
    assert table.header == ["站点", "名称", "客流"]
    assert rows == [["a", "b", "1"]]


def test_years_are_names_of_columns_and_numbers_are_rows(tmp_path: Path) -> None:
    assert read(tmp_path, ",2024,2025\nx,1,2\n")[0].header == ["column_1", "2024", "2025"]
    table, rows = read(tmp_path, "1,null,0\n2,3,4\n")
    assert (table.header, table.rows, len(rows)) == (["column_1", "column_2", "column_3"], 2, 2)


def test_every_row_gets_the_width_of_the_widest(tmp_path: Path) -> None:
    body = "a,b\n" + "1,2\n" * 2500 + "1,2,3,4\n" + "1\n"
    table, rows = read(tmp_path, body)
    assert table.header == ["a", "b", "column_3", "column_4"]
    assert {len(row) for row in rows} == {4}
    assert table.rows == len(rows) == 2502


def test_quoted_cells_may_hold_anything(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"x\ny","1,""2"""\n')[1] == [["x\ny", '1,"2"']]


@pytest.mark.parametrize(("text", "mark"), [("a;b\n1;2\n", ";"), ("a\tb\n1\t2\n", "tab")])
def test_delimiters_are_told_by_the_first_records(tmp_path: Path, text: str, mark: str) -> None:
    assert read(tmp_path, text)[1] == [["1", "2"]], mark


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("名称,数量\n人民广场,1\n", "gb18030", "gb18030"),
        ("GF,Descripción\nGestión,educación pública\n", "cp1252", "cp1252"),
        ("名称\n", "utf-8-sig", "utf-8-sig"),
        ("名称\n", "utf-16", "utf-16"),
    ],
)
def test_encodings_are_told_by_rule(tmp_path: Path, text: str, encoding: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    assert encoding_of(path) == said


@pytest.mark.parametrize("body", [b"", b"\n\n", b"<!DOCTYPE html>", b"%PDF-1", b"a,b\x00c\n", b"PK\x03\x04"])
def test_what_is_no_table_is_refused_and_leaves_nothing(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(tmp_path, body)
    assert not (tmp_path / "out").exists()


def test_of_a_formula_its_saved_value_is_taken(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, "=A2*2"])
    book.save(tmp_path / "plain.xlsx")
    target = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as source, zipfile.ZipFile(target, "w") as archive:
        for part in source.infolist():
            body = source.read(part).replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
            archive.writestr(part, body)
    table, rows = read(tmp_path, target.getvalue(), "a.xlsx")
    assert rows == [["1", "2"]]
    assert table.types == ["numeric", "numeric"]


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8).map(str.strip)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=30))
def test_no_cell_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("rows")
    with (folder / "a.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["站点", "名称", "备注"], *rows])
    table = transcode(folder / "a.csv", "a.csv", folder / "out")
    with (folder / "out").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))[1:]
    assert found == [row for row in rows if any(row)]
    assert table.rows == len(found)
