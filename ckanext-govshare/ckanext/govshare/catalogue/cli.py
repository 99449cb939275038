"""``ckan govshare catalogue``: the catalogue from the command line."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare.catalogue import sheet_cli
from ckanext.govshare.catalogue.index import queue_all


@click.group()
def catalogue() -> None:
    """The catalogue and its index."""


@catalogue.command()
@click.option("--all", "every", is_flag=True, help="Make every document anew, as after a change of the schema.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def index(every: bool, as_json: bool) -> None:
    """Bring the search index up to the database."""
    if every:
        queue_all()
    total = {"indexed": 0, "removed": 0, "left": 1}
    while total["left"]:
        answer = tk.get_action("govshare_index_drain")({"ignore_auth": True, "user": ""}, {})
        total = {
            "indexed": total["indexed"] + answer["indexed"],
            "removed": total["removed"] + answer["removed"],
            "left": answer["left"],
        }
    click.echo(json.dumps(total) if as_json else f"indexed {total['indexed']}, removed {total['removed']}")


for _command in (sheet_cli.template, sheet_cli.import_, sheet_cli.export):
    catalogue.add_command(_command)
