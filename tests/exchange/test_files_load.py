"""Rows of harvested files in the DataStore: what is loaded, by which types, and real messy tables."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from .conftest import call
from .files_help import CSV, Keeper, distribution
from .server import record


def rows(keeper: Keeper, place: int = 0, **query: Any) -> dict[str, Any]:
    """The DataStore's answer about a file of the first entry."""
    found = call("datastore_search", {"resource_id": keeper.resources()[place]["id"], **query})
    return {
        "types": [field["type"] for field in found["fields"][1:]],
        "titles": [(field.get("info") or {}).get("label") for field in found["fields"][1:]],
        "rows": [tuple(row.values())[1:] for row in found["records"]],
        "total": found["total"],
    }


@pytest.fixture
def loader(keeper: Keeper) -> Keeper:
    keeper.mode("load")
    return keeper


def test_rows_are_loaded_with_the_types_that_every_cell_fits(loader: Keeper) -> None:
    loader.work()
    found = rows(loader)
    assert found["titles"] == ["站点编号", "名称", "客流"]
    assert found["types"] == ["text", "text", "numeric"]  # 001 is no number
    assert found["rows"] == [("001", "人民广场", 120), ("002", "火车站", 88)]
    assert loader.known()[0].rows == 2


def test_the_published_file_stays_as_it_came(loader: Keeper, app: Any) -> None:
    body = codecs.BOM_UTF8 + CSV.encode()
    loader.host.put("/a.csv", body)
    loader.work()
    resource = loader.resources()[0]
    path = call("govshare_file_read", {"hash": resource["hash"]})["path"]
    assert Path(path).read_bytes() == body


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_encodings_are_told_by_rule(loader: Keeper, encoding: str) -> None:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    loader.host.put("/a.csv", mark + CSV.encode(encoding))
    loader.work()
    assert rows(loader)["rows"][0] == ("001", "人民广场", 120)


def test_a_second_run_does_not_load_again(loader: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    from ckanext.govshare.exchange import load

    loader.work()
    monkeypatch.setattr(load, "load", lambda *_args: pytest.fail("loaded again"))
    assert loader.work()["unchanged"] == 1


def test_a_changed_file_replaces_the_rows(loader: Keeper) -> None:
    loader.work()
    loader.host.put("/a.csv", "站点编号,名称,客流,备注\n003,机场,x,\n")
    loader.work()
    assert rows(loader)["rows"] == [("003", "机场", "x", None)]


def test_a_new_title_of_a_column_reaches_the_dictionary(loader: Keeper) -> None:
    loader.work()
    loader.host.put("/a.csv", CSV.replace("客流", "人次"))
    loader.work()
    assert rows(loader)["titles"][2] == "人次"


def test_a_point_that_only_mirrors_again_gives_the_rows_up(loader: Keeper) -> None:
    loader.work()
    loader.mode("mirror")
    loader.work()
    assert not loader.resources()[0]["datastore_active"]
    assert loader.known()[0].loaded is None


def test_a_file_that_was_mirrored_is_loaded_without_fetching_it_again(loader: Keeper) -> None:
    loader.mode("mirror")
    loader.work()
    loader.mode("load")
    loader.work()
    assert loader.host.whole["/a.csv"] == 1
    assert rows(loader)["total"] == 2


def test_workbooks_give_their_first_sheet_that_holds_anything(loader: Keeper) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("数据")
    sheet.append(["城市公交客流", None, None])
    sheet.append(["站点", "日期", "客流"])
    sheet.append(["人民广场", __import__("datetime").datetime(2026, 3, 1), 12.5])
    book.create_sheet("说明").append(["不读", "这一页"])
    target = io.BytesIO()
    book.save(target)
    url = loader.host.put("/a.xlsx", target.getvalue())
    loader.source.put([record(1, distribution=[distribution(url, format="XLSX", mediaType="")])])
    loader.work()
    found = rows(loader)
    assert found["titles"] == ["站点", "日期", "客流"]
    assert found["types"] == ["text", "timestamp", "numeric"]
    assert found["rows"] == [("人民广场", "2026-03-01T00:00:00.000", 12.5)]


def test_a_file_of_another_kind_is_kept_and_not_loaded(loader: Keeper) -> None:
    url = loader.host.put("/a.pdf", b"%PDF-1.7 ...")
    loader.source.put([record(1, distribution=[distribution(url, format="PDF", mediaType="")])])
    loader.work()
    resource = loader.resources()[0]
    assert (resource["url_type"], bool(resource["datastore_active"])) == ("upload", False)
    assert loader.known()[0].findings == []


def test_a_table_that_cannot_be_read_is_kept_and_told(loader: Keeper) -> None:
    loader.host.put("/a.csv", b"PK\x03\x04 no csv")
    loader.work()
    assert loader.resources()[0]["url_type"] == "upload"
    assert [finding["slug"] for finding in loader.run["problems"][-1]["findings"]] == ["rows_not_loaded"]


# By rule: rows, columns, first titles, types that are not text. None: there is nothing to load.
REAL = {
    "blank_line.ods": None,
    "encrypted_no_password.xls": None,
    "libreoffice.xlsx": None,  # holds nothing
    "null.csv": (10, 4, ["column_1", "column_2"], {"numeric": 2}),
    "skip_initials.csv": (2, 2, ["field1", "field2"], {}),
    "spanish_chars.csv": (115, 8, ["GF_ID", "FN_ID"], {"numeric": 2}),
    "sparse_with_column_errors.csv": (2200, 4, ["LP", "Bezeichnung"], {}),
    "unicode_sheet_name.xls": (0, 1, ["this spreadsheet has got a unicode character in the sheet name"], {}),
    "utf-16le_encoded.csv": (327, 19, ["Organisation_code", "Organisation_name"], {"numeric": 8}),
    "utf8bom.csv": (0, 2, ["kitten", "win"], {}),
    "weird_head_padding.csv": (76, 11, ["column_1", "1985"], {"numeric": 8}),
}


def test_real_messy_tables(loader: Keeper, shared_data: Path) -> None:
    files = sorted((shared_data / "tables").iterdir())
    named = [
        distribution(
            loader.host.put(f"/{file.name}", file.read_bytes()),
            title=file.name,
            format=file.suffix[1:].upper(),
            mediaType="",
        )
        for file in files
    ]
    loader.source.put([record(1, distribution=named)])
    counts = loader.work()
    assert counts["kept"] == len(files)
    found = {}
    for place, resource in enumerate(loader.resources()):
        assert resource["size"] == (shared_data / "tables" / resource["name"]).stat().st_size
        if not resource["datastore_active"]:
            found[resource["name"]] = None
            continue
        table = rows(loader, place, limit=1)
        kinds = {kind: table["types"].count(kind) for kind in table["types"] if kind != "text"}
        found[resource["name"]] = (table["total"], len(table["titles"]), table["titles"][:2], kinds)
    assert found == REAL
