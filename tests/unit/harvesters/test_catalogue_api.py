"""The kind `catalogue_api`: pages, increments, records; and interfaces that page badly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_pages import ENTRY, entry, page
from refusals_seen import refuses

from ckanext.govshare.harvesters import KINDS, Fetched, FetchState
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.records import Gone, SourceRecord

KIND = KINDS["catalogue_api"]
NOW = datetime(2026, 11, 20, 10, 5, tzinfo=clock.ZONE)
AS_OF = "2026-11-20T10:00:00+08:00"
SINCE = "2026-11-20T01:50:00Z"  # as_of, ten minutes earlier
CURSOR = {"as_of": AS_OF, "full": "2026-11-20T10:00:00+08:00"}


@pytest.fixture(autouse=True)
def today():
    with clock.frozen(NOW):
        yield


@pytest.fixture
def pages(server):
    """Answer ``/api/entries`` by a function of the query, or by pages in their order; answers the queries seen."""
    seen: list[dict[str, str]] = []

    def serve(*answers: bytes, by: Callable[[dict[str, str]], bytes] | None = None) -> list[dict[str, str]]:
        def answer(connection: Any, request: str) -> None:
            query = {name: values[0] for name, values in
                     parse_qs(urlsplit(request.split(" ")[1]).query).items()}  # fmt: skip
            seen.append(query)
            body = by(query) if by else answers[min(len(seen), len(answers)) - 1]
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)

        server.does("/api/entries", answer)
        return seen

    return serve


@pytest.fixture
def fetch(server, session, point, tmp_path):
    def run(
        previous: FetchState | None = None, max_bytes: int = 1 << 24, base: str = "/api", **settings: object
    ):
        spec = point(kind="catalogue_api", url=server.url(base), settings=settings)
        return KIND.fetch(spec, session(max_bytes=max_bytes), tmp_path, previous or FetchState())

    return run


def said(fetched: Fetched, point: Callable[..., Any]) -> list[Any]:
    return list(KIND.records(fetched, point(kind="catalogue_api")))


def guids(fetched: Fetched, point: Callable[..., Any]) -> list[str]:
    return [record.guid for record in said(fetched, point)]


def test_cursors_are_followed_to_the_last_page(pages, fetch, point):
    queries = pages(page([entry(1), entry(2)], next="a b&c"), page([entry(3)], next=7), page([entry(4)]))
    fetched = fetch(page_size=2)
    assert guids(fetched, point) == ["e-1", "e-2", "e-3", "e-4"]
    assert fetched.complete
    first = {"page_size": "2"}
    assert queries == [first, first | {"cursor": "a b&c"}, first | {"cursor": "7"}]


def test_numbered_pages_are_read_up_to_their_number(pages, fetch, point):
    queries = pages(by=lambda query: page([entry(int(query["page"]))], page=int(query["page"]), pages=3))
    assert guids(fetch(paging="page"), point) == ["e-1", "e-2", "e-3"]
    assert [query["page"] for query in queries] == ["1", "2", "3"]


def test_an_empty_interface_has_no_records(pages, fetch, point):
    pages(page([]))
    assert guids(fetch(), point) == []


def test_a_query_of_the_address_is_kept(pages, fetch, point):
    queries = pages(page([entry(1)]))
    assert guids(fetch(base="/api/?dept=5"), point) == ["e-1"]
    assert queries == [{"dept": "5", "page_size": "200"}]


def test_the_same_entries_are_not_modified_and_the_cursor_goes_on(pages, fetch):
    pages(page([entry(1)]))
    first = fetch()
    pages(page([entry(1)], as_of="2026-11-20T10:04:00+08:00"))
    again = fetch(FetchState(digest=first.digest))
    assert (again.not_modified, again.path, again.digest) == (True, None, first.digest)
    assert again.cursor["as_of"] == "2026-11-20T10:04:00+08:00"


def test_an_increment_names_changes_and_deletions(pages, fetch, point):
    queries = pages(page([entry(2)], since=SINCE, deleted=["e-1", 9], as_of="2026-11-20T10:04:00+08:00"))
    fetched = fetch(FetchState(cursor=CURSOR, digest="d"))
    assert queries == [{"page_size": "200", "since": SINCE}]
    found = [(one.guid, isinstance(one, Gone)) for one in said(fetched, point)]
    assert sorted(found) == [("9", True), ("e-1", True), ("e-2", False)]
    assert (fetched.complete, fetched.digest) == (False, None)
    assert fetched.cursor == {"as_of": "2026-11-20T10:04:00+08:00", "full": CURSOR["full"]}


def test_an_increment_without_changes_is_not_modified(pages, fetch):
    pages(page([], since="2026-11-20T09:50:00+08:00"))
    fetched = fetch(FetchState(cursor=CURSOR, digest="d"))
    assert (fetched.not_modified, fetched.digest, fetched.cursor) == (True, "d", CURSOR)


@pytest.mark.parametrize("days", [7, 8, -1])
def test_everything_is_read_again_after_some_days(pages, fetch, days):
    queries = pages(page([entry(1)]))
    full = (NOW - timedelta(days=days)).isoformat()
    fetched = fetch(FetchState(cursor=CURSOR | {"full": full}))
    assert fetched.complete
    assert "since" not in queries[0]
    assert fetched.cursor["full"] == NOW.isoformat()


def test_a_point_may_read_everything_always(pages, fetch):
    queries = pages(page([entry(1)]))
    assert fetch(FetchState(cursor=CURSOR), full_days=0).complete
    assert "since" not in queries[0]


@pytest.mark.parametrize(
    "members",
    [{}, {"since": "2026-11-01T00:00:00Z"}, {"since": SINCE, "as_of": "2026-11-01T00:00:00Z"},
     {"since": SINCE, "as_of": None}],
    ids=["no echo", "another moment", "a clock put back", "no clock"],
)  # fmt: skip
def test_what_does_not_honour_since_is_read_as_a_whole(pages, fetch, point, members):
    whole = page([entry(1), entry(2)])
    queries = pages(by=lambda query: page([entry(1)], **members) if "since" in query else whole)
    fetched = fetch(FetchState(cursor=CURSOR))
    assert fetched.complete
    assert guids(fetched, point) == ["e-1", "e-2"]
    assert ["since" in query for query in queries] == [True, False]


@pytest.mark.parametrize("as_of", ["2036-01-01T00:00:00+08:00", "yesterday", None, 12, {"a": 1}])
def test_a_clock_in_the_future_or_none_means_no_increments(pages, fetch, as_of):
    pages(page([entry(1)], as_of=as_of))
    assert fetch().cursor == {}


def test_the_earliest_clock_of_all_pages_counts(pages, fetch):
    pages(page([entry(1)], next="2"), page([entry(2)], as_of="2026-11-20T01:59:00Z"))
    assert fetch().cursor["as_of"] == "2026-11-20T09:59:00+08:00"


def test_an_entry_that_moved_to_the_next_page_counts_once(pages, fetch, point):
    pages(page([entry(1), entry(2)], next="2"), page([entry(2), entry(3)]))
    assert guids(fetch(), point) == ["e-1", "e-2", "e-3"]


def test_two_entries_of_one_id_are_told(pages, fetch, point):
    pages(page([entry(1)], next="2"), page([entry(1, title="另一条")]))
    first, second = said(fetch(), point)
    assert (first.guid, first.findings) == ("e-1", ())
    assert [finding.slug for finding in second.findings] == ["identifier_duplicate"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda number: page([entry(1)], next="same"),
        lambda number: page([entry(1)], next=f"c{number}"),
        lambda number: page([], next=f"c{number}"),
        lambda number: page([entry(number)], next="same"),
    ],
    ids=["the same page and cursor", "the same page under ever new cursors", "empty pages", "a cursor again"],
)
def test_pages_without_end_are_refused(pages, fetch, answer):
    count = iter(range(1, 10_000))
    queries = pages(by=lambda query: answer(next(count)))
    refuses("paging_endless", fetch)
    assert len(queries) <= 3


def test_ever_new_pages_end_with_the_budget(pages, fetch):
    count = iter(range(1, 10_000))
    pages(by=lambda query: page([entry(n := next(count), notes="长" * 2000)], next=f"c{n}"))
    refuses("too_large", lambda: fetch(max_bytes=100_000))


def test_numbered_pages_that_become_more_and_more_are_refused(pages, fetch):
    pages(by=lambda query: page([entry(1)], pages=int(query["page"]) + 1))
    refuses("paging_endless", lambda: fetch(paging="page"))


@pytest.mark.parametrize(
    ("body", "settings"),
    [
        (b'{"next": null}', {}),
        (b'{"entries": {}, "next": null}', {}),
        (b'{"entries": "x", "next": null}', {}),
        (b'{"entries": []}', {}),
        (b'{"entries": [], "next": true}', {}),
        (b'{"entries": [], "next": ["a"]}', {}),
        (json.dumps({"entries": [], "next": "x" * 2001}).encode(), {}),
        (b"[]", {}),
        (b'"entries"', {}),
        (b'{"entries": [], "next": null}', {"paging": "page"}),
        (b'{"entries": [], "pages": -1}', {"paging": "page"}),
        (b'{"entries": [], "pages": "3"}', {"paging": "page"}),
        (b'{"entries": [], "pages": 3, "page": 2}', {"paging": "page"}),
    ],
)
def test_a_page_of_the_wrong_shape_is_refused(pages, fetch, body, settings):
    pages(body)
    refuses("page_shape", lambda: fetch(**settings))


@pytest.mark.parametrize("deleted", [{}, "e-1", [{"id": 1}], [None], ["x" * 2000]])
def test_deletions_of_the_wrong_shape_are_refused(pages, fetch, deleted):
    pages(page([], since=SINCE, deleted=deleted))
    refuses("page_shape", lambda: fetch(FetchState(cursor=CURSOR)))


@pytest.mark.parametrize(
    ("body", "slug"),
    [(b"<!doctype html><p>login</p>", "html_not_json"), (b"", "empty"), (b'{"entries": [', "json_truncated"),
     (b'{"entries": [], "next": nul}', "json_invalid"),
     ('{"entries": [{"title": "交通数据"}]}'.encode("gb18030"), "not_utf8")],
)  # fmt: skip
def test_what_is_no_json_is_refused(pages, fetch, body, slug):
    pages(body)
    refuses(slug, fetch)


@pytest.mark.parametrize(
    "settings",
    [{"paging": "offset"}, {"page_size": 0}, {"page_size": 10_000}, {"page_size": "many"}, {"page_size": True},
     {"full_days": 91}, {"full_days": None}],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(settings):
    refuses("settings_invalid", lambda: KIND.validate_url("https://api.example.gov.cn/catalogue", settings))


def test_the_address_is_checked():
    refuses("scheme_refused", lambda: KIND.validate_url("file:///etc/passwd", {}))
    refuses("userinfo_refused", lambda: KIND.validate_url("https://a:b@example.gov.cn/", {}))


def mapped(point, **fields):
    data = {name: value for name, value in (ENTRY | fields).items() if value is not ...}
    return KIND.to_entry(SourceRecord("bus-stops", data), point(kind="catalogue_api"))


def slugs(found):
    return [finding.slug for finding in found.findings]


def test_a_good_entry_arrives_as_it_is(point):
    found = mapped(point)
    assert slugs(found) == []
    taken = {name: value for name, value in ENTRY.items() if name not in ("id", "tags", "resources")}
    assert taken.items() <= found.entry.items()
    assert found.entry["tag_string"] == "公交,站点"
    assert (found.entry["profile"], found.entry["owner_org"]) == ("national", "finance")
    assert found.entry["resources"][0]["audience"] == "open"


def test_what_the_entry_does_not_say_its_point_declares(point):
    found = mapped(point, share_type=..., class_lei=..., class_xiang=..., class_mu=..., class_ximu=...,
                   open_type=..., open_domain=..., license_id=..., pub_date=..., share_reason="含个人信息")  # fmt: skip
    assert slugs(found) == []
    assert (found.entry["share_type"], found.entry["share_scope"]) == ("2", "全市政务部门")
    assert (found.entry["class_ximu"], found.entry["open_type"]) == ("307001004", "3")
    assert found.initial == ("pub_date",)
    assert found.entry["resources"][0]["audience"] == "share"


def test_a_file_that_is_not_open_is_for_departments_whatever_its_source_says(point):
    files = [ENTRY["resources"][0] | {"audience": "open"}]
    assert mapped(point, resources=files, open_type="3").entry["resources"][0]["audience"] == "share"
    files = [ENTRY["resources"][0] | {"audience": "share"}]
    assert mapped(point, resources=files).entry["resources"][0]["audience"] == "share"


@pytest.mark.parametrize("secret", ["1", 1, True, "绝密", ["1"], {"level": 1}])
def test_what_may_be_secret_is_refused(point, secret):
    assert mapped(point, secret=secret).rejected


def test_every_rule_of_the_national_profile_refuses(point):
    assert mapped(point, title=...).rejected
    assert mapped(point, notes=...).rejected
    assert mapped(point, update_cycle="每天").rejected
    assert mapped(point, info_items=[]).rejected


def test_a_code_stands_in_its_class(point):
    assert slugs(mapped(point, resource_code="307001004/0001")) == []
    assert "code_shape" in slugs(mapped(point, resource_code="307001008/0001"))


def test_forty_thousand_keywords_become_fifty(point):
    found = mapped(point, tags=[f"词语{n}" for n in range(40_000)])
    assert len(found.entry["tag_string"].split(",")) == 50
    assert slugs(found) == ["tags_too_many"]


def test_deep_nesting_sets_one_record_aside(pages, fetch, point):
    deep = "[" * 500 + "]" * 500
    body = page([entry(1), "DEEP", entry(2)]).replace(b'"DEEP"', f'{{"id": "x", "a": {deep}}}'.encode())
    pages(body)
    records = said(fetch(), point)
    assert [[finding.slug for finding in record.findings] for record in records] == [[], ["too_deep"], []]


def test_records_without_identity_are_set_aside(pages, fetch, point):
    pages(page([entry(1, id=None), 5, "text", entry(2, id="x" * 1001), entry(3, id=["a"]), entry(4)]))
    assert [record.findings[0].slug if record.findings else record.guid for record in said(fetch(), point)] == [
        "identifier_missing", "not_an_object", "not_an_object", "identifier_missing", "identifier_missing", "e-4",
    ]  # fmt: skip


def test_a_file_keeps_its_key_when_its_address_changes(point):
    moved = [ENTRY["resources"][0] | {"url": "https://files.example.gov.cn/new.csv"}]
    keys = {mapped(point, resources=files).entry["resources"][0]["source_key"] for files in (ENTRY["resources"], moved)}
    assert len(keys) == 1
    twice = mapped(point, resources=ENTRY["resources"] * 2).entry["resources"]
    assert len({file["source_key"] for file in twice}) == 2


def test_addresses_that_lead_nowhere_are_left_out(point):
    found = mapped(point, resources=[{"url": "file:///etc/passwd"}, {"url": 5}, "x", {"name": "y"}])
    assert found.entry["resources"] == []
    assert slugs(found) == ["url_dropped", "resource_without_url"] * 2 + ["resource_without_url"]
