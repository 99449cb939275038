"""``ckan govshare exchange …``: register, change and accept exchange points."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from werkzeug.datastructures import FileStorage

from ckanext.govshare.exchange.cli_tools import call, json_option, say, user_option

Command = Callable[..., None]


def _point_line(point: dict[str, Any]) -> str:
    last = (point["last_run"] or {}).get("state") or "-"
    return "  ".join([*(point[name] for name in ("name", "title", "kind", "state", "health")), last])


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



DECLARATION = (
    click.option("--title", help="Title on screen."),
    click.option("--url", help="Address of the source, or name of a configured database."),
    click.option("--network", help="互联网 (default), 政务外网 or 部门专网."),
    click.option("--default-class", help="Class from which codes are allotted, e.g. 307001004."),
    click.option("--share-type", help="1, 2 (default) or 3."),
    click.option("--share-scope", help="Declared scope of sharing."),
    click.option("--share-condition", help="Declared condition of sharing."),
    click.option("--publish", help="auto (default) or review."),
    click.option("--schedule", help="manual (default), once:…, minutes:15, hourly, daily, weekly@02:30, monthly …"),
    click.option("--files", help="link (default), mirror or load."),
    click.option("--system", help="Name or code of the information system that it connects."),
    click.option("--moves-to", help="Network to which it moves."),
    click.option("--moves-by", help="Day by which it moves, e.g. 2026-12-31."),
    click.option("--setting", "settings", multiple=True, callback=_setting, help="name=value; may be repeated."),
)


def _declaration(command: Command) -> Command:
    for option in reversed(DECLARATION):
        command = option(command)
    return command


def _given(values: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in values.items() if value is not None}
    if not given.get("settings"):
        given.pop("settings", None)
    return given


def _state(answer: dict[str, Any]) -> str:
    return f"{answer['id']}  {answer['state']}"


@click.command()
@click.option("--name", required=True, help="Letters, digits, - and _.")
@click.option("--organization", required=True, help="Name or id of the department.")
@click.option("--kind", required=True, help="data_json, database …")
@_declaration
@user_option
@json_option
def add(as_json: bool, user: str | None, **values: Any) -> None:
    """Register an exchange point."""
    say(call("govshare_exchange_point_create", _given(values), user), as_json, _state)


@click.command()
@click.argument("point")
@_declaration
@user_option
@json_option
def update(point: str, as_json: bool, user: str | None, **values: Any) -> None:
    """Change an exchange point; what the office accepted is registered anew. --setting replaces all settings."""
    say(call("govshare_exchange_point_update", {"id": point, **_given(values)}, user), as_json, _state)


@click.command("list")
@click.option("--state", help="registered, reviewed, checked, accepted or suspended.")
@click.option("--health", help="ok, warn, bad or none.")
@click.option("--network", help="Only those in this network.")
@user_option
@json_option
def list_points(as_json: bool, user: str | None, **filters: str | None) -> None:
    """List exchange points with their state, their health and their last run."""
    given = {name: value for name, value in filters.items() if value}
    say(call("govshare_exchange_point_list", given, user), as_json, _point_line)


def _step(name: str, text: str) -> click.Command:
    @click.command(name, help=text)
    @click.argument("point")
    @click.option("--refuse", is_flag=True, help="Send it back to the department.")
    @click.option("--opinion", default="", help="Recorded; required with --refuse.")
    @user_option
    @json_option
    def step(point: str, refuse: bool, opinion: str, user: str | None, as_json: bool) -> None:
        data = {"id": point, "passed": not refuse, "opinion": opinion}
        say(call(f"govshare_exchange_point_{name}", data, user), as_json, _state)

    return step


review = _step("review", "Review a registered exchange point: its source may be tried from then on.")
assess = _step("assess", "Record the assessment of a reviewed exchange point.")
accept = _step("accept", "Accept an assessed or suspended exchange point: it may run from then on.")


@click.command()
@click.argument("point")
@click.option("--reason", default="", help="Recorded.")
@click.option("--undo", is_flag=True, help="Take a suspension back.")
@user_option
@json_option
def suspend(point: str, reason: str, undo: bool, user: str | None, as_json: bool) -> None:
    """Suspend an exchange point: it runs no more; its entries stay."""
    data = {"id": point, "reason": reason, "undo": undo}
    say(call("govshare_exchange_point_suspend", data, user), as_json, _state)


@click.command("test")
@click.argument("point")
@user_option
@json_option
def try_source(point: str, user: str | None, as_json: bool) -> None:
    """Fetch from a reviewed exchange point and map its first records; nothing is written. Exits with 1 on failure."""
    answer = call("govshare_exchange_point_test", {"id": point}, user)
    reason = answer["reason"] or {}
    text = f"{answer['bytes']} bytes, {len(answer['sample'])} records looked at" if answer["ok"] else reason["message"]
    say(answer, as_json, lambda _answer: text)
    if not answer["ok"]:
        raise SystemExit(1)


@click.command()
@click.argument("point")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", default="assessment", show_default=True, help="assessment, protection or other.")
@user_option
@json_option
def attach(point: str, file: Path, kind: str, user: str | None, as_json: bool) -> None:
    """Attach a paper, such as the assessment report, to an exchange point."""
    with file.open("rb") as stream:
        data = {"id": point, "kind": kind, "upload": FileStorage(stream, filename=file.name)}
        answer = call("govshare_exchange_point_attach", data, user)
    say(answer, as_json, lambda made: f"{made['id']}  {made['filename']}")


@click.command("old-links")
@click.option("--state", help="open, waiting, moving, moved or stopped.")
@user_option
@json_option
def links(state: str | None, user: str | None, as_json: bool) -> None:
    """List links of former times, the open ones first."""
    answer = call("govshare_old_link_list", {"state": state} if state else {}, user)
    say(answer if as_json else answer["results"], as_json, _link_line)


def _link_line(link: dict[str, Any]) -> str:
    ends = f"{link['from']['title']} → {link['to']['title']}"
    return "  ".join([link["title"], ends, link["network"], link["state"]])


@click.command()
@user_option
@json_option
def coverage(user: str | None, as_json: bool) -> None:
    """Tell how many information systems are connected, and what goes over which network."""
    say(call("govshare_exchange_coverage", {}, user), as_json, _coverage_text)


def _coverage_text(found: dict[str, Any]) -> str:
    systems = found["systems"]
    lines = [f"{systems['connected']} of {systems['count']} information systems are connected"]
    lines += [f"  {row['code']}  {row['title']}  {row['organization']['title']}" for row in systems["unconnected"]]
    for row in found["networks"]:
        points = f"{row['accepted']} of {row['points']} points accepted"
        lines.append(f"{row['network']}: {points}, {row['open']} links open")
    return "\n".join(lines)


COMMANDS = (add, update, list_points, review, assess, accept, suspend, try_source, attach, links, coverage)
