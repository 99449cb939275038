"""What a city changes of its site without touching code: names, emblem, colours, foot.

Kept where CKAN keeps what is edited at run time (table ``system_info``), under the same keys as in the configuration
file, so that every process takes it over with its next request. The office writes; an operator's file is the default.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import app_globals
from ckan.model.system_info import SystemInfo

from ckanext.govshare import config, intake
from ckanext.govshare.portal import colours

#: name of a setting → key of the configuration, most characters
SETTINGS: dict[str, tuple[str, int]] = {
    "name": ("ckan.site_title", 40),
    "slogan": ("ckan.site_description", 60),
    **{
        name: (f"{config.PREFIX}site.{name}", most)
        for name, most in {
            "name_en": 80, "slogan_en": 80, "city": 40, "office": 60, "emblem": 200_000, "brand": 7,
            "brand_deep": 7, "sponsor": 80, "operator": 80, "phone": 40, "icp": 60, "police": 60, "code": 20,
            "party_mark": 300, "links": 2000,
        }.items()
    },
}  # fmt: skip
NEEDED = ("name", "city", "office", "brand", "brand_deep")
LOCK = "govshare_site"
ICP_PAGE = "https://beian.miit.gov.cn/"
POLICE_PAGE = "https://beian.mps.gov.cn/#/query/webSearch?code="
PARTY_HOST = "bszs.conac.cn"  # 党政机关和事业单位网上名称管理
MOST_LINKS = 12
MOST_IMAGE = 100_000  # bytes
IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def schema() -> dict[str, Any]:
    """What tells CKAN that a process reads these keys anew when they change; its own form does not write them."""
    ours = [key for key, _most in SETTINGS.values() if key.startswith(config.PREFIX)]
    return {key: [tk.get_validator("ignore_missing"), _not_here] for key in ours}


def _not_here(_value: Any) -> Any:
    raise tk.Invalid(tk._("The office sets this, under “Settings of the site”"))


def current() -> dict[str, str]:
    """Every setting by name, as it is in force."""
    return {name: str(tk.config.get(key) or "") for name, (key, _most) in SETTINGS.items()}


def checked(data_dict: dict[str, Any]) -> dict[str, str]:
    """The settings given, as they are stored.

    :raises ValidationError: by name of the setting
    """
    errors: intake.Errors = {}
    given = {name: most for name, (_key, most) in SETTINGS.items() if name in data_dict}
    values = {name: intake.text(data_dict, name, most, errors) for name, most in given.items()}
    for name in values:
        if not values[name] and name in NEEDED:
            errors.setdefault(name, [tk._("Missing value")])
    for name in ("brand", "brand_deep"):
        if name in values and name not in errors:
            _check_colour(name, values[name], errors)
    for name, check in CHECKS.items():
        if values.get(name) and name not in errors and (fault := check(values[name])):
            errors[name] = [fault]
    if errors:
        raise tk.ValidationError(errors)
    return values


def save(values: dict[str, str]) -> list[str]:
    """Store settings in the caller's transaction; the caller commits and calls :func:`take_over`.

    :returns: names of those that changed
    """
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(LOCK))))
    before = current()
    changed = [name for name, value in values.items() if before[name] != value]
    for name in changed:
        _put(SETTINGS[name][0], values[name])
    if changed:
        _put("ckan.config_update", str(time.time()))  # what CKAN's processes compare at each request
    return changed


def take_over() -> None:
    """Let this process read what was stored, as every other one does with its next request."""
    app_globals.reset()


def _put(key: str, value: str) -> None:
    row = model.Session.query(SystemInfo).filter_by(key=key).first()
    if row is None:
        model.Session.add(SystemInfo(key, value))
    else:
        row.value = value


def _check_colour(name: str, value: str, errors: intake.Errors) -> None:
    if not colours.COLOUR.fullmatch(value):
        errors[name] = [tk._("A colour is written like #0b4f8a")]
        return
    deep = name == "brand_deep"
    found = colours.worst(value, deep=deep)
    if found < colours.LEAST:
        fault = tk._(
            "Text on this colour would have a contrast of {found}:1; 4.5:1 is needed. {near} would do."
        )
        near = colours.nearest(value, deep=deep)
        errors[name] = [fault.format(found=f"{int(found * 10) / 10}", near=near)]


def _emblem(value: str) -> str:
    if value.startswith("data:"):
        return "" if image(value) else tk._("A picture is a PNG, JPEG or WebP file")
    if "/" in value:
        own = value.startswith("/") and not value.startswith("//") and not re.search(r"[\s\"'<>\\]", value)
        return "" if own else tk._("A picture lies on this site: its address begins with /")
    return "" if len(value) == 1 else tk._("The emblem is one character or a picture")


def _code(value: str) -> str:
    return (
        "" if re.fullmatch(r"[0-9A-Za-z]{10}", value) else tk._("The site identification code has ten digits")
    )


def _party_mark(value: str) -> str:
    fits = intake.is_address(value) and urlsplit(value).hostname == PARTY_HOST
    return "" if fits else tk._("The address of the mark begins with https://{host}/").format(host=PARTY_HOST)


def _links(value: str) -> str:
    lines = [line for line in value.split("\n") if line.strip()]
    if len(lines) > MOST_LINKS:
        return tk._("At most {number} links").format(number=MOST_LINKS)
    bad = next((line for line in lines if _link(line) is None), "")
    return tk._("This line is no name with an address: {line}").format(line=bad) if bad else ""


CHECKS = {"emblem": _emblem, "code": _code, "party_mark": _party_mark, "links": _links}


def _link(line: str) -> dict[str, str] | None:
    name, _, url = line.strip().rpartition(" ")
    own = url.startswith("/") and not url.startswith(("//", "/\\"))
    return {"name": name.strip(), "url": url} if name.strip() and (own or intake.is_address(url)) else None


def links() -> list[dict[str, str]]:
    """Links of the foot: ``[{name, url}]``."""
    return [found for line in current()["links"].split("\n") if line.strip() and (found := _link(line))]


def records() -> dict[str, dict[str, str]]:
    """Numbers under which the site is on record, with the page of the authority: ``{icp|police: {text, url}}``."""
    now, found = current(), {}
    if now["icp"]:
        found["icp"] = {"text": now["icp"], "url": ICP_PAGE}
    if now["police"]:
        digits = "".join(re.findall(r"[0-9]+", now["police"]))
        found["police"] = {"text": now["police"], "url": POLICE_PAGE + digits}
    return found


def image(value: str) -> tuple[str, bytes] | None:
    """A stored emblem that is a picture: its type and bytes."""
    found = re.fullmatch(r"data:(image/(?:png|jpeg|webp));base64,([A-Za-z0-9+/=]+)", value)
    if not found:
        return None
    try:
        content = base64.b64decode(found[2], validate=True)
    except ValueError:
        return None
    return (found[1], content) if kind_of(content) == found[1] else None


def kind_of(content: bytes) -> str:
    """Type of a picture by its first bytes; empty for anything else, SVG too: it may hold scripts."""
    kind = next((kind for start, kind in IMAGES.items() if content.startswith(start)), "")
    return "" if kind == "image/webp" and content[8:12] != b"WEBP" else kind


def as_emblem(content: bytes) -> str:
    """A picture that was handed in, as it is stored.

    :raises ValidationError: ``emblem``: too large, or no picture
    """
    if len(content) > MOST_IMAGE:
        raise tk.ValidationError({"emblem": [tk._("The picture is larger than 100 KB")]})
    kind = kind_of(content)
    if not kind:
        raise tk.ValidationError({"emblem": [tk._("A picture is a PNG, JPEG or WebP file")]})
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def emblem_name(value: str) -> str:
    """Name of a stored picture in its address: another picture has another name, so that it may be kept for ever."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]
