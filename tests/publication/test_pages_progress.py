"""Progress from the ledger on pages: any day, what changed, who may see what, and no query per department."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from ckan import model

from tests.publication.progress_world import GONE, Reader, world
from tests.sql import statements


@pytest.fixture(scope="module")
def made(loaded):
    with world() as built:
        yield built


@pytest.fixture
def read(app, made: SimpleNamespace) -> Reader:
    return Reader(app)


def without_rule(body: str) -> str:
    """A page without the text of the counting rule, which defines every measure."""
    return re.sub(r'(?s)<details[^>]*id="rule".*?</details>', "", body)


def text(body: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body[body.index("gs-publication") :]))


def test_every_public_measure_has_a_card_with_its_unit(read, made):
    body = text(read.get("/progress").body)
    for words in ("开放数据集", "数据应用", "4 / 80", "0 / 10", "0 / 2万"):
        assert words in body
    assert "0 / 20K" in text(read.get("/en/progress").body)


@pytest.mark.parametrize("user", ["", "officer", "office"])
def test_internal_measures_never_stand_on_public_pages(read, made, user):
    for path in ("/progress", "/", "/progress/board", "/progress/board.json"):
        body = read.get(path, user).body
        assert "挂接率" not in without_rule(body), path
        assert made.inner not in body, path


def test_an_internal_target_is_not_there_for_the_public(read, made):
    for path in (f"/progress/{made.inner}", f"/progress/{made.inner}/difference", f"/progress/{made.inner}/export.csv"):
        read.get(path, status=404)
        read.get(path, "officer")


def test_fields_show_what_is_missing(read, made):
    body = read.get("/progress").body
    card = body[body.index(f"/progress/{made.field}") :]
    assert re.search(r"<b>4</b> <small>[^<]*5</small></span>\s*<span class=\"gs-tag gs-tag--late\">[^<]*1", card)


def test_quality_stands_beside_quantity_without_a_score(read, made):
    body = read.get("/progress").body
    facts = re.findall(r"<b class=\"gs-num[^>]*>(\d+)</b> <small>(\d+)%</small>", body[body.index('id="quality"') :])
    assert ("1", "20") in facts  # a dead link, of five published data sets
    assert ("4", "80") in facts or ("5", "100") in facts


def test_the_line_is_told_where_it_is_reconstructed(read, made):
    body = read.get("/progress").body
    assert "2026年11月1日" in body
    assert body.count('stroke-dasharray="7 4"') >= 2  # the line and its key
    assert f"/progress/{made.main}?day=2026-10-31" in body


def test_another_measure_of_the_chart_can_be_chosen(read, made):
    assert 'id="chart-rows"' in read.get("/progress?measure=rows").body
    assert 'id="chart-open_datasets"' in read.get("/progress?measure=nonsense").body


def test_a_locked_target_keeps_its_number(read, made):
    assert "3月31日24时" in text(read.get("/progress").body)


def test_a_past_day_shows_what_counted_then(read, made):
    before = text(read.get(f"/progress/{made.main}?day=2026-11-09").body)
    after = text(read.get(f"/progress/{made.main}?day=2026-11-10").body)
    assert GONE in before
    assert "2026年11月9日" in before
    assert GONE not in after


@pytest.mark.parametrize("day", ["2026-13-01", "x", "2999-01-01", "0001-01-01", "%00"])
def test_odd_days_do_no_harm(read, made, day):
    status = 400 if day == "%00" else 200
    read.get(f"/progress/{made.main}?day={day}", status=status)
    read.get(f"/progress/{made.main}/difference?first={day}&last=2026-11-20", status=status)


def test_the_ledger_is_searched_and_filtered(read, made):
    assert "公路桥梁信息" not in text(read.get(f"/progress/{made.main}?q=公交站点").body)
    path = f"/progress/{made.main}?counted=0&reason="
    assert GONE in text(read.get(path + "dead_link", "office").body)
    assert GONE not in text(read.get(path + "no_licence", "office").body)
    own = text(read.get(f"/progress/{made.main}?organization=jiaoyu", "office").body)
    assert "校园信息" in own
    assert "公交站点信息" not in own
    assert "没有符合" in text(read.get(f"/progress/{made.main}?organization=nobody", "office").body)


def test_what_changed_says_why_to_those_concerned_only(read, made):
    path = f"/progress/{made.main}/difference?first=2026-11-05&last=2026-11-22"
    for user in ("office", "officer"):
        body = text(read.get(path, user).body)
        assert GONE in body
        assert "链接失效" in body
    for user in ("", "citizen", "neighbour"):
        body = text(read.get(path, user).body)
        assert GONE in body
        assert "链接失效" not in body


def test_days_given_the_wrong_way_round_are_turned(read, made):
    body = read.get(f"/progress/{made.main}/difference?first=2026-11-22&last=2026-11-05").body
    assert 'name="first" max="2026-11-22" value="2026-11-05"' in body


@pytest.mark.parametrize(
    ("user", "may"), [("officer", True), ("office", True), ("reviewer", True), ("neighbour", False)]
)
def test_the_button_leads_those_who_may_write_to_the_form(read, made, user, may):
    body = read.get(f"/progress/{made.main}?counted=0", user).body
    assert (f"/desk/change/start/{made.gone}" in body) is may


def test_departments_stand_there_only_where_the_target_publishes_them(read, made):
    def seen(user: str) -> bool:
        return "/progress/" + made.main + "?organization=jiaoyu" in read.get("/progress", user).body

    assert [seen(user) for user in ("", "officer", "operator", "office")] == [False, False, False, True]
    publish(made, True)
    try:
        assert seen("")
    finally:
        publish(made, False)


def publish(made: SimpleNamespace, yes: bool) -> None:
    model.Session.execute(
        sa.text("UPDATE govshare_target SET publish_departments = :yes WHERE id = :id"), {"yes": yes, "id": made.main}
    )
    model.Session.commit()


def cost(read: Reader, path: str, user: str = "") -> int:
    """Statements of one page, asked for a second time."""
    read.get(path, user)
    with statements() as sent:
        read.get(path, user)
    return len(sent)


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("/progress", ""),
        ("/progress", "office"),
        ("/progress/{main}", "office"),
        ("/progress/{main}?counted=0", "office"),
        ("/progress/{main}/difference?first=2026-11-01", "office"),
        ("/progress/board", ""),
        ("/desk/progress", "officer"),
        ("/office/progress", "office"),
        ("/office/progress?order=late", "office"),
        ("/desk", "officer"),
    ],
)
def test_no_page_asks_once_a_department(read, made, path, user):
    path = path.format(main=made.main)
    few = cost(read, path, user)
    many(made.gone, add=True)
    try:
        assert cost(read, path, user) == few
    finally:
        many(made.gone, add=False)


def many(of: str, add: bool) -> None:
    """Thirty departments more, each with a candidate in the ledger like this one; or none of them."""
    for number in range(30):
        ident = {"id": f"dept-{number}", **({"of": of} if add else {})}
        if add:
            for place, statement in enumerate(COPY):
                model.Session.execute(sa.text(statement), ident if place else {"id": ident["id"]})
        else:
            for statement in UNDO:
                model.Session.execute(sa.text(statement), ident)
    model.Session.execute(sa.text("UPDATE govshare_ledger_head SET stamp = stamp + 1"))
    model.Session.commit()


COPY = (
    """INSERT INTO "group" (id, name, title, type, state, is_organization, approval_status, extras, created)
       SELECT :id, :id, :id, type, state, is_organization, approval_status, extras, created
       FROM "group" WHERE name = 'jiaoyu'""",
    """INSERT INTO govshare_ledger_candidate
       SELECT (jsonb_populate_record(c, jsonb_build_object('candidate', CAST(:id AS text)))).*
       FROM govshare_ledger_candidate c WHERE measure = 'open_datasets' AND candidate = :of""",
    """INSERT INTO govshare_ledger_verdict
       SELECT (jsonb_populate_record(v, jsonb_build_object(
           'candidate', CAST(:id AS text), 'organization_id', CAST(:id AS text),
           'id', nextval(pg_get_serial_sequence('govshare_ledger_verdict', 'id'))))).*
       FROM govshare_ledger_verdict v WHERE measure = 'open_datasets' AND candidate = :of""",
)
UNDO = (
    "DELETE FROM govshare_ledger_verdict WHERE candidate = :id",
    "DELETE FROM govshare_ledger_candidate WHERE candidate = :id",
    'DELETE FROM "group" WHERE id = :id',
)
