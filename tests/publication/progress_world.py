"""A city whose progress has a past: targets of every kind, entries that came and went on known days.

Built once for all tests of a file that only read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import FILES, build_city, empty, publish

NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)
BEGUN = datetime(2026, 11, 1, 9, tzinfo=ZONE)
BROKEN = datetime(2026, 11, 10, 9, tzinfo=ZONE)
DEAD = "http://files.example/dead.csv"
GONE = "公交线路信息"  # counted until its link died
HOSTILE = '=HYPERLINK("http://e.example","<script>x")'


def due() -> None:
    """The timer."""
    tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})


def target(**fields: Any) -> str:
    """A target of the office: its id."""
    data = {"measure": "open_datasets", "at_least": 80, "due": "2026-12-31", "title_en": "", **fields}
    return tk.get_action("govshare_target_create")({"user": "office"}, data)["id"]


def die(url: str) -> None:
    """Let the link check have found an address dead."""
    from ckanext.govshare.publication.links_model import Link

    key, now = hashlib.md5(url.encode()).hexdigest(), clock.now()  # noqa: S324
    model.Session.merge(
        Link(key=key, url=url, host="files.example", data=True, state="dead", since=now, next_check=now)
    )
    tk.get_action("govshare_ledger_touch")({"ignore_auth": True, "user": ""}, {"urls": [url]})
    model.Session.commit()


@contextmanager
def world() -> Iterator[SimpleNamespace]:
    """Three entries that count, one that did until 9 November, one of another department, one hostile title."""
    empty()
    with clock.frozen(BEGUN):
        city = build_city()
        made = SimpleNamespace(city=city)
        made.past = target(title="三月底 2 个", title_en="2 by March", at_least=2, due="2026-03-31")
        made.main = target(title="年底 80 个", title_en="80 by December")
        made.apps = target(title="应用 10 个", measure="applications", at_least=10)
        made.rows = target(title="开放数据 2 万行", measure="rows", at_least=20000)
        made.inner = target(title="挂接率 70%", measure="hook_up", at_least=70)
        made.field = target(title="交通领域 5 个", at_least=5, scope="field", field="14")
        made.own = target(title="交通局 10 个", at_least=10, scope="department", organization=city.traffic)
        first = publish(city, title="公交站点信息", pub_date="2026-02-01", update_cycle="8")
        made.first = first["name"]
        publish(city, title="公路桥梁信息", pub_date="2026-03-01", update_cycle="8")
        publish(city, title="校园信息", owner_org=city.school, pub_date="2026-05-01", update_cycle="8")
        gone = publish(city, title=GONE, pub_date="2026-10-01", update_cycle="8", resources=[
            {**FILES[0], "url": DEAD}, FILES[1],
        ])  # fmt: skip
        made.gone = gone["id"]
        due()
    with clock.frozen(BROKEN):
        die(DEAD)
        due()
    with clock.frozen(NOW):
        publish(city, title=HOSTILE, pub_date="2026-11-20", update_cycle="8")
        due()
        yield made


class Reader:
    """Somebody who asks for pages, with a token."""

    def __init__(self, app: Any) -> None:
        self.app, self.tokens = app, {}

    def get(self, path: str, user: str = "", status: int = 200, **more: Any) -> Any:
        """A page as a person gets it; the status is asserted."""
        from ckan.tests import factories

        if user and user not in self.tokens:
            self.tokens[user] = factories.APIToken(user=user)["token"]
        headers = {"Authorization": self.tokens[user]} if user else {}
        answer = self.app.get(path, headers=headers, follow_redirects=False, **more)
        assert answer.status_code == status, (path, user, answer.status_code, answer.body[:300])
        return answer
