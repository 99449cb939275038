"""What nobody may hand in: every fault is refused at its field, before anything is stored. One site for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from tests.conftest import build_city, empty
from tests.publication.submitting import PNG, WEB, entry, picture, program


@pytest.fixture(scope="module")
def refuse(loaded: None) -> Iterator[Callable[..., dict[str, Any]]]:
    """The faults of a submission, by field; nothing was kept of it."""
    empty()
    used = entry(build_city())

    def faults(**fields: Any) -> dict[str, Any]:
        with pytest.raises(tk.ValidationError) as refused:
            tk.get_action("govshare_submission_create")(
                {"user": ""}, {**WEB, "datasets": used["resource_code"], **fields}
            )
        model.Session.rollback()
        assert model.Session.execute(sa.text("SELECT count(*) FROM govshare_submission")).scalar_one() == 0
        return refused.value.error_dict

    yield faults
    model.Session.remove()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 101),
        ("title", "名称\x00"),
        ("title", "名称\ud800"),
        ("title", ["名称"]),
        ("notes", "长" * 1_000_000),
        ("app_form", "game"),
        ("developer_kind", "spy"),
        ("url", "javascript:alert(1)"),
        ("url", "https://user:pass@bus.example.org/"),
        ("url", "https://bus.example.org/ <script>"),
        ("url", "http://localhost/"),
        ("url", "http://[::1"),
        ("url", ""),
        ("datasets", ""),
        ("datasets", "\x00"),
        ("datasets", {"a": 1}),
        ("datasets", [f"307001004/{number:04d}" for number in range(500)]),
        ("datasets", "x" * 1_000_000),
        ("contact_name", ""),
        ("contact_phone", "=1+1"),
        ("contact_mail", "a@b"),
        ("contact_mail", "a@b.example\nBcc: c@d.example"),
        ("consent", ""),
        ("website", "https://spam.example"),
        ("picture", picture(b"<html><script>alert(1)</script>", "a.png")),
        ("picture", picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg")),
        ("picture", picture(PNG + bytes(2 * 1024 * 1024), "a.png")),
    ],
)  # fmt: skip
def test_hostile_input_is_refused_at_its_field(refuse, field, value):
    faults = refuse(**{field: value})
    assert list(faults) == [field]
    assert len(str(faults)) < 2000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({**program(), "qr_code": None}, "qr_code"),
        (program(app_id=""), "app_id"),
        (program(app_id="javascript:alert(1)"), "app_id"),
        ({"app_form": "report", "url": ""}, "report"),
        ({"app_form": "report", "url": "", "doi": "11.1/x"}, "doi"),
        ({"app_form": "report", "url": "", "report": picture(b"PK\x03\x04zip", "a.pdf")}, "report"),
        ({"contact_phone": "", "contact_mail": ""}, "contact_phone"),
    ],
)
def test_the_proof_of_its_form_is_asked_for(refuse, fields, field):
    assert list(refuse(**fields)) == [field]
