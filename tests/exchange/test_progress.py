"""How far a run is, and that it stops where somebody asks it to."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from .server import records

pytestmark = pytest.mark.usefixtures("site")


def ask_to_cancel(run_id: str) -> None:
    from ckan import model

    from ckanext.govshare.exchange.model import RUN

    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(cancel_asked=True))


def started(point: str) -> str:
    from ckan import model

    from ckanext.govshare.exchange import points, runs

    run_id = runs.start(points.find(point), "operator").id
    model.Session.commit()
    return run_id


def test_a_run_tells_its_stage_and_how_much_of_it_is_done(source, make_point, harvest):
    source.put(records(7))

    run = harvest(make_point(source.url))

    assert run["progress"] == {"stage": "apply", "done": 7, "total": 7}


def test_a_run_is_cancelled_in_the_middle_of_its_fetch(source, make_point, ask):
    from ckanext.govshare.exchange import engine

    source.put(records(300))
    run_id = started(make_point(source.url))

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(source.body)))
        handler.end_headers()
        handler.wfile.write(source.body[:2000])
        ask_to_cancel(run_id)
        time.sleep(1.3)  # progress is noted once a second
        handler.wfile.write(source.body[2000:])

    source.answer = answer

    engine.work(run_id)

    run = ask("govshare_harvest_run_show", {"id": run_id})
    assert (run["state"], run["reason"]["slug"], run["writes"]) == ("cancelled", "cancelled", 0)
    assert run["totals"] == {}


def test_a_run_is_cancelled_between_two_chunks_of_its_plan(source, make_point, ask, monkeypatch):
    from ckanext.govshare.exchange import engine, plan, progress

    monkeypatch.setattr(plan, "CHUNK", 10)
    monkeypatch.setattr(progress, "EVERY", 0)
    source.put(records(40))
    run_id = started(make_point(source.url))
    look, seen = plan.Planner._chunk, []

    def chunk(self, said):
        seen.append(len(said))
        if len(seen) == 2:
            ask_to_cancel(run_id)
        return look(self, said)

    monkeypatch.setattr(plan.Planner, "_chunk", chunk)

    engine.work(run_id)

    assert ask("govshare_harvest_run_show", {"id": run_id})["state"] == "cancelled"
    assert seen == [10, 10]
    assert ask("govshare_harvest_record_list", {"run": run_id})["count"] == 0
