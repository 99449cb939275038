"""``ckan govshare exchange …``: plan and run exchange points, look at their runs, decide. Points: point_cli.py.

Commands act for whoever may log in to the server: without ``--user`` no right is asked, and events name the
site's own user. ``run``, ``plan``, ``apply`` and ``confirm`` work in this process and exit with 1 when the run fails.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare.exchange import lease, point_cli
from ckanext.govshare.exchange.cli_tools import call, json_option, say, user_option
from ckanext.govshare.exchange.runs import COUNTS

CHANGING = ("create", "update", "reappear", "review", "missing")
LONGEST = 60  # characters of a value in a line


def _run_line(run: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={count}" for name, count in run["counts"].items() if count)
    reason = f"  [{run['reason']['slug']}] {run['reason']['message_en']}" if run["reason"] else ""
    at = run.get("progress") or {}
    far = f"  {at['stage']} {at.get('done', 0)}/{at.get('total') or '?'}" if at.get("stage") else ""
    work = f"writes={run['writes']}  {run['seconds']:.2f} s"
    return f"{run['id']}  {run['state']}{far}  {counts or '-'}  {work}{reason}"


def _record_line(record: dict[str, Any]) -> str:
    where = record.get("resource_code") or record.get("package_id") or "-"
    found = "".join(f"\n  [{finding['slug']}] {finding['message']}" for finding in record["findings"])
    return f"{record.get('verdict') or record['state']}  {record['guid']}  {record['title']}  {where}{found}"


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _difference_line(record: dict[str, Any]) -> str:
    lines = [f"{record['verdict']}  {record['guid']}  {record['title']}"]
    for row in record["diff"]:
        if "rows" in row:
            lines += [f"    {row['label']}: {change['kind']} {change['key']}" for change in row["rows"]]
        elif row["pinned"]:
            lines.append(f"    {row['label']}: = {_short(row['before'])}  (edited by hand; not {_short(row['after'])})")
        else:
            lines.append(f"    {row['label']}: {_short(row['before']) or '-'} -> {_short(row['after']) or '-'}")
    if record["missing"]:
        told = record["missing"]
        when = "is suspended" if told["now"] else f"is not suspended before {told['suspends_on']}"
        lines.append(f"    missing in {told['runs']} of {told['runs_wanted']} runs; its entry {when}")
    return "\n".join(lines)


@click.group()
def exchange() -> None:
    """Exchange points of departments and their harvest runs."""


@exchange.command()
@click.argument("point")
@click.option("--diff", is_flag=True, help="Show field by field what every record changes.")
@click.option("--limit", default=100, show_default=True, help="With --diff: records of each kind.")
@user_option
@json_option
def plan(point: str, diff: bool, limit: int, as_json: bool, user: str | None) -> None:
    """Fetch and plan without changing anything."""
    answer = _worked("govshare_harvest_plan", {"exchange_point": point}, user)
    if diff:
        answer["records"] = _differences(answer, limit)
    _tell(answer, as_json)


def _differences(run: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """The first records of each kind that a plan changes, with their differences."""
    found = []
    for name in CHANGING:
        asked = {"run": run["id"], "count": name, "limit": limit}
        for row in call("govshare_harvest_record_list", asked)["results"] if run["counts"][name] else ():
            found.append(call("govshare_harvest_record_show", {"run": run["id"], "guid": row["guid"]}))
    return found


@exchange.command()
@click.argument("point")
@user_option
@json_option
def run(point: str, as_json: bool, user: str | None) -> None:
    """Harvest an exchange point in this process."""
    _tell(_worked("govshare_harvest_run", {"exchange_point": point}, user), as_json)


@exchange.command("apply")
@click.argument("run_id")
@user_option
@json_option
def apply_run(run_id: str, as_json: bool, user: str | None) -> None:
    """Apply a plan in this process."""
    _tell(_worked("govshare_harvest_apply", {"id": run_id}, user), as_json)


@exchange.command()
@click.argument("run_id")
@user_option
@json_option
def confirm(run_id: str, as_json: bool, user: str | None) -> None:
    """Let a held run go on in this process."""
    _tell(_worked("govshare_harvest_confirm", {"id": run_id}, user), as_json)


@exchange.command()
@click.argument("run_id")
@user_option
@json_option
def cancel(run_id: str, as_json: bool, user: str | None) -> None:
    """Cancel a run, or drop a plan."""
    answer = call("govshare_harvest_cancel", {"id": run_id}, user)
    say(answer, as_json, lambda run: f"{run['run_id']}  {run['state']}")


def _worked(action: str, data: dict[str, Any], user: str | None) -> dict[str, Any]:
    """Do it in this process; answers the run as it is then."""
    if user:  # the right is asked of the person; to wait for the work is the server's
        try:
            tk.check_access(action, {"user": user}, data)
        except (tk.NotAuthorized, tk.ObjectNotFound) as error:
            raise click.ClickException(str(error)) from None
    try:
        started = call(action, {**data, "wait": True}, user, trusted=True)
    except lease.LeaseTaken as error:
        raise click.ClickException(f"a worker is at this run: {error}") from None
    return call("govshare_harvest_run_show", {"id": started["run_id"]})


def _tell(answer: dict[str, Any], as_json: bool) -> None:
    say(answer, as_json, _run_line)
    if not as_json:
        for problem in answer["problems"]:
            for finding in problem["findings"]:
                click.echo(f"  {problem['guid']}: [{finding['slug']}] {finding['message']}")
        for record in answer.get("records", ()):
            click.echo(_difference_line(record))
    if answer["state"] == "failed":
        raise SystemExit(1)


@exchange.command()
@click.argument("point", required=False)
@click.option("--limit", default=20, show_default=True)
@user_option
@json_option
def runs(point: str | None, limit: int, as_json: bool, user: str | None) -> None:
    """List runs, newest first."""
    data = {"limit": limit} | ({"exchange_point": point} if point else {})
    say(call("govshare_harvest_run_list", data, user), as_json, _run_line)


@exchange.command()
@click.argument("run_id")
@user_option
@json_option
def show(run_id: str, as_json: bool, user: str | None) -> None:
    """Show one run: where it stands, its counts and problems."""
    answer = call("govshare_harvest_run_show", {"id": run_id}, user)
    say(answer, as_json, _run_line)


@exchange.command()
@click.argument("run_id")
@click.option("--count", type=click.Choice(COUNTS), help="Only the records behind this count.")
@click.option("--guid", help="One record, with its difference.")
@click.option("--limit", default=100, show_default=True)
@click.option("--offset", default=0)
@user_option
@json_option
def records(run_id: str, guid: str | None, as_json: bool, user: str | None, **page: Any) -> None:
    """List the records behind the counts of a run."""
    if guid:
        shown = call("govshare_harvest_record_show", {"run": run_id, "guid": guid}, user)
        say(shown, as_json, _difference_line)
        return
    asked = {name: value for name, value in page.items() if value is not None}
    answer = call("govshare_harvest_record_list", {"run": run_id, **asked}, user)
    say(answer if as_json else answer["results"], as_json, _record_line)


@exchange.command()
@click.argument("run_id")
@click.option("--slug", help="Only records with this finding.")
@click.option("--limit", default=100, show_default=True)
@click.option("--offset", default=0)
@user_option
@json_option
def problems(run_id: str, as_json: bool, user: str | None, **page: Any) -> None:
    """Show the problems of a run by type, and record by record."""
    asked = {name: value for name, value in page.items() if value is not None}
    answer = call("govshare_harvest_problem_list", {"run": run_id, **asked}, user)
    if as_json:
        say(answer, True, str)
        return
    for group in answer["groups"]:
        click.echo(f"{group['records']} x [{group['slug']}] {group['severity']}  {group['example']['message']}")
    say(answer["results"], False, _record_line)


@exchange.command()
@click.argument("point")
@click.option("--state", type=click.Choice(["kept", "failed", "unreachable"]), help="Only files in this state.")
@click.option("--limit", default=100, show_default=True)
@click.option("--offset", default=0)
@user_option
@json_option
def files(point: str, as_json: bool, user: str | None, **page: Any) -> None:
    """List the files that the site keeps of a point, or could not fetch."""
    asked = {name: value for name, value in page.items() if value is not None}
    answer = call("govshare_exchange_file_list", {"exchange_point": point, **asked}, user)
    say(answer if as_json else answer["results"], as_json, _file_line)


def _file_line(file: dict[str, Any]) -> str:
    found = "  ".join(f"[{finding['slug']}] {finding['message']}" for finding in file["findings"])
    return "  ".join((file["state"], file["package"]["name"] or "-", file["url"], found)).rstrip()


for _command in point_cli.COMMANDS:
    exchange.add_command(_command)
