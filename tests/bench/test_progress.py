"""Figures of the progress pages: 10,000 entries, 60 departments, 400 days, against the time of CKAN's ``/about``.

Every page is asked for in the same process; the aim is 3 times the server time of ``/about`` (medians), and the same
number of statements with 6 departments and with 60. What the ledger takes on disk is printed per year.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel import clock
from tests.conftest import REGION, build_city, empty, publish, reviewer_of

ENTRIES, DEPARTMENTS, DAYS, A_DAY = 10_000, 60, 400, 30
TIMES = 3.0
START = datetime(2025, 10, 1, 9, tzinfo=clock.ZONE)
ROUNDS = 15


def departments(number: int) -> None:
    """Departments as rows: what is measured is reading them."""
    model.Session.execute(
        sa.text("""
            INSERT INTO "group" (id, name, title, type, state, is_organization, approval_status, extras, created)
            SELECT 'dept-' || n, 'dept-' || n, '第' || n || '局', 'organization', 'active', true, 'approved',
                   jsonb_build_object('region', CAST(:region AS text), 'government', '1', 'org_type', 'agency',
                                      'level', '3'), now()
            FROM generate_series(1, :number) n"""),
        {"number": number, "region": REGION},
    )
    model.Session.commit()


def entries(first: str, number: int, spread: int) -> None:
    """Entries as rows, copied from one that went through every door."""
    values = {"of": first, "number": number, "spread": spread}
    for statement in (
        """INSERT INTO package (id, name, title, owner_org, license_id, private, state, type, metadata_created,
                                metadata_modified, extras)
           SELECT 'pkg-' || n, 'pkg-' || n, '信息资源甲' || md5(n::text), 'dept-' || (1 + n % :spread), license_id,
                  false, state, type, metadata_created, metadata_modified,
                  extras || jsonb_build_object('resource_code', 'code-' || n, 'update_cycle',
                                               CASE WHEN n % 10 = 0 THEN '7' ELSE '8' END,
                                               'open_domain', lpad((1 + n % 22)::text, 2, '0'))
           FROM package, generate_series(1, :number) n WHERE id = :of""",
        """INSERT INTO resource (id, package_id, url, format, state, position, hash, size, extras)
           SELECT 'res-' || n, 'pkg-' || n, url || n, format, state, position, md5(n::text), 1000, extras
           FROM resource, generate_series(1, :number) n WHERE package_id = :of AND position = 0""",
    ):
        model.Session.execute(sa.text(statement), values)
    model.Session.commit()


def a_day(chance: random.Random) -> None:
    """What happens in a day: some entries lose their licence or get it back, some are suspended and come back."""
    ids = [f"pkg-{chance.randrange(1, ENTRIES + 1)}" for _ in range(A_DAY)]
    model.Session.execute(
        sa.text("""
            UPDATE package SET license_id = CASE license_id WHEN '' THEN 'cc-by' ELSE '' END
            WHERE id = ANY(:ids)"""),
        {"ids": ids},
    )
    model.Session.commit()


def due() -> dict[str, Any]:
    return tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})


def token(user: str) -> dict[str, str]:
    made = tk.get_action("api_token_create")(
        {"ignore_auth": True, "user": user}, {"user": user, "name": "bench"}
    )
    return {"Authorization": made["token"]}


def median(app: Any, path: str, headers: dict[str, str]) -> float:
    """Milliseconds of a page, as its process takes them."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = app.get(path, headers=headers)
        seconds.append(time.perf_counter() - started)
        assert answer.status_code == 200, (path, answer.status_code)
    return statistics.median(seconds) * 1000


def statements(app: Any, path: str, headers: dict[str, str]) -> int:
    seen: list[str] = []
    engine = model.meta.engine
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", listener)
    app.get(path, headers=headers)
    sa.event.remove(engine, "before_cursor_execute", listener)
    return len(seen)


