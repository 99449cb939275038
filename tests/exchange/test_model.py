"""A source that does what sources do, and a model in plain Python that knows what must come of it.

The machine adds, changes, shuffles, loses, brings back, empties, duplicates and garbles records, breaks the document,
confirms what is held and plans before it applies. After every run the verdicts, the ledger and the entries are what
the model says. More examples: ``GOVSHARE_EXAMPLES=200``.
"""

from __future__ import annotations

import os
from collections import Counter
from copy import deepcopy
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .model_of_sources import MISSING_RUNS, SHRINK_PERCENT, Known, Prediction, predict
from .server import record

pytestmark = pytest.mark.usefixtures("site")

EXAMPLES = int(os.environ.get("GOVSHARE_EXAMPLES", "8"))
NUMBERS = count(1)
picks = st.randoms(use_true_random=False)


class Machine(RuleBasedStateMachine):
    """A source, its point, and the model of it. ``site`` holds the fixtures of the test."""

    site: SimpleNamespace

    @initialize(size=st.integers(0, 12))
    def begin(self, size: int) -> None:
        self.name = f"point-{next(NUMBERS)}"
        self.records: list[dict[str, Any]] = []
        self.lost: list[dict[str, Any]] = []
        self.repeated: list[dict[str, Any]] = []
        self.broken = False
        self.ledger: dict[str, Known] = {}
        self.packages: dict[str, str] = {}
        self.applied: str | None = None  # the document of the last run that was done
        self.held: tuple[str, Prediction] | None = None
        self.numbers = count(1)
        self.point = self.site.make_point(self.site.source.url, name=self.name)
        self.add(size)

    # what a source does

    @rule(number=st.integers(1, 8))
    def add(self, number: int) -> None:
        for _ in range(number):
            guid = f"{self.name}-{next(self.numbers)}"
            self.records.append(record(0, identifier=guid, title=f"{guid}的数据", keyword=["甲", "乙"]))

    @precondition(lambda self: self.records)
    @rule(pick=picks, number=st.integers(1, 6), what=st.sampled_from(("title", "description", "keyword", "file")))
    def change(self, pick: Any, number: int, what: str) -> None:
        for one in pick.sample(self.records, min(number, len(self.records))):
            mark = next(self.numbers)
            if what == "file":
                one["distribution"] = [{"title": f"文件{mark}", "downloadURL": f"https://files.example.com/{mark}.csv"}]
            elif what == "keyword":
                one["keyword"] = [f"词{mark}", "乙"]
            else:
                one[what] = f"{one['identifier']}改{mark}"

    @rule(pick=picks)
    def shuffle(self, pick: Any) -> None:
        pick.shuffle(self.records)
        for one in self.records:
            pick.shuffle(one["keyword"])

    @precondition(lambda self: self.records)
    @rule(pick=picks, number=st.integers(1, 8))
    def lose(self, pick: Any, number: int) -> None:
        for one in pick.sample(self.records, min(number, len(self.records))):
            self.records.remove(one)
            self.lost.append(one)

    @rule()
    def lose_all(self) -> None:
        self.lost += self.records
        self.records = []
        self.repeated = []

    @precondition(lambda self: self.lost)
    @rule(pick=picks)
    def bring_back(self, pick: Any) -> None:
        pick.shuffle(self.lost)
        self.records += self.lost
        self.lost = []

    @precondition(lambda self: self.records)
    @rule(pick=picks)
    def repeat(self, pick: Any) -> None:
        one = deepcopy(pick.choice(self.records))
        self.repeated.append({**one, "title": f"重复的{next(self.numbers)}"})

    @rule()
    def repeat_no_more(self) -> None:
        self.repeated = []

    @precondition(lambda self: self.records)
    @rule(pick=picks, number=st.integers(1, 6), mend=st.booleans())
    def garble(self, pick: Any, number: int, mend: bool) -> None:
        for one in pick.sample(self.records, min(number, len(self.records))):
            one["accessLevel"] = "public" if mend else "?"

    @rule(broken=st.booleans())
    def break_document(self, broken: bool) -> None:
        self.broken = broken

    # what the site does

    def serve(self) -> None:
        here = {one["identifier"] for one in self.records}
        self.repeated = [one for one in self.repeated if one["identifier"] in here]
        self.site.source.put([*self.records, *self.repeated])
        if self.broken:
            self.site.source.body = self.site.source.body[:-3]

    def predicted(self) -> Prediction:
        said = [(one["identifier"], deepcopy(one)) for one in self.records]
        said += [(f"identifier_duplicate:{one['title']}", deepcopy(one)) for one in self.repeated]
        found = predict(self.ledger, said)
        if self.site.source.body == self.applied:
            found.held = None  # the same bytes as before are no news
        return found

    def started(self, action: str) -> dict[str, Any]:
        run_id = self.site.ask(action, {"exchange_point": self.point, "wait": True})["run_id"]
        return self.site.ask("govshare_harvest_run_show", {"id": run_id})

    def judge(self, run: dict[str, Any], found: Prediction, state: str) -> None:
        assert run["state"] == state, (run["state"], run["reason"], found.held)
        assert Counter({name: number for name, number in run["counts"].items() if number}) == +found.counts

    def done(self, run_id: str, found: Prediction) -> None:
        run = self.site.ask("govshare_harvest_run_show", {"id": run_id})
        self.judge(run, found, "done")
        assert (run["writes"] > 0) == bool(found.items)
        self.ledger = found.ledger
        self.check()

    @rule()
    def harvest(self) -> None:
        self.serve()
        before = self.site.packages(self.name)
        found = self.predicted()
        run = self.started("govshare_harvest_run")
        self.held = None
        if self.broken:
            assert run["state"] == "failed"
            assert run["reason"]["slug"] not in ("internal_error", "")
        elif found.held:
            self.judge(run, found, "held")
            assert run["reason"]["slug"] == found.held
            self.held = (run["id"], found, self.site.source.body)
        else:
            self.done(run["id"], found)
            self.applied = self.site.source.body
            if not found.items:
                assert self.site.packages(self.name) == before
            return
        assert self.site.packages(self.name) == before
        self.check()

    @precondition(lambda self: self.held)
    @rule()
    def confirm(self) -> None:
        run_id, found, body = self.held
        self.held = None
        self.site.ask("govshare_harvest_confirm", {"id": run_id, "wait": True})
        self.done(run_id, found)
        self.applied = body

    @precondition(lambda self: not self.broken)
    @rule()
    def plan_and_apply(self) -> None:
        self.serve()
        before = self.site.packages(self.name)
        found = self.predicted()
        run = self.started("govshare_harvest_plan")
        self.judge(run, found, "planned")
        assert self.site.packages(self.name) == before
        self.check()
        answer = self.site.ask("govshare_harvest_apply", {"id": run["id"], "wait": True})
        self.held = None
        if found.held:
            assert answer["state"] == "held"
            self.held = (run["id"], found, self.site.source.body)
            return
        self.done(run["id"], found)
        self.applied = self.site.source.body

    # what always holds

    def check(self) -> None:
        """Ledger and entries are what the model says; no identity ever changes, nothing is deleted."""
        ledger = self.site.ledger(self.point)
        packages = self.site.packages(self.name)
        wanted = Counter(self.named(guid, known.state) for guid, known in self.ledger.items())
        assert Counter(self.named(guid, row["state"]) for guid, row in ledger.items()) == wanted
        assert len({row["id"] for row in packages.values()}) == len(packages)
        for guid, package_id in self.packages.items():
            assert packages[guid]["id"] == package_id, f"{guid} has another id"
        self.packages = {guid: row["id"] for guid, row in packages.items()}
        entries = {guid: known for guid, known in self.ledger.items() if known.valid is not None}
        assert packages.keys() >= entries.keys()
        for guid, known in entries.items():
            assert ledger[guid]["package_id"] == packages[guid]["id"]
            assert packages[guid]["title"] == known.valid["title"]
            assert packages[guid]["shown"] == ("suspended" if known.suspended else "published")

    @staticmethod
    def named(guid: str, state: str) -> str:
        """A repeated record has an identity of its content, which the model does not compute."""
        return f"{guid.partition(':')[0] if guid.startswith('identifier_duplicate:') else guid} {state}"

    @invariant()
    def never_two_active_entries_of_one_record(self) -> None:
        if hasattr(self, "name"):
            assert self.site.doubles() == 0

    def teardown(self) -> None:
        if hasattr(self, "name"):
            self.site.settle(self.name)


