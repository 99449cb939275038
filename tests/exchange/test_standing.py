"""What a point delivers each run: reviewed once for its columns, opened by itself while they and the findings stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from tests.conftest import signature

pytestmark = pytest.mark.usefixtures("site")
SETTINGS = {
    "view": "v_stops",
    "title": "公交站点",
    "notes": "全市公交站点的位置。",
    "open_type": "1",
    "update_cycle": "2",
    "open_domain": "14",
    "pub_date": "2026-03-01",
    "license_id": "cc-by",
}
COLUMNS = ["id", "stop", "hotline"]


@pytest.fixture
def front_end(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """A front-end database; calling it replaces the rows, and the view where columns are given."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'front.db'}")

    def fill(rows: list[tuple[str, str]], columns: str = "id, stop, hotline") -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("DROP VIEW IF EXISTS v_stops"))
            connection.execute(sa.text("DROP TABLE IF EXISTS stop"))
            connection.execute(
                sa.text("CREATE TABLE stop (id integer PRIMARY KEY, stop varchar(50), hotline varchar(50))")
            )
            for number, (stop, hotline) in enumerate(rows, 1):
                values = {"i": number, "s": stop, "h": hotline}
                connection.execute(sa.text("INSERT INTO stop VALUES (:i, :s, :h)"), values)
            connection.execute(sa.text(f"CREATE VIEW v_stops AS SELECT {columns} FROM stop"))

    fill.url = engine.url.render_as_string(hide_password=False)  # type: ignore[attr-defined]
    yield fill
    engine.dispose()


@pytest.fixture
def point(front_end, make_point, ckan_config, monkeypatch) -> str:
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.database.bus", front_end.url)
    front_end([("人民路站", "无"), ("中山路站", "无")])
    return make_point("bus", name="bus-stops", kind="database", settings=SETTINGS)


@pytest.fixture
def opening(entries, point) -> Callable[[], str]:
    """What the gate says of the delivered file."""

    def read() -> str:
        (entry,) = entries(point).values()
        return entry["resources"][0]["opening"]

    return read


def act(action: str, user: str, **data: Any) -> Any:
    return tk.get_action(f"govshare_opening_{action}")({"user": user}, data)


def stand(**fields: Any) -> None:
    act("sign", "reviewer", exchange_point="bus-stops", **signature(**fields))
    act("confirm", "office", exchange_point="bus-stops")


def test_a_delivered_file_waits_until_somebody_signs_for_its_columns(harvest, point, opening):
    harvest(point)
    assert opening() == "waiting"
    stand()
    assert opening() == "open"


def test_a_later_file_of_the_same_columns_opens_by_the_standing_record(
    harvest, point, opening, front_end, entries
):
    harvest(point)
    stand()
    front_end([("人民路站", "无"), ("府前站", "无")])
    harvest(point)
    assert opening() == "open"
    (entry,) = entries(point).values()
    shown = act("show", "office", package_id=entry["id"])[0]["record"]
    assert (shown["standing"], shown["signed_by"], shown["confirmed_by"]) == (
        "bus-stops",
        "reviewer",
        "office",
    )
    public = tk.get_action("package_show")({"user": ""}, {"id": entry["id"]})
    assert public["resources"][0]["url"]


def test_a_new_finding_keeps_the_file_closed(harvest, point, opening, front_end):
    harvest(point)
    stand()
    front_end([("人民路站", "13812345678")])
    harvest(point)
    assert opening() == "waiting"


def test_what_was_cleared_once_stays_cleared(harvest, point, opening, front_end, city, entries):
    front_end([("人民路站", "13812345678")])
    harvest(point)
    with pytest.raises(tk.ValidationError) as refusal:
        act("sign", "reviewer", exchange_point="bus-stops", **signature())
    assert set(refusal.value.error_dict) == {"findings"}
    (entry,) = entries(point).values()
    (file,) = act("show", "reviewer", package_id=entry["id"])
    for finding in file["scan"]["findings"]:
        about = {"organization": city.traffic, "digest": file["digest"], "ground": "站点值班电话"}
        act("clear", "reviewer", **about, kind=finding["kind"], column=finding["column"])
    stand()
    front_end([("人民路站", "13812345678"), ("府前站", "13912345678")])
    harvest(point)
    assert opening() == "open"


def test_other_columns_keep_the_file_closed(harvest, point, opening, front_end):
    harvest(point)
    stand()
    front_end([("人民路站", "无")], "id, stop")
    harvest(point)
    assert opening() == "waiting"


def test_columns_may_be_named_before_anything_was_delivered(harvest, point, opening):
    with pytest.raises(tk.ValidationError) as refusal:
        act("sign", "reviewer", exchange_point="bus-stops", **signature())
    assert set(refusal.value.error_dict) == {"columns"}
    stand(columns=COLUMNS)
    harvest(point)
    assert opening() == "open"


def test_a_standing_record_that_is_not_confirmed_or_was_revoked_opens_nothing(
    harvest, point, opening, front_end
):
    act("sign", "reviewer", exchange_point="bus-stops", columns=COLUMNS, **signature())
    harvest(point)
    assert opening() == "waiting"
    act("confirm", "office", exchange_point="bus-stops")
    assert opening() == "open"
    act("revoke", "office", exchange_point="bus-stops", reason="来源系统改造")
    front_end([("新站", "无")])
    harvest(point)
    assert opening() == "waiting"


def test_a_file_that_a_person_puts_in_its_place_is_not_covered(harvest, point, opening, entries):
    import io

    from werkzeug.datastructures import FileStorage

    harvest(point)
    stand()
    (entry,) = entries(point).values()
    upload = FileStorage(io.BytesIO("id,stop,hotline\n1,新站,无\n".encode()), "x.csv")
    resource = {"id": entry["resources"][0]["id"], "url": "", "upload": upload, "source_key": "forged"}
    tk.get_action("resource_patch")({"user": "office"}, resource)
    assert opening() == "waiting"


@pytest.mark.parametrize("person", ["", "officer", "neighbour", "office", "county_office", "operator"])
def test_only_a_reviewer_of_the_provider_signs_for_a_point(harvest, point, person):
    with pytest.raises(tk.NotAuthorized):
        act("sign", person, exchange_point="bus-stops", columns=COLUMNS, **signature())


@pytest.mark.parametrize("columns", ["id", {"a": 1}, [1, 2]])
def test_columns_are_a_list_of_names(point, columns):
    with pytest.raises(tk.ValidationError) as refusal:
        act("sign", "reviewer", exchange_point="bus-stops", columns=columns, **signature())
    assert set(refusal.value.error_dict) == {"columns"}
