"""The command `ckan govshare progress`."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import click

__all__ = ["progress"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer of govshare_publication_progress.")
def progress(as_json: bool) -> None:
    """Show how far each target is, and why candidates do not count."""
    rows = tk.get_action("govshare_publication_progress")({"user": ""}, {})
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("No target is set (govshare_target_create).")
    for row in rows:
        locked = f", locked {row['locked']['counted']}" if "locked" in row else ""
        click.echo(
            f"{row['target']['title']}: {row['counted']}/{row['target']['at_least']} by {row['due']}{locked}"
        )
        click.echo(f"  {row['candidates']} candidates; {row['forecast']['text_zh']}")
        for slug, number in row["not_counted"].items():
            click.echo(f"  - {number} {slug}")
