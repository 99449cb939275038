"""Mail to the people who answer for something. Rooms say what; who is told, and what became of it, is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import mailer
from flask_babel import force_locale

from ckanext.govshare import roles

# Mails that fail in one turn; then the server is taken for gone, and nobody waits for it.
PATIENCE = 3
SENT, FAILED, NO_ADDRESS, NO_MAIL = "sent", "failed", "no_address", "no_mail"
Words = Callable[[], tuple[str, str]]


class Post:
    """The mails of one turn: after three that fail it tries no more."""

    def __init__(self) -> None:
        self.failures = 0

    def tell(self, names: Iterable[str], words: Words) -> list[dict[str, str]]:
        """Mail to people by their user names.

        :param words: answers subject and text; asked in the language of the site
        :returns: ``[{user, mail}]``; ``mail`` is ``sent``, ``failed``, ``no_address``, or ``no_mail`` where the site
            sends none
        """
        people = sa.select(model.User).where(model.User.name.in_(set(names))).order_by(model.User.name)
        told = []
        for person in model.Session.scalars(people).all():
            mail = self._mail(person, words) if self.failures < PATIENCE else FAILED
            self.failures += mail == FAILED
            told.append({"user": person.name, "mail": mail})
        return told

    def write(self, name: str, address: str, words: Words) -> str:
        """Mail to somebody without an account.

        :param address: as the person gave it
        :returns: ``sent``, ``failed``, ``no_address`` or ``no_mail``
        """
        mail = self._send(partial(mailer.mail_recipient, name or address), address, words)
        self.failures += mail == FAILED
        return mail

    def _mail(self, person: model.User, words: Words) -> str:
        return self._send(lambda _address, *text: mailer.mail_user(person, *text), person.email, words)

    @staticmethod
    def _send(send: Callable[..., None], address: str | None, words: Words) -> str:
        if not (tk.config.get("smtp.server") and tk.config.get("smtp.mail_from")):
            return NO_MAIL
        if not address:
            return NO_ADDRESS
        with force_locale(language()):
            subject, body = words()
        try:
            send(address, subject, body)
        except (mailer.MailerException, OSError, ValueError):
            return FAILED
        return SENT


def language() -> str:
    """The language of the site."""
    return tk.config.get("ckan.locale_default") or "zh_Hans_CN"


def writers(organization_id: str) -> set[str]:
    """Who writes for an organisation; its heads where nobody else does. In an office, everybody who acts for it."""
    heads = roles.holders(roles.Role.REVIEWER, organization_id)
    hands = roles.holders(roles.Role.EDITOR, organization_id) | roles.holders(roles.Role.OFFICE, organization_id)
    return (hands - heads) or hands


def office(region: str) -> set[str]:
    """Who acts for the office of a region."""
    offices = sa.select(model.Group.id).where(
        model.Group.is_organization.is_(True),
        model.Group.state == "active",
        model.Group.extras["org_type"].astext == "office",
        model.Group.extras["region"].astext == region,
        sa.func.coalesce(model.Group.extras["closed_on"].astext, "") == "",
    )
    return {
        name
        for id in model.Session.scalars(offices)
        for role in (roles.Role.EDITOR, roles.Role.OFFICE)
        for name in roles.holders(role, id)
    }


def address(path: str) -> str:
    """An address of this site in full."""
    site: Any = tk.config.get("ckan.site_url") or ""
    return f"{site.rstrip('/')}{path}"
