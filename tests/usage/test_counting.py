"""What counts as a view, a download, a call: not robots, not double clicks; moved into the table exactly once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from redis.exceptions import ConnectionError as Away

from ckanext.govshare import signals
from ckanext.govshare.kernel import clock
from ckanext.govshare.usage import counter, robots, store
from ckanext.govshare.usage.model import Batch, Usage

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
MAY = datetime(2026, 5, 6, 10, tzinfo=clock.ZONE)


@pytest.fixture
def counters(site: None):
    """No counters in Valkey."""

    def clear() -> None:
        client = connect_to_redis()
        for name in client.scan_iter(counter.key("*")):
            client.delete(name)

    clear()
    yield
    clear()


@pytest.fixture
def read(app: Any, counters: None):
    """Read a page of entry ``p`` as somebody; keyword arguments replace what is sent."""

    def one(
        signal: Any = signals.viewed,
        agent: str = BROWSER,
        address: str = "192.0.2.1",
        method: str = "GET",
        **told: Any,
    ) -> None:
        environ = {"REMOTE_ADDR": address, **({"HTTP_USER_AGENT": agent} if agent else {})}
        with app.flask_app.test_request_context("/", method=method, environ_overrides=environ):
            signal.send(None, **{"package_id": "p", "resource_id": "", "kind": "entry", **told})

    return one


def rows() -> dict[tuple[str, ...], int]:
    """What the table holds after the counters were moved: numbers by kind, package, resource and format."""
    store.move()
    return {
        (row.kind, row.package_id, row.resource_id, row.format): row.number
        for row in model.Session.scalars(sa.select(Usage))
    }


def test_views_downloads_and_calls_are_counted_apart(read):
    read()
    read(resource_id="r", kind="resource")
    read(signals.taken, resource_id="r", format="csv", converted=True)
    read(signals.called, resource_id="r", key="")
    assert rows() == {
        ("view", "p", "", ""): 1,
        ("view", "p", "r", ""): 1,
        ("download", "p", "r", "CSV"): 1,
        ("call", "p", "r", ""): 1,
    }


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "  ",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "Mozilla/5.0 (compatible; Toutiao-Spider; https://zhanzhang.toutiao.com)",
        "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "GPTBot/1.0",
        "curl/8.5.0",
        "python-requests/2.32",
        "govshare-links/1 (+http://test.ckan.net)",
        "govshare-exchange/1",
    ],
)
def test_a_robot_is_no_reader(read, agent):
    read(agent=agent)
    read(signals.taken, agent=agent, format="csv")
    assert rows() == {}


@pytest.mark.parametrize(
    "agent",
    [
        BROWSER,
        "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Chrome/78 Safari/537.36 QIHU 360SE",
        "Mozilla/5.0 (Linux; Android 12; HarmonyOS) AppleWebKit/537.36 MicroMessenger/8.0 MMWEBID/1 Weixin",
    ],
)
def test_a_person_is_no_robot(agent):
    assert not robots.is_robot(agent)


@pytest.mark.parametrize("agent", ["curl/8.5.0", "python-requests/2.32", "axios/1.6", "Go-http-client/1.1"])
def test_programs_of_developers_count_where_rows_are_read_by_program(read, agent):
    read(signals.called, agent=agent, resource_id="r", key="k")
    assert rows() == {("call", "p", "r", ""): 1}


def test_a_crawler_does_not_count_as_a_caller(read):
    read(signals.called, agent="Mozilla/5.0 (compatible; Bytespider)", resource_id="r", key="")
    read(signals.called, agent="", resource_id="r", key="")
    assert rows() == {}


def test_head_does_not_count(read):
    read(method="HEAD")
    read(signals.taken, method="HEAD", format="csv")
    assert rows() == {}


def test_a_double_click_counts_once_and_another_reader_counts_too(read):
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        read(signals.taken, address=address, format="csv")
    read(signals.taken, format="xlsx")
    assert rows() == {("download", "p", "", "CSV"): 2, ("download", "p", "", "XLSX"): 1}


def test_a_program_that_asks_page_after_page_counts_each_time(read):
    for _page in range(3):
        read(signals.called, resource_id="r", key="")
    assert rows() == {("call", "p", "r", ""): 3}


def test_nothing_of_a_person_is_kept_in_valkey(read):
    read(address="198.51.100.77")
    client = connect_to_redis()
    kept = b" ".join(
        name + (client.get(name) or b"" if client.type(name) == b"string" else b"".join(client.hkeys(name)))
        for name in client.scan_iter(counter.key("*"))
    )
    marks = list(client.scan_iter(counter.key("click:*")))
    assert b"198.51" not in kept
    assert b"Mozilla" not in kept
    assert len(marks) == 1
    assert 0 < client.ttl(marks[0]) <= 10


def test_counting_is_one_round_trip(read, monkeypatch):
    read()  # the script is known from now on
    sent = []
    execute = type(connect_to_redis()).execute_command
    monkeypatch.setattr(
        "redis.client.Redis.execute_command",
        lambda self, *args, **options: sent.append(args[0]) or execute(self, *args, **options),
    )
    read(address="192.0.2.9")
    assert sent == ["EVALSHA"]


def test_without_valkey_nothing_fails_and_the_log_says_so(read, monkeypatch, caplog):
    def away(*_args: Any, **_options: Any) -> None:
        raise Away

    monkeypatch.setattr("redis.client.Redis.execute_command", away)
    read()
    assert store.move() == 0
    assert [
        record.getMessage() for record in caplog.records if record.name.startswith("ckanext.govshare.usage")
    ] == [
        "usage not counted: ConnectionError",
        "usage not moved: ConnectionError",
    ]


def test_a_day_is_one_in_beijing(read, frozen):
    with frozen(datetime(2026, 5, 6, 23, 59, tzinfo=clock.ZONE)):
        read()
    with frozen(datetime(2026, 5, 7, 0, 1, tzinfo=clock.ZONE)):
        read()
    store.move()
    assert list(model.Session.scalars(sa.select(Usage.day).order_by(Usage.day))) == [
        date(2026, 5, 6),
        date(2026, 5, 7),
    ]


def test_hostile_formats_and_names_are_cut_and_stay_apart(read):
    read(signals.taken, format="c s\nv" + "x" * 1000)
    read(signals.taken, package_id="p\x1fdownload\x1fq", format="csv")
    assert rows() == {("download", "p", "", "CSV" + "X" * 17): 1}


@pytest.mark.parametrize("dies", ["before the commit", "after the commit", "twice"])
def test_a_mover_that_dies_loses_and_doubles_nothing(read, dies):
    read(address="192.0.2.1")
    bundle_id, counters = store.take()
    if dies != "before the commit":
        store.write(bundle_id, counters)  # and dies before it deletes the bundle
    if dies == "twice":
        assert store.take() == (bundle_id, counters)
        store.write(bundle_id, counters)
    model.Session.remove()
    read(address="192.0.2.2")  # counted meanwhile
    assert rows() == {("view", "p", "", ""): 2}
    assert rows() == {("view", "p", "", ""): 2}


def test_two_movers_at_once_write_a_bundle_once(read):
    read()
    first, second = store.take(), store.take()
    assert first == second
    assert [store.write(*first), store.write(*second)] == [1, 0]
    store.drop(first[0])
    store.drop(first[0])
    assert rows() == {("view", "p", "", ""): 1}


def test_a_late_mover_does_not_delete_the_next_bundle(read):
    read()
    late, _counters = store.take()
    store.move()
    read(address="192.0.2.2")
    store.take()
    store.drop(late)
    assert rows() == {("view", "p", "", ""): 2}


def test_the_timer_moves_what_was_counted(read):
    read()
    moved = tk.get_action("govshare_usage_due")({"ignore_auth": True, "user": ""}, {})
    again = tk.get_action("govshare_usage_due")({"ignore_auth": True, "user": ""}, {})
    assert (moved, again) == ({"moved": 1}, {"moved": 0})


def test_only_the_timer_and_operators_move(city):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("govshare_usage_due", {"user": "office"}, {})


def test_ids_of_old_bundles_are_forgotten(read, frozen):
    with frozen(datetime(2026, 3, 1, 10, tzinfo=clock.ZONE)):
        read()
        store.move()
    with frozen(MAY):
        read()
        store.move()
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 1
