"""``ckan govshare people``: data officers from the command line."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import click


@click.group()
def people() -> None:
    """Data officers of the departments."""


@people.command()
@click.option("--state", type=click.Choice(["missing", "unconfirmed", "all"]), default="all")
@click.option("--year", type=int, help="The present one by default.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def officers(state: str, year: int | None, as_json: bool) -> None:
    """Who is data officer where, and which departments are missing or have not confirmed."""
    wanted = {"state": state, **({"year": year} if year else {})}
    answer = tk.get_action("govshare_officer_list")({"ignore_auth": True, "user": ""}, wanted)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for row in answer["results"]:
        name = row["officer"]["name"] if row["officer"] else "—"
        click.echo(f"{row['state']:12} {row['organization']['title']}  {name}")
