"""What somebody who writes to the departments may write, by kind, checked field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, intake, roles
from ckanext.govshare.dialogue import filters
from ckanext.govshare.dialogue.model import CONTACT, GROUNDS, KINDS, PACKAGE, WORDS, entry_is_public
from ckanext.govshare.intake import Errors
from ckanext.govshare.kernel.text import clean, clean_block

MOST = {
    "title": 100, "text": 2000, "about": 200, "right": 1000, "purpose": 500, "evidence": 500,
    "contact_name": 50, "contact_phone": 30, "contact_mail": 100,
}  # fmt: skip
LINES = ("text", "right", "purpose")  # fields of several lines
#: The fields in words of each kind.
FIELDS = {
    "request": ("title", "text", "purpose"),
    "correction": ("title", "text", "right", "about", "evidence"),
    "comment": ("title", "text", "about"),
    "complaint": ("title", "text", "about", "evidence"),
}
REQUIRED = {
    "request": ("title", "text", "purpose"),
    "correction": ("title", "text"),
    "comment": ("title", "text"),
    "complaint": ("title", "text", "contact_name"),
}
BEST = 5


@dataclass
class Given:
    """What was written, fit to be kept.

    :param data: the fields of the kind; ``provider`` the id of a department, ``rating`` 1–5 or None, ``ground``
    :param contact: name, telephone, mail address; empty where not given
    :param marks: what the reviewer should look at
    """

    kind: str
    package_id: str | None
    data: dict[str, Any]
    contact: dict[str, str]
    marks: list[str]


def checked(data_dict: dict[str, Any], kind: Any, package_id: str | None = None) -> Given:
    """What was handed in, ready to be kept; nothing is stored yet.

    :param data_dict: fields as `govshare_dialogue_create` describes them
    :param package_id: the entry of a case that is supplemented: it stays
    :raises ValidationError: by field
    """
    errors: Errors = {}
    if kind not in KINDS:
        raise tk.ValidationError({"kind": [tk._("Choose one of the values offered")]})
    texts = _texts(data_dict, kind, errors)
    for name in REQUIRED[kind]:
        if not texts[name]:
            errors.setdefault(name, [tk._("Fill in this field")])
    if texts.get("evidence") and not intake.is_address(texts["evidence"]):
        errors.setdefault("evidence", [tk._("Write the whole address, beginning with http:// or https://")])
    if texts.get("contact_phone") or texts.get("contact_mail") or kind == "complaint":
        needed = kind == "complaint"
        intake.check_contact(texts["contact_phone"], texts["contact_mail"], errors, needed=needed)
    data: dict[str, Any] = {name: texts[name] for name in FIELDS[kind]}
    data |= _more(data_dict, kind, errors)
    entry = package_id or _entry(data_dict.get("entry"), errors)
    if kind == "correction" and not entry:
        errors.setdefault("entry", [tk._("Name the data set that is to be corrected")])
    if not intake.is_yes(data_dict.get("consent")):
        errors["consent"] = [tk._("It can be handed in only with your consent")]
    if data_dict.get("website"):
        errors["website"] = [tk._("Leave this field empty")]
    written = "\n".join(str(data.get(name) or "") for name in WORDS if name != "evidence")
    marks = [] if errors.keys() & data.keys() else filters.check(written, errors)
    if errors:
        raise tk.ValidationError(errors)
    return Given(kind, entry, data, {name: texts[name] for name in CONTACT}, marks)


def _texts(data_dict: dict[str, Any], kind: str, errors: Errors) -> dict[str, str]:
    """Every text, without characters that nobody sees and that turn others round."""
    found = {}
    for name in (*FIELDS[kind], *CONTACT):
        text = intake.text(data_dict, name, MOST[name], errors)
        if name not in errors:
            text = clean_block(text) if name in LINES else clean(text)
        found[name] = text
    return found


def _more(data_dict: dict[str, Any], kind: str, errors: Errors) -> dict[str, Any]:
    """The fields of a kind that are no words."""
    if kind == "request":
        return {"provider": _provider(data_dict.get("provider"), errors)}
    if kind == "comment":
        return {"rating": _rating(data_dict.get("rating"), errors)}
    if kind == "complaint":
        if data_dict.get("ground") not in GROUNDS:
            errors["ground"] = [tk._("Choose one of the values offered")]
        return {"ground": data_dict.get("ground")}
    return {}


def _rating(value: Any, errors: Errors) -> int | None:
    if value in (None, ""):
        return None
    stars = str(value).strip()
    if not stars.isascii() or not stars.isdecimal() or len(stars) > 1 or not 1 <= int(stars) <= BEST:
        errors["rating"] = [tk._("Choose one of the values offered")]
        return None
    return int(stars)


def _provider(value: Any, errors: Errors) -> str | None:
    if value in (None, ""):
        return None
    found = department(value)
    if found is None:
        errors["provider"] = [tk._("Choose one of the values offered")]
    return found.id if found is not None else None


def department(value: Any) -> roles.Organization | None:
    """A department that can be asked, by id or name."""
    if not isinstance(value, str) or "\x00" in value or not value.isascii():
        return None
    return roles.organization(value)


def _entry(value: Any, errors: Errors) -> str | None:
    """The id of an entry that everybody sees; of another one nobody learns that it is there."""
    if value in (None, ""):
        return None
    found = entry(value)
    if found is None:
        errors["entry"] = [tk._("There is no open data set of this name")]
        return None
    return found["id"]


def entry(value: Any) -> dict[str, str] | None:
    """An entry that everybody sees, by id, name or code: ``{id, name, title}``."""
    if not isinstance(value, str) or not value or len(value) > MOST["about"] or intake.broken(value):
        return None
    code = PACKAGE.c.extras["resource_code"].astext
    named = sa.or_(PACKAGE.c.id == value, PACKAGE.c.name == value, code == value)
    columns = (PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title)
    row = model.Session.execute(sa.select(*columns).where(named, entry_is_public()).limit(1)).first()
    return {"id": row.id, "name": row.name, "title": row.title or row.name} if row is not None else None


def term(kind: str) -> int:
    """Working days from receipt to answer."""
    return max(1, config.get(f"dialogue.days_{kind}"))
