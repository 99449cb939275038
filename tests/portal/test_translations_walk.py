"""Core's pages and messages that somebody can reach: no English sentence on Chinese pages, no Chinese on English ones.

`test_pages.py` walks the pages of the portal; here are core's own: log-in, register, reset, account, tokens, errors,
what forms say when they refuse, and every message of core's validators and account pages.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckan
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from ckanext.govshare.i18n import catalogue
from tests.portal.test_pages import _Page

pytestmark = pytest.mark.usefixtures("with_plugins")

CORE = Path(ckan.__file__).parent
#: where core says something to who reads, logs in or writes
SPEAKING = (
    "authz.py", "config/middleware/flask_app.py", "lib/authenticator.py", "lib/base.py", "lib/captcha.py",
    "lib/mailer.py", "lib/navl/dictization_functions.py", "lib/navl/validators.py", "lib/uploader.py",
    "logic/__init__.py", "logic/action/create.py", "logic/action/get.py", "logic/action/update.py",
    "logic/auth/__init__.py", "logic/auth/create.py", "logic/auth/delete.py", "logic/auth/get.py",
    "logic/auth/update.py", "logic/validators.py", "views/api.py", "views/dashboard.py", "views/user.py",
)  # fmt: skip
#: validators that no form and no action of this site uses
UNUSED = {"Must start with {prefix}", "Must start with any of the prefixes: {prefixes}"}
PATHS = ["/user/login", "/user/reset", "/user/register", "/user/reset/nobody?key=wrong", "/nowhere", "/ckan-admin/",
         "/page/guide", "/page/licence", "/announcement", "/site-map", "/about"]  # fmt: skip
ACCOUNT = ["/user/edit/citizen", "/user/citizen", "/user/citizen/api-tokens", "/dashboard/datasets"]
FORMS: list[tuple[str, dict[str, str]]] = [
    ("/user/login", {"login": "citizen", "password": "wrong"}),
    ("/user/reset", {"user": ""}),
    ("/user/register", {"name": "a b", "email": "none", "password1": "x", "password2": "y"}),
    ("/user/register", {}),
]


@pytest.fixture(autouse=True)
def people(city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The city, in which people may register, with Chinese names."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    monkeypatch.setitem(tk.config, "ckan.auth.create_user_via_web", True)
    for user in model.Session.query(model.User):
        user.fullname, user.about, user.email = (
            "某某",
            None,
            "someone@example.com" if not user.email else user.email,
        )
    model.Session.commit()


def english(body: str) -> list[str]:
    """Runs of three and more Latin words: a sentence of core, not a name."""
    text = " ".join(_Page(body).words)
    text = re.sub(r"https?://\S+|\S+@\S+", " ", text)
    return [
        run
        for run in re.findall(r"(?:\b[A-Za-z']{2,}\b[ ,.]*){3,}", text)
        if any(word.islower() for word in run.split())
    ]


def chinese(body: str) -> list[str]:
    import ckan.plugins.toolkit as tk

    from ckanext.govshare import config

    text = " ".join(_Page(body).words)
    names = (tk.config["ckan.site_title"], config.site()["city"], config.site()["office"])
    for value in (*names, "简体中文", "某某", "演", "（待填）"):
        text = text.replace(value, "")
    return re.findall(r"[\u4e00-\u9fff]+", text)


def login() -> dict[str, str]:
    from ckan.tests import factories

    return {"Authorization": factories.APIToken(user="citizen", name="令牌")["token"]}


@pytest.mark.parametrize("path", PATHS)
def test_page_speaks_one_language(app: Any, path: str) -> None:
    answer = app.get(path)
    assert answer.status_code < 500
    assert english(answer.body) == []
    assert chinese(app.get("/en" + path).body) == []


@pytest.mark.parametrize("path", ACCOUNT)
def test_page_of_an_account_speaks_one_language(app: Any, path: str) -> None:
    headers = login()
    assert english(app.get(path, headers=headers).body) == []
    assert chinese(app.get("/en" + path, headers=headers).body.replace("令牌", "")) == []


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_a_refused_form_speaks_one_language(app: Any, path: str, form: dict[str, str]) -> None:
    assert english(app.post(path, data=form).body) == []
    assert chinese(app.post("/en" + path, data=form).body) == []


def test_every_message_of_core_that_can_be_met_is_translated() -> None:
    ours = catalogue.read(catalogue.po_path("zh_Hans_CN"), "zh_Hans_CN")
    with (CORE / "i18n/zh_Hans_CN/LC_MESSAGES/ckan.po").open("rb") as source:
        theirs = read_po(source)
    left = []
    for name in SPEAKING:
        for _line, message, _comments, _context in extract_from_file(
            "python", CORE / name, keywords={"_": None, "ungettext": (1, 2)}
        ):
            msgid = message if isinstance(message, str) else message[0]
            found = [books.get(msgid) for books in (ours, theirs)]
            if msgid and msgid not in UNUSED and not any(m and catalogue.translated(m) for m in found):
                left.append((name, msgid))
    assert left == []
