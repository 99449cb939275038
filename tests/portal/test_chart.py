"""Charts and planes: chosen by rules, figures counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.govshare.portal import (
    chart,
    chart_drawing,
    chart_rules,
    plane,
    preview,
    preview_files,
    preview_store,
)
from ckanext.govshare.portal.preview_question import Question
from ckanext.govshare.portal.preview_store import Column
from tests.portal import tables
from tests.sql import statements

TEXT, NUMBER, TIME = "text", "number", "time"


def column(title: str, kind: str = TEXT) -> Column:
    return Column(title, title, kind)


def choose(columns: Sequence[Column], *rows: Sequence[str], whole: bool = True) -> Any:
    found = chart_rules.choose(columns, rows, whole)
    return found and (found.label.title, found.measure and found.measure.title, found.characters)


def drawn(columns: Sequence[Column], rows: Sequence[Sequence[str]], whole: bool = True) -> chart.Chart | None:
    """The chart of a file whose head these are."""
    source = preview.Source(head=preview_files.Head(columns, rows, whole))
    table = preview.page(source, {"rows": None if whole else 9999}, 10, Question())
    assert table is not None
    return chart.of(source, table)


@pytest.fixture(autouse=True)
def plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a request there is no language: words stay as they are written in the code."""
    helpers = SimpleNamespace(localised_number=str)
    monkeypatch.setattr(chart, "tk", SimpleNamespace(_=str, h=helpers))


DAYS = [(f"2026-03-{day:02}", str(day)) for day in range(1, 11)]


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        # one day a row and a number: the number by day
        ([column("日期", TIME), column("客流量", NUMBER)], DAYS, ("日期", "客流量", 10)),
        # many rows a day: events are counted
        ([column("日期", TIME), column("金额", NUMBER)], DAYS * 2, ("日期", None, 10)),
        # moments with a time of day are observations: the number is averaged
        (
            [column("时间", TIME), column("浓度", NUMBER)],
            [(f"2026-03-01 {hour:02}:30", "1") for hour in range(5)] * 2,
            ("时间", "浓度", 16),
        ),
        # when the row itself was written says nothing of what it is about
        (
            [column("更新时间", TIME), column("类别")],
            [(day, "甲乙"[n % 2]) for n, (day, _) in enumerate(DAYS)],
            ("类别", None, 0),
        ),
        # days over years are put together
        (
            [column("成立日期", TIME)],
            [(f"{year}-05-01",) for year in range(1990, 2020)],
            ("成立日期", None, 4),
        ),
        # a word that repeats, the one that is named as a kind first
        (
            [column("线路"), column("所在区")],
            [("12"[n % 2], "甲乙丙丁"[n % 4]) for n in range(12)],
            ("所在区", None, 0),
        ),
        # a small table with a word and a number a row
        (
            [column("县区"), column("站点数", NUMBER)],
            [("甲", "3"), ("乙", "1"), ("丙", "2")],
            ("县区", "站点数", 0),
        ),
        # codes, coordinates and years are no measures
        (
            [column("站名"), column("编号", NUMBER), column("经度", NUMBER), column("年份", NUMBER)],
            [("甲", "3", "1", "2"), ("乙", "1", "1", "2"), ("丙", "2", "1", "2")],
            None,
        ),
        ([column("县区")], [("甲",), ("乙",)], None),
        ([], [(), (), ()], None),
        ([column("日期", TIME)], [("2026-02-31",), ("2026-02-30",), ("2026-02-29",)], None),
    ],
)
def test_a_chart_is_chosen_by_rules(columns: Any, rows: Any, expected: Any) -> None:
    assert choose(columns, *rows) == expected


def test_rows_are_counted_by_word_the_most_first() -> None:
    rows = [(name,) for name, number in (("甲", 3), ("乙", 5), ("丙", 1)) for _ in range(number)]
    found = drawn([column("类型")], rows)
    assert found is not None
    assert [(point.label, point.value) for point in found.points] == [("乙", 5), ("甲", 3), ("丙", 1)]
    assert found.note == ""
    assert found.text == "Largest: 乙 (5); smallest: 丙 (1)."


def test_what_is_left_over_is_one_bar_of_its_own() -> None:
    # 12 words: 20, 19 … 9 rows, 174 in all; nine bars of 20 … 12 hold 144, so 30 are left: 11 + 10 + 9
    rows = [(f"类{number:02}",) for number in range(12) for _ in range(20 - number)]
    found = drawn([column("类型")], rows[::-1])
    assert found is not None
    assert [point.value for point in found.points] == [20, 19, 18, 17, 16, 15, 14, 13, 12, 30]
    assert found.points[-1].label == "Others"
    assert sum(point.rows for point in found.points) == 174


