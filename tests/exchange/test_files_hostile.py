"""Hostile hosts of files, full disks, killed workers, and doors that a kept file must not open."""

from __future__ import annotations

import gzip
import io
import os
import resource as limits
import signal
import time
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from .conftest import call
from .files_help import CSV, Keeper, distribution
from .files_server import answer
from .server import record

BUDGET = 100_000  # bytes
Handler = BaseHTTPRequestHandler


@pytest.fixture
def strict(keeper: Keeper, file_settings: Callable[..., None]) -> Keeper:
    """A keeper with small budgets."""
    file_settings(file_bytes=BUDGET, file_seconds=4, stall_seconds=2)
    return keeper


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"1,2,3\n" * 1000)


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"1")
        time.sleep(0.2)


def bomb(handler: Handler) -> None:
    answer(handler, 200, gzip.compress(b"0" * 50_000_000), **{"Content-Encoding": "gzip"})


def to_metadata(handler: Handler) -> None:
    answer(handler, 302, b"", Location="http://169.254.169.254/latest/meta-data/")


def to_intranet(handler: Handler) -> None:
    answer(handler, 302, b"", Location="http://10.0.0.1/")


def page(handler: Handler) -> None:
    answer(handler, 200, b"\xef\xbb\xbf\n <!DOCTYPE html><html>login</html>", **{"Content-Type": "text/csv"})


def cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("behaviour", "slug"),
    [
        (endless, "file_too_large"),
        (drip, "file_unreachable"),
        (bomb, "file_too_large"),
        (to_metadata, "file_refused"),
        (to_intranet, "file_refused"),
        (page, "file_is_a_page"),
        (cut, "file_unreachable"),
    ],
)
def test_a_hostile_answer_ends_in_a_named_problem_and_leaves_the_link(
    strict: Keeper, behaviour: Callable[[Handler], None], slug: str
) -> None:
    strict.host.behaves["/a.csv"] = behaviour
    started = time.monotonic()
    assert strict.work()["failed"] == 1
    assert time.monotonic() - started < 30
    assert [finding["slug"] for finding in strict.known()[0].findings] == [slug]
    assert not strict.resources()[0].get("hash")


@pytest.mark.parametrize(
    "disposition",
    [
        'attachment; filename="../../../etc/passwd"',
        "attachment; filename=..\\..\\a.exe",
        "attachment; filename*=UTF-8''%2Fetc%2Fx.csv",
    ],
)
def test_the_name_of_a_file_leads_nowhere(strict: Keeper, disposition: str) -> None:
    strict.host.put("/a.csv", CSV, Content_Disposition=disposition)
    strict.work()
    stored = strict.resources()[0]
    assert not {"/", "\\"} & set(stored["original_name"])
    assert ".." not in stored["original_name"]


def workbook_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(200):
                part.write(b"\0" * 1024 * 1024)
    return target.getvalue()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/a.xlsx", workbook_bomb),
        ("/a.csv", lambda: b'a,b\n"' + b"x" * 300_000),
        ("/a.csv", lambda: b",".join(b"%d" % n for n in range(5000)) + b"\n1\n"),
        ("/a.csv", lambda: b"a,b\n1,\x00\n"),
    ],
    ids=["workbook bomb", "cell without end", "5000 columns", "NUL"],
)
def test_a_hostile_table_is_kept_and_not_loaded(keeper: Keeper, path: str, body: Callable[[], bytes]) -> None:
    keeper.mode("load")
    url = keeper.host.put(path, body())
    named = distribution(url, format=path[3:].upper(), mediaType="")
    keeper.source.put([record(1, distribution=[named])])
    keeper.work()
    assert [finding["slug"] for finding in keeper.known()[0].findings] == ["rows_not_loaded"]
    assert (keeper.resources()[0]["url_type"], keeper.resources()[0]["datastore_active"]) == ("upload", False)


def test_a_record_of_8000_files_is_refused_before_any_is_asked_for(strict: Keeper) -> None:
    strict.source.put([record(1, distribution=[distribution(strict.host.url(f"/{n}.csv")) for n in range(8000)])])
    assert strict.work()["looked"] == 0
    assert strict.host.requests.total() == 0