def targets(city: Any) -> list[str]:
    create = tk.get_action("govshare_target_create")
    made = []
    for fields in (
        {"at_least": 2000, "due": "2026-03-31"},
        {"at_least": 9900, "due": "2026-12-31", "publish_departments": True},
        {"at_least": 100_000, "due": "2026-12-31", "measure": "rows"},
        {"at_least": 90, "due": "2026-12-31", "measure": "hook_up"},
        *({"at_least": 400, "due": "2026-12-31", "scope": "field", "field": f"{n:02}"} for n in range(2, 9)),
    ):
        whole = {"title": f"目标{len(made)}", "measure": "open_datasets", **fields}
        made.append(create({"user": "office"}, whole)["id"])
    return made


def test_progress_pages(app, loaded):
    empty()
    city = build_city()
    with clock.frozen(START):
        first = publish(city, pub_date="2025-09-01")
        reviewer_of(city.traffic)
        departments(DEPARTMENTS)
        entries(first["id"], ENTRIES, DEPARTMENTS)
        started = time.perf_counter()
        due()
        begun = time.perf_counter() - started
        listed = targets(city)
    chance, looks = random.Random(5), []  # noqa: S311 - the same city every time
    for day in range(1, DAYS + 1):
        with clock.frozen(START + timedelta(days=day)):
            a_day(chance)
            started = time.perf_counter()
            due()
            looks.append(time.perf_counter() - started)
    size = model.Session.scalar(
        sa.text("SELECT sum(pg_total_relation_size(c)) FROM unnest(CAST(:names AS text[])) c"),
        {"names": [f"govshare_ledger_{name}" for name in ("verdict", "candidate", "amount")]},
    )
    verdicts = model.Session.scalar(sa.text("SELECT count(*) FROM govshare_ledger_verdict"))
    sys.stdout.write(
        f"\n{ENTRIES} entries, {DEPARTMENTS} departments: first look {begun:.1f} s, a day's look with {A_DAY} changes "
        f"{statistics.median(looks) * 1000:.0f} ms; {DAYS} days: {verdicts} verdicts, {size / 2**20:.0f} MiB\n"
    )
    visitor, office, officer = {}, token("office"), token("officer")
    yesterday, back = START + timedelta(days=DAYS - 1), START + timedelta(days=30)
    pages = [
        ("/progress", visitor),
        (f"/progress/{listed[1]}", visitor),
        (f"/progress/{listed[1]}?counted=0", office),
        (f"/progress/{listed[1]}?day={back.date()}", visitor),
        (f"/progress/{listed[1]}/difference?first={back.date()}&last={yesterday.date()}", visitor),
        ("/progress/board", visitor),
        ("/desk/progress", officer),
        ("/office/progress", office),
    ]
    with clock.frozen(START + timedelta(days=DAYS, hours=3)):
        for headers in (visitor, office, officer):
            app.get("/about", headers=headers)
        about = {id(headers): median(app, "/about", headers) for headers in (visitor, office, officer)}
        worst = 0.0
        for path, headers in pages:
            started = time.perf_counter()
            app.get(path, headers=headers)
            cold = (time.perf_counter() - started) * 1000
            taken = median(app, path, headers)
            times = taken / about[id(headers)]
            worst = max(worst, times)
            sys.stdout.write(
                f"{taken:7.1f} ms = {times:4.1f} × /about, first {cold:7.1f} ms, "
                f"{statements(app, path, headers):3} statements  {path.split('?')[0]}\n"
            )
    assert worst <= TIMES


@pytest.mark.parametrize("path", ["/progress", "/progress/board", "/desk/progress", "/office/progress"])
def test_number_of_statements_is_that_of_six_departments(app, loaded, path):
    numbers = []
    for number in (6, DEPARTMENTS):
        empty()
        city = build_city()
        with clock.frozen(START):
            first = publish(city, pub_date="2025-09-01")
            departments(number)
            entries(first["id"], 300, number)
            due()
            targets(city)
            headers = token("office")
            app.get(path, headers=headers)
            numbers.append(statements(app, path, headers))
    assert numbers[0] == numbers[1]