def test_observations_are_averaged_by_their_moment() -> None:
    times = ["2026-03-01 01:30", "2026-03-01 02:30", "2026-03-01 03:30"]
    rows = [
        (time, value)
        for time, values in zip(times, ("10 20", "30 50", "7"), strict=True)
        for value in values.split()
    ]
    found = drawn([column("时间", TIME), column("浓度", NUMBER)], rows)
    assert found is not None
    assert [(point.label, point.value) for point in found.points] == list(
        zip(times, [15, 40, 7], strict=True)
    )
    assert found.title == "Average of 浓度 by 时间"


def test_a_long_line_is_put_together_by_rows_not_by_steps() -> None:
    # 120 days: January 31, February 28, March 31, April 30; one row a day, but two on 1 January
    days = [
        f"2026-{month:02}-{day:02}"
        for month, last in ((1, 31), (2, 28), (3, 31), (4, 30))
        for day in range(1, last + 1)
    ]
    found = drawn([column("日期", TIME)], [(day,) for day in [days[0], *days]])
    assert found is not None
    assert [(point.label, point.value) for point in found.points] == [
        ("2026-01", 32),
        ("2026-02", 28),
        ("2026-03", 31),
        ("2026-04", 30),
    ]


@pytest.mark.parametrize("values", [("1e300", "2e300"), ("1e-300", "2e-300"), ("1e-320", "0")])
def test_numbers_that_no_chart_can_show_have_none(values: tuple[str, str]) -> None:
    rows = [(word, value) for word, value in zip("甲乙丙", (*values, values[0]), strict=True)]
    assert drawn([column("县区"), column("数值", NUMBER)], rows) is None


def test_hours_of_some_days_stay_hours() -> None:
    # 3 days × 24 hours × 2 readings of n and n + 2: 72 hours, each the average n + 1
    times = [
        f"2026-03-{day:02} {hour:02}:{minute:02}"
        for day in (1, 2, 3)
        for hour in range(24)
        for minute in (0, 30)
    ]
    rows = [(time, str(int(time[11:13]) + (2 if time.endswith("30") else 0))) for time in times]
    found = drawn([column("时间", TIME), column("气温", NUMBER)], rows)
    assert found is not None
    assert [(point.label, point.value) for point in found.points[:2]] == [
        ("2026-03-01 00", 1),
        ("2026-03-01 01", 2),
    ]
    assert len(found.points) == 72


def test_a_part_of_a_file_is_named_as_one() -> None:
    found = drawn([column("类型")], [("甲",), ("乙",)] * 50, whole=False)
    assert found is not None
    assert found.note == "Counted in the first 100 rows"


@pytest.mark.usefixtures("with_plugins")
def test_a_table_is_counted_in_one_statement(loaded: None) -> None:
    # district by i % 3: 1 东城, 2 西城, 0 none; of 3,000 rows a thousand each
    table = tables.fill_loose("00000000-0000-4000-8000-0000000c4a01", 3000)
    source = preview.Source(table=table)
    page = preview.page(source, {"rows": 3000}, 10, Question())
    assert page is not None
    with statements() as sent:
        found = chart.of(source, page)
    assert found is not None
    assert {(point.label, point.value) for point in found.points} == {("东城", 1000), ("西城", 1000)}
    assert len([text for text in sent if "GROUP BY" in text]) == 1


@pytest.mark.usefixtures("with_plugins")
def test_a_large_table_is_counted_in_a_sample_that_says_so(loaded: None) -> None:
    source = preview.Source(table=tables.fill_loose("00000000-0000-4000-8000-0000000c4a02", 100_000))
    page = preview.page(source, {"rows": 100_000}, 10, Question())
    assert page is not None
    found = chart.of(source, page)
    assert found is not None
    assert found.note == f"Counted in a sample of {chart.COUNTED} rows"
    shares = [point.rows / chart.COUNTED for point in found.points]
    assert shares == pytest.approx([1 / 3, 1 / 3], abs=0.02)
    assert chart.of(source, page) == found


def test_bars_are_as_long_as_their_values() -> None:
    drawn_bars = chart_drawing.bars(["甲", "乙", "丙"], [40.0, 10.0, 0.0])["bars"]
    room = chart_drawing.WIDTH - chart_drawing.BAR_LEFT - chart_drawing.BAR_RIGHT
    assert [bar["width"] for bar in drawn_bars] == [room, round(room / 4, 1), 0]
    below = chart_drawing.bars(["甲", "乙"], [-10.0, 30.0])
    assert below["bars"][0]["x"] + below["bars"][0]["width"] == pytest.approx(below["zero"], abs=0.2)


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (0, 100, [0, 50, 100]),
        (0, 7, [0, 2, 4, 6, 8]),
        (-3, 5, [-4, -2, 0, 2, 4, 6]),
        (5, 5, [4, 6]),
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_ticks_are_round(least: float, most: float, expected: list[float]) -> None:
    assert chart_drawing.ticks(least, most) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(40, "40"), (0.123456, "0.123"), (12345.6, "12,346"), (-2.5, "-2.5")]
)
def test_numbers_on_a_chart_are_short(value: float, text: str) -> None:
    assert chart_drawing.plain(value) == text