@pytest.fixture
def machine(source, make_point, ask, ckan_config, monkeypatch) -> type[Machine]:
    import sqlalchemy as sa
    from ckan import model

    from ckanext.govshare.exchange.model import RECORD

    for key, value in {"missing_runs": MISSING_RUNS, "missing_days": 0, "shrink_percent": SHRINK_PERCENT}.items():
        monkeypatch.setitem(ckan_config, f"ckanext.govshare.exchange.{key}", value)

    def rows(query: str, **values: Any) -> list[Any]:
        with model.meta.engine.connect() as connection:
            return list(connection.execute(sa.text(query), values).mappings())

    def ledger(point: str) -> dict[str, Any]:
        with model.meta.engine.connect() as connection:
            found = connection.execute(sa.select(RECORD).where(RECORD.c.point_id == point)).mappings()
            return {row["guid"]: row for row in found}

    def packages(name: str) -> dict[str, dict[str, Any]]:
        found = rows(
            "SELECT id, title, state, metadata_modified, extras ->> 'source_guid' AS guid,"
            " extras ->> 'catalogue_state' AS shown FROM package WHERE extras ->> 'source_point' = :name",
            name=name,
        )
        assert {row["state"] for row in found} <= {"active"}
        assert len({row["guid"] for row in found}) == len(found)
        return {row["guid"]: dict(row) for row in found}

    def doubles() -> int:
        return len(
            rows("SELECT 1 FROM govshare_harvest_record GROUP BY package_id HAVING count(package_id) > 1 LIMIT 1")
        )

    def settle(name: str) -> None:
        """Nothing waits for the index, and it holds every entry of the point."""
        assert rows("SELECT count(*) AS n FROM govshare_index_outbox")[0]["n"] == 0
        asked = {"fq": f"source_point:{name}", "rows": 0, "include_private": True}
        assert ask("package_search", asked)["count"] == len(packages(name))

    class Bound(Machine):
        site = SimpleNamespace(
            source=source,
            make_point=make_point,
            ask=ask,
            ledger=ledger,
            packages=packages,
            doubles=doubles,
            settle=settle,
        )

    return Bound


def test_whatever_a_source_does_the_site_is_as_the_model_says(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize="GOVSHARE_EXAMPLES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
