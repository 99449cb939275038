"""``ckan govshare exchange …``: plan and run exchange points, look at their runs. Commands on points: point_cli.py.

Commands act for whoever may log in to the server: without ``--user`` no right is asked, and events name the
site's own user. ``run`` and ``plan`` work in this process and exit with 1 when the run fails.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare.exchange import lease, point_cli
from ckanext.govshare.exchange.cli_tools import call, json_option, say, user_option


def _run_line(run: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={count}" for name, count in run["counts"].items() if count)
    reason = f"  [{run['reason']['slug']}] {run['reason']['message_en']}" if run["reason"] else ""
    work = f"writes={run['writes']}  {run['seconds']:.2f} s"
    return f"{run['id']}  {run['state']}  {counts or '-'}  {work}{reason}"


@click.group()
def exchange() -> None:
    """Exchange points of departments and their harvest runs."""


@exchange.command()
@click.argument("point")
@user_option
@json_option
def plan(point: str, as_json: bool, user: str | None) -> None:
    """Fetch and plan without changing anything."""
    _work("govshare_harvest_plan", point, as_json, user)


@exchange.command()
@click.argument("point")
@user_option
@json_option
def run(point: str, as_json: bool, user: str | None) -> None:
    """Harvest an exchange point in this process."""
    _work("govshare_harvest_run", point, as_json, user)


def _work(action: str, point: str, as_json: bool, user: str | None) -> None:
    if user:  # the right is asked of the person, the work is the server's
        try:
            tk.check_access(action, {"user": user}, {"exchange_point": point})
        except (tk.NotAuthorized, tk.ObjectNotFound) as error:
            raise click.ClickException(str(error)) from None
    try:
        started = call(action, {"exchange_point": point, "wait": True})
    except lease.LeaseTaken as error:
        raise click.ClickException(f"a worker is at this run: {error}") from None
    answer = call("govshare_harvest_run_show", {"id": started["run_id"]})
    say(answer, as_json, _run_line)
    if not as_json:
        for problem in answer["problems"]:
            for finding in problem["findings"]:
                click.echo(f"  {problem['guid']}: [{finding['slug']}] {finding['message']}")
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