def test_labels_are_shortened_by_their_width() -> None:
    assert chart_drawing.shortened("东城区人民政府办公室", 12) == "东城区人民…"
    assert chart_drawing.shortened("abcdef", 12) == "abcdef"


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["名称", "经度", "纬度"], ("经度", "纬度")),
        (["lng", "lat"], ("lng", "lat")),
        (["stop_lon", "stop_lat"], ("stop_lon", "stop_lat")),
        (["long_name", "latest"], None),
        (["经度"], None),
        (["longitude", "latitude"], ("longitude", "latitude")),
    ],
)
def test_coordinates_are_known_by_their_names(titles: list[str], expected: Any) -> None:
    found = plane.coordinates([column(title, NUMBER) for title in titles])
    assert (found and tuple(one.title for one in found)) == expected


@pytest.mark.parametrize(
    ("longitude", "latitude", "expected"),
    [
        ("114.41", "23.08", (114.41, 23.08, "")),
        ("0", "0", None),
        ("0.0", "0", None),
        ("nan", "1", None),
        ("inf", "1", None),
        ("181", "1", None),
        ("1", "89", None),
        ("", "", None),
        ("114°24′", "23", None),
        ("9" * 400, "1", None),
    ],
)
def test_a_point_that_is_none_is_left_out(longitude: str, latitude: str, expected: Any) -> None:
    assert plane.usable(longitude, latitude) == expected


def test_points_lie_as_on_a_map_and_the_scale_is_true() -> None:
    # a square of 0.1° at the equator is 11.13 km wide; the plane fits its height
    found = plane.laid_out([(114.0, 0.0, "甲"), (114.1, 0.0, "乙"), (114.0, 0.1, "丙")], 2, None, "名称")
    (x1, y1), (x2, y2), (x3, y3) = (
        tuple(map(float, part.removesuffix("h0").split())) for part in found.path.split("M")[1:]
    )
    assert x1 == x3 < x2
    assert y1 == y2 > y3
    assert (x2 - x1) == pytest.approx(y1 - y3, abs=0.2)
    metres = float(found.scale["text"].removesuffix(" km")) * 1000
    assert metres / found.scale["width"] == pytest.approx(11_132 / (x2 - x1), rel=0.01)
    assert found.bounds == ("114.0000", "114.1000", "0.0000", "0.1000")
    assert (found.shown, found.left_out, list(found.tiles)) == (3, 2, [])


def test_points_on_one_place_do_not_divide_by_nought() -> None:
    found = plane.laid_out([(114.0, 23.0, ""), (114.0, 23.0, "")], 0, None, "")
    assert found.path == "M340.0 110.0h0M340.0 110.0h0"


def test_tiles_cover_the_plane_and_fit_the_points() -> None:
    found = plane.laid_out([(114.0, 23.0, ""), (114.2, 23.1, "")], 0, None, "", "/tiles/{z}/{x}/{y}.png")
    assert 1 < len(found.tiles) <= plane.MOST_TILES
    assert min(tile["x"] for tile in found.tiles) <= 0
    assert max(tile["x"] + tile["size"] for tile in found.tiles) >= found.width
    assert min(tile["y"] for tile in found.tiles) <= 0
    assert max(tile["y"] + tile["size"] for tile in found.tiles) >= found.height
    # the tile that holds the first point, by the usual formula, lies under it
    first = found.tiles[0]["url"]
    zoom = int(first.split("/")[2])
    x, y = (int(value * 2**zoom) for value in plane.mercator(114.0, 23.0))
    under = next(tile for tile in found.tiles if tile["url"] == f"/tiles/{zoom}/{x}/{y}.png")
    px, py = map(float, found.path.split("M")[1].removesuffix("h0").split())
    assert under["x"] <= px <= under["x"] + under["size"]
    assert under["y"] <= py <= under["y"] + under["size"]


def test_a_table_without_coordinates_has_no_plane() -> None:
    source = preview.Source(head=preview_files.Head([column("a")], [("1",)] * 3, whole=True))
    assert plane.of(source, preview.Preview([column("a")])) is None


def test_stops_of_a_table_lie_on_a_plane() -> None:
    columns = [Column(name, title, NUMBER if kind != "text" else TEXT) for name, kind, title in tables.FIELDS]
    rows = [
        ["" if cell is None else str(cell) for cell in row]
        for row in [*tables.STOPS, ("1", "无", "东城", "", "0", 1)]
    ]
    source = preview.Source(head=preview_files.Head(columns, rows, whole=True))
    found = plane.of(source, preview.Preview(columns, total=7))
    assert found is not None
    assert (found.shown, found.left_out, found.of, found.name) == (6, 1, None, "站点名称")
    assert found.points[0] == (114.4123, 23.0868, "市政府")


def test_a_missing_table_raises_what_pages_catch() -> None:
    with pytest.raises(preview_store.GoneError):
        preview_store.Table("r", [], {}, -1).column("x")
