"""Pages of runs: one run with its counts, its progress, its records and their differences, its problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
import flask
from werkzeug.wrappers import Response

from ckanext.govshare.exchange import pages, runs, words

__all__ = ["ROUTES"]

# What a plan that waits for a person shows first.
FIRST = ("update", "create", "reappear", "review", "missing", "reject", "conflict")
WAITING = ("held", "planned")


def run(id: str) -> Response:
    """One run: its counts, which open their records, its problems by type, and what may be done with it."""
    found = pages.ask("govshare_harvest_run_show", {"id": id})
    point = pages.ask("govshare_exchange_point_show", {"id": found["exchange_point"]["id"]})
    problem = pages.given("problem", 100)
    wanted = pages.chosen("records", runs.COUNTS)
    if not wanted and not problem and found["state"] in WAITING:
        wanted = next((name for name in FIRST if found["counts"][name]), "")
    page = pages.number()
    problems = pages.ask(
        "govshare_harvest_problem_list",
        {"run": id, "slug": problem, "limit": pages.PAGE, "offset": (page - 1) * pages.PAGE},
    )
    extra = {
        "run": found,
        "point": point,
        "counts": runs.COUNTS,
        "wanted": wanted,
        "problem": problem,
        "problems": problems,
        "records": _records(id, wanted, page) if wanted and not problem else None,
        "pager": pages.pager(problems["count"], page) if problem else None,
        "may": {what: pages.may(f"govshare_harvest_{what}", {"id": id}) for what in ("confirm", "cancel", "apply")},
        "active": found["state"] in words.BUSY,
    }
    return _private(tk.render("govshare/exchange/run.html", extra))


def _records(run_id: str, wanted: str, page: int) -> dict[str, Any]:
    """Records behind a count: ``{count, results, pager}``."""
    asked = {"run": run_id, "count": wanted, "limit": pages.PAGE, "offset": (page - 1) * pages.PAGE}
    answer = pages.ask("govshare_harvest_record_list", asked)
    return {**answer, "pager": pages.pager(answer["count"], page)}


def progress(id: str) -> Response:
    """How far a run is: the part of its page that is fetched again while it is at work; then the whole page is."""
    found = pages.ask("govshare_harvest_run_show", {"id": id})
    answer = _private(tk.render("govshare/exchange/progress.html", {"run": found}))
    if found["state"] not in words.BUSY:
        answer.headers["HX-Refresh"] = "true"
    return answer


def record(id: str) -> Response:
    """One record of a run's plan: what the run does with its entry, field by field."""
    found = pages.ask("govshare_harvest_run_show", {"id": id})
    shown = pages.ask("govshare_harvest_record_show", {"run": id, "guid": _guid()})
    return _private(tk.render("govshare/exchange/record.html", {"run": found, "record": shown}))


def difference(id: str) -> Response:
    """The difference alone, for the list of a plan's records."""
    shown = pages.ask("govshare_harvest_record_show", {"run": id, "guid": _guid()})
    return _private(tk.render("govshare/exchange/difference.html", {"record": shown}))


def _guid() -> str:
    guid = tk.request.args.get("guid", "")
    if not guid or "\x00" in guid:
        return tk.abort(404, tk._("The run's plan has no such record"))
    return guid


def _private(page: str) -> Response:
    answer = flask.make_response(page)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def steer(id: str, what: str) -> Response:
    """Confirm, cancel or apply a run. Who comes second is told who was first."""
    pages.ask(f"govshare_harvest_{what}", {"id": id})
    return tk.redirect_to("govshare_exchange.run", id=id)


def problems_csv(id: str) -> Response:
    """All findings of a run as a table, a line a finding."""
    pages.ask("govshare_harvest_problem_list", {"run": id, "limit": 1})  # asked before the first byte is sent
    heading = [
        tk._("Identifier"),
        tk._("Title"),
        tk._("Verdict"),
        tk._("Severity"),
        tk._("Field"),
        tk._("Problem"),
        tk._("Description in Chinese"),
        tk._("Description in English"),
    ]
    return pages.table(f"problems-{id}", heading, _findings(id))


def _findings(run_id: str) -> Iterator[list[str]]:
    severities = {"refuse": tk._("Refused"), "warn": tk._("Hint")}
    labels = words.labels()
    offset = 0
    while True:
        asked = {"run": run_id, "groups": False, "limit": pages.ROWS, "offset": offset}
        results = pages.ask("govshare_harvest_problem_list", asked)["results"]
        for row in results:
            verdict = labels.get(row["verdict"], row["verdict"])
            for finding in row["findings"]:
                severity = severities.get(finding["severity"], finding["severity"])
                told = [finding[name] for name in ("field", "slug", "message_zh", "message_en")]
                yield [row["guid"], row["title"], verdict, severity, *told]
        if len(results) < pages.ROWS:
            return
        offset += pages.ROWS


ROUTES = (
    ("/run/<id>", run),
    ("/run/<id>/progress", progress),
    ("/run/<id>/record", record),
    ("/run/<id>/difference", difference),
    ("/run/<id>/problems.csv", problems_csv),
    ("/run/<id>/<any(confirm, cancel, apply):what>", steer, "POST"),
)
