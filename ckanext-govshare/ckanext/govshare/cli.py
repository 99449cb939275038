"""The command group ``ckan govshare``: the root's own commands, and those of the rooms that are loaded."""

from __future__ import annotations

import importlib
import json
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import click

# Commands of a room: plugin → (module, names). A room that is not loaded adds none.
ROOMS = {
    "govshare_catalogue": ("ckanext.govshare.catalogue.cli", ("catalogue",)),
    "govshare_exchange": ("ckanext.govshare.exchange.cli", ("exchange",)),
    "govshare_people": ("ckanext.govshare.people.cli", ("people",)),
    "govshare_publication": ("ckanext.govshare.publication.cli", ("progress", "targets")),
}


def group() -> click.Group:
    """The group with every command that this site has."""
    commands = click.Group(
        "govshare", help="Catalogue, exchange and opening of government information resources."
    )
    for command in (init, due, audit, seed_demo):
        commands.add_command(command)
    for plugin, (module, names) in ROOMS.items():
        if p.plugin_loaded(plugin):
            for name in names:
                commands.add_command(getattr(importlib.import_module(module), name))
    return commands


def site_context() -> dict[str, Any]:
    """Context of a command: the site's own user, who is an operator."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"]}


def show(answer: Any) -> None:
    """Print an answer as JSON."""
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))


@click.command()
@click.option("--user", help="Name of the account that becomes the office's first member.")
@click.option("--title", help="Name of the office.")
@click.option("--name", default="office", help="URL name of the office.")
def init(user: str | None, title: str | None, name: str) -> None:
    """Make the coordinating office of the site's region when there is none."""
    context = {"user": user} if user else site_context()
    show(tk.get_action("govshare_init")(context, {"title": title, "name": name}))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def due(as_json: bool) -> None:
    """Do what time alone makes due: resume runs, drain the index outbox, lock due targets. Run it by a timer."""
    answer = tk.get_action("govshare_due")(site_context(), {})
    if as_json:
        show(answer)
    else:
        for name, result in answer.items():
            click.echo(f"{name}: {json.dumps(result, ensure_ascii=False, default=str)}")


@click.group()
def audit() -> None:
    """The append-only record of events."""


@audit.command()
def verify() -> None:
    """Recompute the hash chain; exit 1 when a row was altered or is missing."""
    answer = tk.get_action("govshare_audit_verify")({**site_context(), "ignore_auth": True}, {})
    show(answer)
    if not answer["intact"]:
        raise SystemExit(1)


@audit.command("set-permissions")
@click.option("--app-role", help="Database role of the application; the one of sqlalchemy.url by default.")
def set_permissions(app_role: str | None) -> None:
    """Print the SQL that takes the record out of the application's hands: pipe it to psql as superuser."""
    from ckanext.govshare.audit import service

    click.echo(service.permissions_sql(app_role))


@click.command("seed-demo")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--user", help="Account that acts; the site's own user by default.")
def seed_demo(as_json: bool, user: str | None) -> None:
    """Fill the site with the demo city (idempotent)."""
    from ckanext.govshare.runtime.demo import seed

    context = {"user": user} if user else site_context()
    summary = seed.seed(lambda line: click.echo(line, err=as_json), context["user"])
    if as_json:
        show(summary)
