"""The commands `ckan govshare progress` and `ckan govshare targets`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare import documents

__all__ = ["progress", "targets"]


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


@click.group()
def targets() -> None:
    """Targets: at least so much of something by the end of a day."""


@targets.command()
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check only: nothing is written.")
@click.option(
    "--user",
    default="",
    help="Account of the office in whose name it is done; by default the site's own user.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def load(source: Path, dry_run: bool, user: str, as_json: bool) -> None:
    """Set the targets of FILE, all or none; repeating it changes nothing.

    FILE is YAML or JSON as schemas/targets.schema.json says.
    """
    try:
        document = documents.read(source.read_bytes())
    except documents.UnreadableError as error:
        _refuse([_fault(error.line, None, "", error.words)], as_json)
    found = [
        _fault(document.line(fault.path), _row(fault.path), _field(fault.path), fault.words)
        for fault in documents.faults("targets", document.value)
    ]
    if found:
        _refuse(found, as_json)
    context: dict[str, Any] = {"user": user}
    if not user:
        site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context = {"user": site_user["name"], "ignore_auth": True}
    try:
        data = {"targets": document.value["targets"], "dry_run": dry_run}
        answer = tk.get_action("govshare_target_load")(context, data)
    except tk.NotAuthorized as refused:
        raise click.ClickException(str(refused)) from None
    except tk.ValidationError as refused:
        _refuse(_of_rows(document, refused.error_dict["targets"]), as_json)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    sums = ", ".join(f"{answer[key]} {key}" for key in ("created", "updated", "unchanged"))
    click.echo(f"{sums}{' (dry run: nothing is written)' if dry_run else ''}")


def _of_rows(document: documents.Document, errors: list[dict[str, list[str]]]) -> list[dict[str, Any]]:
    """The faults of the action, at the lines of the file."""
    return [
        _fault(document.line(("targets", row, field)), row + 1, field, sentence)
        for row, wrong in enumerate(errors)
        for field, sentences in wrong.items()
        for sentence in sentences
    ]


def _row(path: documents.Path) -> int | None:
    return path[1] + 1 if len(path) > 1 and isinstance(path[1], int) else None


def _field(path: documents.Path) -> str:
    return str(path[-1]) if path and isinstance(path[-1], str) else ""


def _fault(line: int, row: int | None, field: str, words: str) -> dict[str, Any]:
    return {"line": line, "row": row, "field": field, "message": words}


def _refuse(found: list[dict[str, Any]], as_json: bool) -> None:
    """Tell every fault and end with exit code 1.

    :raises SystemExit: always
    """
    if as_json:
        click.echo(json.dumps({"errors": found}, ensure_ascii=False, indent=2))
    for fault in () if as_json else found:
        row = f", target {fault['row']}" if fault["row"] else ""
        field = f", {fault['field']}" if fault["field"] else ""
        place = f"line {fault['line']}" if fault["line"] else "file"
        click.echo(f"{place}{row}{field}: {fault['message']}", err=True)
    raise SystemExit(1)
