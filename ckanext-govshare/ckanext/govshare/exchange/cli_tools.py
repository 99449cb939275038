"""What the commands of the room do alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.govshare.exchange import writing

Action = Callable[[str, dict[str, Any]], Any]


def context(user: str | None) -> dict[str, Any]:
    """Who acts: an account with its rights, or the site itself."""
    if user:
        return {"user": user}
    return {"user": writing.actor(), "ignore_auth": True}


def call(action: str, data: dict[str, Any], user: str | None = None, trusted: bool = False) -> Any:
    """An action's answer; its refusal as the command's.

    :param trusted: the right of the account was asked already
    """
    try:
        return tk.get_action(action)(context(user) | ({"ignore_auth": True} if trusted else {}), data)
    except tk.ValidationError as error:
        raise click.ClickException(
            json.dumps(error.error_summary or error.error_dict, ensure_ascii=False)
        ) from None
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        raise click.ClickException(str(error)) from None


def say(answer: Any, as_json: bool, text: Callable[[Any], str]) -> None:
    """Print an answer: as JSON, or a line each."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
    elif isinstance(answer, list):
        for row in answer:
            click.echo(text(row))
    else:
        click.echo(text(answer))


json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
user_option = click.option("--user", help="Act as this account, with its rights.")
