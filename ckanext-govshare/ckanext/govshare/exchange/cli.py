"""``ckan govshare exchange …``: register, accept, plan, run and look at exchange points.

Commands act for whoever may log in to the server: without ``--user`` no right is asked, and events name the
site's own user. ``run`` and ``plan`` work in this process and exit with 1 when the run fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare.exchange import lease

Action = Callable[[str, dict[str, Any]], Any]


def _context(user: str | None) -> dict[str, Any]:
    if user:
        return {"user": user}
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": site["name"], "ignore_auth": True}


def _call(action: str, data: dict[str, Any], user: str | None = None) -> Any:
    """An action's answer; its refusal as the command's."""
    try:
        return tk.get_action(action)(_context(user), data)
    except tk.ValidationError as error:
        raise click.ClickException(
            json.dumps(error.error_summary or error.error_dict, ensure_ascii=False)
        ) from None
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        raise click.ClickException(str(error)) from None


def _say(answer: Any, as_json: bool, text: Callable[[Any], str]) -> None:
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
    elif isinstance(answer, list):
        for row in answer:
            click.echo(text(row))
    else:
        click.echo(text(answer))


def _point_line(point: dict[str, Any]) -> str:
    last = point.get("last_run") or {}
    return f"{point['name']}  {point['title']}  {point['kind']}  {point['state']}  {last.get('state') or '-'}"


def _run_line(run: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={count}" for name, count in run["counts"].items() if count)
    reason = f"  [{run['reason']['slug']}] {run['reason']['message_en']}" if run["reason"] else ""
    work = f"writes={run['writes']}  {run['seconds']:.2f} s"
    return f"{run['id']}  {run['state']}  {counts or '-'}  {work}{reason}"


def _setting(_context: Any, _parameter: Any, values: tuple[str, ...]) -> dict[str, Any]:
    """``k=v`` pairs; a value that is JSON counts as JSON."""
    settings: dict[str, Any] = {}
    for pair in values:
        name, found, value = pair.partition("=")
        if not found or not name:
            raise click.BadParameter(f"{pair!r} is not of the form name=value")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
user_option = click.option("--user", help="Act as this account, with its rights.")


@click.group()
def exchange() -> None:
    """Exchange points of departments and their harvest runs."""


@exchange.command()
@click.option("--name", required=True, help="Letters, digits, - and _.")
@click.option("--title", help="Title on screen.")
@click.option("--organization", required=True, help="Name or id of the department.")
@click.option("--kind", required=True, help="data_json, database …")
@click.option("--url", required=True, help="Address of the source, or name of a configured database.")
@click.option("--network", help="互联网 (default), 政务外网 or 部门专网.")
@click.option("--default-class", required=True, help="Class from which codes are allotted, e.g. 307001004.")
@click.option("--share-type", help="1, 2 (default) or 3.")
@click.option("--share-scope", help="Declared scope of sharing.")
@click.option("--share-condition", help="Declared condition of sharing.")
@click.option("--publish", help="auto (default) or review.")
@click.option("--schedule", help="manual (default), hourly, daily or weekly.")
@click.option("--setting", "settings", multiple=True, callback=_setting, help="name=value; may be repeated.")
@user_option
@json_option
def add(as_json: bool, user: str | None, **values: Any) -> None:
    """Register an exchange point."""
    data = {name: value for name, value in values.items() if value is not None}
    answer = _call("govshare_exchange_point_create", data, user)
    _say(answer, as_json, lambda point: f"{point['id']}  {point['state']}")


@exchange.command("list")
@user_option
@json_option
def list_points(as_json: bool, user: str | None) -> None:
    """List exchange points with the state of their last run."""
    _say(_call("govshare_exchange_point_list", {}, user), as_json, _point_line)


@exchange.command()
@click.argument("point")
@user_option
@json_option
def accept(point: str, as_json: bool, user: str | None) -> None:
    """Accept an exchange point: it may run from then on."""
    answer = _call("govshare_exchange_point_accept", {"id": point}, user)
    _say(answer, as_json, lambda accepted: f"{accepted['id']}  {accepted['state']}")


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
        started = _call(action, {"exchange_point": point, "wait": True})
    except lease.LeaseTaken as error:
        raise click.ClickException(f"a worker is at this run: {error}") from None
    answer = _call("govshare_harvest_run_show", {"id": started["run_id"]})
    _say(answer, as_json, _run_line)
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
    _say(_call("govshare_harvest_run_list", data, user), as_json, _run_line)
