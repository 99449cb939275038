"""The kind `ckan` before the engine: what it asks a site, what it keeps, what it refuses."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ckanext.govshare.harvesters import ckan_api
from ckanext.govshare.harvesters.base import FetchState
from ckanext.govshare.harvesters.ckan import CkanHarvester
from ckanext.govshare.harvesters.ckan_site import Site
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel.records import Gone, Present, SourceRecord
from tests.exchange.ckan_site import CkanSite, package

HARVESTER = CkanHarvester()


@pytest.fixture
def site():
    """A CKAN site on loopback; ``site.url`` is its address."""
    running = CkanSite(3)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            running.answer(self)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    running.url = f"http://127.0.0.1:{server.server_port}"
    yield running
    server.shutdown()
    server.server_close()


@pytest.fixture
def look(site, session, point, tmp_path):
    """Fetch and read; a run that was applied is the previous one of the next."""
    held = {"cursor": {}, "known": set()}
    keep = tmp_path / "keep"
    keep.mkdir()

    def run(applied=True, max_bytes=1 << 24, keep=keep, **settings):
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        spec = point(kind="ckan", url=site.url, settings=settings)
        before = FetchState(cursor=held["cursor"], known=lambda ids: held["known"] & set(ids), keep=keep)
        fetched = HARVESTER.fetch(spec, session(max_bytes=max_bytes), work, before)
        said = list(HARVESTER.records(fetched, spec))
        if applied:
            held["cursor"] = fetched.cursor
            held["known"] |= {one.guid for one in said if isinstance(one, SourceRecord)}
        return fetched, said

    run.keep, run.known = keep, held["known"]
    return run


def numbers(said, kind=SourceRecord):
    return [int(one.guid[-12:]) for one in said if isinstance(one, kind)]


def test_first_run_reads_every_record(look):
    fetched, said = look()
    assert numbers(said) == [1, 2, 3]
    assert fetched.complete
    assert not fetched.not_modified


def test_nothing_changed_is_one_question_and_no_record(site, look):
    look()
    site.asked.clear()
    site.shown = 0
    fetched, _ = look()
    assert fetched.not_modified
    assert (len(site.asked), site.shown) == (1, 0)
    assert fetched.cursor


def test_only_changed_and_new_records_are_read(site, look):
    look()
    site.shown = 0
    site.put(package(2, title="改了", metadata_modified="2026-03-02T08:00:00"))
    site.put(package(9))
    _, said = look()
    assert sorted(numbers(said)) == [2, 9]
    assert numbers(said, Present) == [1, 3]
    assert site.shown == 2


def test_a_record_that_is_no_longer_listed_is_not_named(site, look):
    look()
    site.drop(2)
    fetched, said = look()
    assert numbers(said, Present) == [1, 3]
    assert numbers(said) == []
    assert fetched.complete


def test_one_bad_record_pins_no_date(site, look):
    look()
    site.put(package(1, title=None, metadata_modified="2026-03-02T08:00:00"))
    look()
    site.shown = 0
    for day in (3, 4, 5):
        site.put(package(2, metadata_modified=f"2026-03-0{day}T08:00:00"))
        _, said = look()
        assert numbers(said) == [2]
    assert site.shown == 3


def test_a_run_that_was_never_applied_counts_for_nothing(site, look):
    look()
    site.put(package(2, metadata_modified="2026-03-02T08:00:00"))
    look(applied=False)
    _, said = look()
    assert numbers(said) == [2]


@pytest.mark.parametrize("damage", ["cut", "gone", "other"])
def test_a_damaged_listing_means_that_everything_is_read(site, look, damage):
    look()
    [file] = look.keep.iterdir()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-9] if damage == "cut" else b"x\ty\n")
    _, said = look()
    assert numbers(said) == [1, 2, 3]


def test_a_file_that_a_killed_run_left_half_written_is_no_listing(look):
    look()
    [file] = look.keep.iterdir()
    file.with_suffix(".99").write_bytes(b"half")
    fetched, _ = look()
    assert fetched.not_modified


def test_few_listings_are_kept_and_the_applied_one_always(site, look):
    look()
    for day in range(2, 9):
        site.put(package(1, metadata_modified=f"2026-03-0{day}T08:00:00"))
        look(applied=False)
    assert len(list(look.keep.iterdir())) <= 6
    site.put(package(1))
    fetched, _ = look()
    assert fetched.not_modified


def test_without_a_folder_everything_is_read_every_time(look):
    look(keep=None)
    fetched, said = look(keep=None)
    assert numbers(said) == [1, 2, 3]
    assert fetched.cursor == {}


def test_a_record_the_ledger_does_not_hold_is_read_again(site, look):
    look()
    look.known.discard(package(2)["id"])
    _, said = look()
    assert numbers(said) == [2]


def test_pages_are_walked_and_asked_for_by_the_size_of_the_settings(site, look, monkeypatch):
    monkeypatch.setattr(ckan_api, "FEW", 2)
    for number in range(1, 8):
        site.put(package(number))
    _, said = look(page=3)
    assert sorted(numbers(said)) == [1, 2, 3, 4, 5, 6, 7]
    assert [(one["start"], one["rows"]) for one in site.asked if "fl" not in one] == [
        ("0", "3"), ("3", "3"), ("6", "3")]  # fmt: skip
    assert {one["sort"] for one in site.asked} == {"id asc"}


def test_many_changes_are_asked_for_by_moment(site, look, monkeypatch):
    monkeypatch.setattr(ckan_api, "FEW", 1)
    look()
    site.asked.clear()
    for number in (2, 3):
        site.put(package(number, metadata_modified="2026-03-02T08:00:00.123456"))
    _, said = look()
    assert numbers(said) == [2, 3]
    assert "+metadata_modified:[2026-03-02T08:00:00Z TO *]" in site.asked[1]["fq"]


def small_pages(monkeypatch, rows):
    monkeypatch.setattr(ckan_api, "ROWS", rows)


def test_a_site_that_gives_fewer_records_a_page_than_asked_for_is_read_whole(site, look):
    for number in range(1, 9):
        site.put(package(number))
    site.before = lambda query: query.update(rows="3")
    fetched, said = look()
    assert fetched.complete
    assert sorted(numbers(said)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_record_that_slips_over_the_edge_of_a_page_is_noticed(site, look, monkeypatch):
    small_pages(monkeypatch, 3)
    for number in range(1, 9):
        site.put(package(number))
    look()

    def delete_while_paging(query):
        if query.get("fl") and query["start"] == "2":
            site.before = lambda query: None
            site.drop(1)

    site.before = delete_while_paging
    fetched, said = look()
    assert fetched.complete
    assert sorted(numbers(said, Present)) == [2, 3, 4, 5, 6, 7, 8]


def test_a_site_that_never_stands_still_loses_nothing(site, look, monkeypatch):
    small_pages(monkeypatch, 3)
    for number in range(1, 9):
        site.put(package(number))
    look()
    fresh = iter(range(100, 200))

    def grow(query):
        if query.get("fl"):
            site.put(package(next(fresh)))

    site.before = grow
    fetched, said = look()
    assert not fetched.complete
    assert set(numbers(said, Present)) >= set(range(1, 9))


def test_a_site_that_names_more_than_it_gives_is_refused(site, look):
    def inflate(answer):
        answer["result"]["count"] += 5
        return answer

    site.says = inflate
    assert slug(look) == "pages_inconsistent"


def test_a_site_that_always_gives_the_first_page_is_refused(site, look, monkeypatch):
    small_pages(monkeypatch, 3)
    for number in range(1, 9):
        site.put(package(number))
    site.before = lambda query: query.update(start="0")
    assert slug(look) == "pages_inconsistent"


@pytest.mark.parametrize("size", [1, 3])
def test_a_site_without_an_end_is_left(site, look, monkeypatch, size):
    small_pages(monkeypatch, size)

    def endless(answer):
        answer["result"]["count"] = 10**15
        return answer

    site.says = endless
    site.before = lambda query: query.update(start="0")
    assert slug(look) == "pages_inconsistent"
    assert len(site.asked) < 20


def test_a_site_that_heeds_no_filter_is_read_by_pages(site, look):
    site.heeds = False
    look()
    site.put(package(2, metadata_modified="2026-03-02T08:00:00"))
    _, said = look()
    assert numbers(said) == [2]


def test_a_record_that_goes_between_list_and_reading_stays_for_the_next_run(site, look):
    look()
    site.put(package(2, metadata_modified="2026-03-02T08:00:00"))
    site.before = lambda query: "fl" in query or site.packages.pop(package(2)["id"], None)
    _, said = look()
    assert numbers(said, Present) == [1, 2, 3]
    site.before = lambda query: None
    _, said = look()
    assert numbers(said, Present) == [1, 3]


def test_what_is_private_is_never_a_record(site, look):
    site.says = lambda answer: answer
    site.put(package(2, private=True))
    _, said = look()
    assert numbers(said) == [1, 3]


def test_a_private_record_that_a_site_shows_all_the_same_is_gone(site, look):
    def show(answer):
        for one in answer["result"]["results"]:
            if "title" in one and one["id"].endswith("2"):
                one["private"] = True
        return answer

    site.says = show
    _, said = look()
    assert numbers(said, Gone) == [2]


def test_an_organization_and_filters_narrow_the_list(site, look):
    site.put(package(4, organization={"name": "jiaoyu", "title": "教育局"}))
    _, said = look(organization="jiaoyu", fq=["tags:school", '-res_format:"PDF"'])
    assert numbers(said) == [4]
    assert site.asked[0]["fq"] == '+(tags:school) -res_format:"PDF" +(dataset_type:dataset) +(organization:jiaoyu)'


@pytest.mark.parametrize(
    "url", ["https://a.gov", "https://a.gov/", "https://a.gov/api/3/action", "https://a.gov/api/3/action/",
            "https://a.gov/api/3", "https://a.gov/?x=1"],
)  # fmt: skip
def test_the_address_is_that_of_the_site_or_of_its_api(url):
    assert Site.of(url, {}).root == "https://a.gov"
    assert Site.of("https://a.gov/data/api/3/action", {}).root == "https://a.gov/data"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"fq": "capacity:private"}, "filter_invalid"),
        ({"fq": "-capacity:public"}, "filter_invalid"),
        ({"fq": "state:deleted"}, "filter_invalid"),
        ({"fq": "permission_labels:*"}, "filter_invalid"),
        ({"fq": "{!join from=a to=b}x:y"}, "filter_invalid"),
        ({"fq": "a:b) OR capacity:(private"}, "filter_invalid"),
        ({"fq": "a:b +capacity:private"}, "filter_invalid"),
        ({"fq": "_query_:x\n"}, "filter_invalid"),
        ({"fq": ["a:b"] * 11}, "filter_invalid"),
        ({"fq": 5}, "filter_invalid"),
        ({"fq": [5]}, "filter_invalid"),
        ({"organization": 'x" OR "'}, "filter_invalid"),
        ({"organization": ["a"]}, "filter_invalid"),
        ({"page": 0}, "settings_invalid"),
        ({"page": 1001}, "settings_invalid"),
        ({"page": "ten"}, "settings_invalid"),
        ({"open_type": "4"}, "settings_invalid"),
        ({"open_type": "2"}, "settings_invalid"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, expected):
    with pytest.raises(FetchRefused) as caught:
        HARVESTER.validate_url("https://a.gov", settings)
    assert caught.value.slug == expected


def slug(look, **settings):
    with pytest.raises(FetchRefused) as caught:
        look(**settings)
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.message_zh)
    return caught.value.slug


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<!DOCTYPE html><html>", "html_not_json"),
        (b"", "json_invalid"),
        (b'{"success": true, "result"', "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[]", "api_unexpected"),
        (b'{"result": {}}', "api_unexpected"),
        (b'{"success": true, "result": []}', "api_unexpected"),
        (b'{"success": true, "result": {"count": "1", "results": []}}', "api_unexpected"),
        (b'{"success": true, "result": {"count": 1, "results": [1]}}', "api_unexpected"),
        (b'{"success": true, "result": {"count": 1, "results": [{"id": "../x"}]}}', "api_unexpected"),
        (b'{"success": true, "result": {"count": 1, "results": [{"id": 5}]}}', "api_unexpected"),
        (b'{"success": false, "error": {"__type": "Authorization Error"}}', "api_failed"),
        (b'{"success": false, "error": "<script>"}', "api_failed"),
        (b'{"success": true, "result": {"count": ' + b"9" * 5000 + b', "results": []}}', "json_invalid"),
    ],
)
def test_an_answer_that_is_none_is_refused(site, look, body, expected):
    site.says = lambda answer: body
    assert slug(look) == expected


def test_what_the_site_says_of_its_error_is_shown_only_as_a_kind(site, look):
    site.says = lambda answer: b'{"success": false, "error": {"__type": "Search Error", "message": "secret"}}'
    with pytest.raises(FetchRefused) as caught:
        look()
    assert "Search Error" in caught.value.message_zh
    assert "secret" not in str(caught.value)


def test_a_page_that_is_too_large_is_refused(site, look, monkeypatch):
    monkeypatch.setattr(ckan_api, "MAX_PAGE_BYTES", 300)
    assert slug(look) == "page_too_large"


def test_a_record_that_is_too_large_is_rejected_alone(site, look, monkeypatch):
    monkeypatch.setattr("ckanext.govshare.harvesters.ckan.MAX_CHARS", 2000)
    site.put(package(2, notes="x" * 3000))
    _, said = look()
    [bad] = [one for one in said if one.findings]
    assert bad.guid.startswith("too_large:")
    assert numbers([one for one in said if not one.findings]) == [1, 3]


def test_odd_values_of_json_are_survived(site, look):
    odd = json.dumps({"success": True, "result": {"count": 1, "results": [package(1, title="\ud800\x00x")]}})
    odd = odd.replace('"total": 1', '"total": 1e999').replace('"num_tags": 2', '"num_tags": NaN')
    site.says = lambda answer: odd.encode()
    _, [record] = look()
    assert record.data["title"] == "\ud800\x00x"