def test_a_full_disk_is_named_and_nothing_is_half_kept(keeper: Keeper) -> None:
    from ckanext.govshare import config

    keeper.host.put("/a.csv", b"1,2\n" * 1_000_000)
    former = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (2_000_000, former[1]))
    try:
        keeper.work()
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, former)
    assert [finding["slug"] for finding in keeper.known()[0].findings] == ["disk_full"]
    assert not keeper.resources()[0].get("hash")
    assert not [path for path in config.files_path().rglob("incoming-*") if path.is_file()]
    assert keeper.work()["kept"] == 1  # there is room again: no back-off for what was our fault


def killed(run_id: str, target: Any, name: str, after: bool) -> None:
    """Work at a run in a process of its own that is killed where a function is called, or has answered."""
    from ckan import model
    from ckanext.datastore.backend.postgres import get_write_engine

    from ckanext.govshare.exchange import jobs

    pid = os.fork()
    if pid == 0:
        try:
            model.Session.registry.clear()
            model.meta.engine.dispose(close=False)
            get_write_engine().dispose(close=False)
            whole = getattr(target, name)

            def deadly(*args: Any, **options: Any) -> None:
                if after:
                    whole(*args, **options)
                os.kill(os.getpid(), signal.SIGKILL)

            setattr(target, name, deadly)
            jobs.work_through(run_id)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("name", "after"), [("_write", True), ("_load", False), ("_load", True)], ids=["stored", "committed", "loaded"]
)
def test_a_killed_worker_leaves_nothing_that_the_next_does_not_mend(keeper: Keeper, name: str, after: bool) -> None:
    from ckanext.govshare.exchange import jobs
    from ckanext.govshare.exchange.files_apply import Writer

    keeper.mode("load")
    run_id = call("govshare_harvest_run", {"exchange_point": keeper.point})["run_id"]
    killed(run_id, Writer, name, after)
    jobs.work_through(run_id)
    run = call("govshare_harvest_run_show", {"id": run_id})
    assert run["state"] == "done"
    stored = keeper.resources()[0]
    assert call("datastore_search", {"resource_id": stored["id"]})["total"] == 2
    assert Path(call("govshare_file_read", {"hash": stored["hash"]})["path"]).read_text() == CSV
    assert (keeper.known()[0].loaded, keeper.known()[0].rows) == (stored["hash"], 2)
    assert keeper.work()["unchanged"] == 1


ANYBODY = ("", "citizen", "firm")


@pytest.mark.parametrize("access", ["public", "restricted public", "non-public"])
def test_a_kept_file_is_behind_the_doors_of_its_entry(keeper: Keeper, app: Any, access: str) -> None:
    """Whoever may not take it gets neither file nor rows nor address; an open one waits for its review."""
    import ckan.plugins.toolkit as tk

    keeper.mode("load")
    keeper.put(keeper.host.url("/a.csv"), accessLevel=access, rights="原因")
    keeper.work()
    stored = keeper.resources()[0]
    for user in ANYBODY:
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            tk.get_action("datastore_search")({"user": user, "auth_user_obj": None}, {"resource_id": stored["id"]})
        try:
            shown = tk.get_action("package_show")({"user": user}, {"id": stored["package_id"]})
        except tk.ObjectNotFound:
            shown = {}
        assert stored["source_url"] not in str(shown)
        assert stored["hash"] not in str(shown)
    address = f"/dataset/{stored['package_id']}/resource/{stored['id']}/download/a.csv"
    assert app.get(address).status_code in (403, 404)
    assert stored.get("opening") == ("waiting" if access != "non-public" else "")
    assert call("datastore_search", {"resource_id": stored["id"]}, "officer")["total"] == 2


def test_rows_that_nobody_reviewed_are_gone_before_another_address_is_shown(keeper: Keeper) -> None:
    """A link of a federated entry is its publisher's to open: the rows of the former copy are not."""
    import ckan.plugins.toolkit as tk

    keeper.mode("load")
    keeper.work()
    resource_id = keeper.resources()[0]["id"]
    keeper.put(keeper.host.url("/gone.csv"))
    keeper.work()
    assert keeper.resources()[0]["opening"] == "publisher"
    with pytest.raises(tk.ObjectNotFound):
        call("datastore_search", {"resource_id": resource_id})
