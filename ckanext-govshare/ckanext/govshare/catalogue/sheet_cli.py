"""``ckan govshare catalogue template|import|export``: the Excel form from the command line."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare.catalogue import exporter, sheet_apply

user_option = click.option(
    "--user",
    default="",
    help="User in whose name and with whose rights it is done; by default the site's own user.",
)
type_option = click.option(
    "--type", "package_type", default="dataset", show_default=True, help="Type of entry."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


def _call(action: str, user: str, data: dict[str, Any]) -> dict[str, Any]:
    """An action with the rights of a user; a refusal ends the command with its words.

    Whoever may run this command runs the site: without a user it is done in the name of the site itself.
    """
    context: dict[str, Any] = {"user": user}
    if not user:
        context = {
            "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"],
            "ignore_auth": True,
        }
    try:
        return tk.get_action(action)(context, data)
    except tk.ValidationError as refused:
        raise click.ClickException(json.dumps(refused.error_dict, ensure_ascii=False)) from None
    except (tk.NotAuthorized, tk.ObjectNotFound) as refused:
        raise click.ClickException(str(refused)) from None


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="Id or name of the department.")
@click.option("--prefill", is_flag=True, help="With what the department has published.")
@type_option
@user_option
@json_option
def template(
    target: Path, organization: str, prefill: bool, package_type: str, user: str, as_json: bool
) -> None:
    """Write the Excel form of a department to TARGET."""
    asked = {"organization": organization, "package_type": package_type, "prefill": prefill}
    answer = _call("govshare_catalogue_template", user, asked)
    target.write_bytes(base64.b64decode(answer.pop("content_base64")))
    click.echo(json.dumps({**answer, "file": str(target)}, ensure_ascii=False) if as_json else str(target))


@click.command("import")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="Id or name of the department.")
@click.option("--dry-run", is_flag=True, help="Check only: nothing is written but the check.")
@click.option("--submit", is_flag=True, help="Hand the changes in for review at once.")
@click.option("--publish", is_flag=True, help="Publish at once (office and operators).")
@click.option(
    "--marked", type=click.Path(dir_okay=False, path_type=Path), help="Write the marked copy to this file."
)
@type_option
@user_option
@json_option
@click.pass_context
def import_(
    context: click.Context,
    source: Path,
    organization: str,
    dry_run: bool,
    submit: bool,
    publish: bool,
    marked: Path | None,
    package_type: str,
    user: str,
    as_json: bool,
) -> None:
    """Import SOURCE (xlsx, xls, csv). Exit code 0: applied, or nothing against it; 1: refused, with every reason."""
    data = {
        "organization": organization,
        "package_type": package_type,
        "content_base64": base64.b64encode(source.read_bytes()).decode(),
        "filename": source.name,
        "dry_run": dry_run,
        "submit": submit,
        "publish": publish,
        "wait": True,
    }
    answer = _call("govshare_catalogue_import", user, data)
    if marked is not None:
        copy = _call("govshare_catalogue_import_file", user, {"id": answer["id"]})
        marked.write_bytes(base64.b64decode(copy["content_base64"]))
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for finding in answer["findings"]:
            cell = f"{finding['sheet']}!{finding['column']}{finding['row']}" if finding["row"] else "-"
            click.echo(f"{cell}\t{finding['severity']}\t{finding['slug']}\t{finding['message']}")
        click.echo(
            "{state}: {rows} rows, {entries} entries; create {create}, update {update}, unchanged {unchanged}; "
            "{findings_count} findings".format(**answer)
        )
    context.exit(1 if answer["refused"] else 0)


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(sorted(exporter.FORMATS)), help="By default that of TARGET's name."
)
@click.option("--organization", help="Only of this department.")
@click.option("--q", help="As in package_search.")
@click.option("--fq", help="As in package_search.")
@type_option
@click.option("--user", default="", help="Name of the user whose view is exported; a visitor's by default.")
@json_option
def export(
    target: Path,
    kind: str | None,
    organization: str | None,
    q: str | None,
    fq: str | None,
    package_type: str,
    user: str,
    as_json: bool,
) -> None:
    """Write what USER may see of the catalogue to TARGET; of any length, in little memory."""
    chosen = kind or target.suffix.lstrip(".").lower()
    if chosen not in exporter.FORMATS:
        raise click.BadParameter("give the format by --format", param_hint="TARGET")
    try:
        form = sheet_apply.form_of(package_type)
        selection = exporter.Selection(form, user or None, {"organization": organization, "q": q, "fq": fq})
    except tk.ValidationError as refused:
        raise click.ClickException(json.dumps(refused.error_dict, ensure_ascii=False)) from None
    except tk.ObjectNotFound as refused:
        raise click.ClickException(str(refused)) from None
    with target.open("wb") as file:
        exporter.write(file, selection, chosen)
    answer = {"file": str(target), "format": chosen, "size": target.stat().st_size}
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else str(target))
