"""Fuzzed entries at every door: what is accepted satisfies every rule, what is refused names a field, nothing fails.

The examples are the same in every run (`derandomize`); the hostile values are named in hostile.py.
"""

from __future__ import annotations

import base64
import itertools
import json
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.govshare.catalogue import forms
from ckanext.govshare.kernel import rules
from tests.catalogue.changes.test_systems import SYSTEM
from tests.catalogue.hostile import HOSTILE, changes
from tests.conftest import ENTRY, FILES, build_city, empty

GOOD = {
    "dataset": {**ENTRY, "resources": [FILES[1]]},
    "information-system": {**SYSTEM, "type": "information-system"},
}
TYPES = sorted(GOOD)
#: What an error may be named after beside the fields of the form.
MORE_FIELDS = {"resources", "revision", "tags", "data", "name"}
NUMBERS = itertools.count(1)


def fuzz(examples: int) -> Any:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def town(loaded: None) -> SimpleNamespace:
    """A city whose catalogue fills with what the doors accept."""
    from ckan.tests import factories

    empty()
    city = build_city()
    city.tokens = {user: factories.APIToken(user=user)["token"] for user in ("office", "officer")}
    return city


@pytest.fixture
def send(app: Any, town: SimpleNamespace) -> Any:
    """An action over HTTP: status and answer. What is no JSON of an API fails the test."""

    def post(action: str, user: str, data: Any) -> tuple[int, dict[str, Any]]:
        body = data if isinstance(data, str) else json.dumps(data)
        answer = app.post(
            f"/api/3/action/{action}",
            data=body,
            headers={"Authorization": town.tokens[user], "Content-Type": "application/json"},
        )
        assert answer.status_code < 500, (action, answer.get_data(as_text=True)[:500])
        return answer.status_code, json.loads(answer.get_data(as_text=True) or "{}")

    return post


def entry(kind: str, town: SimpleNamespace, fields: dict[str, Any]) -> dict[str, Any]:
    return {**GOOD[kind], "title": f"第{next(NUMBERS)}号条目", "owner_org": town.traffic, **fields}


def check_refused(kind: str, status: int, answer: Any) -> None:
    """A refusal is one of the API's, and every error stands at a field that the form has."""
    assert status in (400, 409), answer
    if status == 400:
        return  # not JSON that an action takes: the API says so before any field is looked at
    fields = {field.name for field in forms.form(kind).fields} | MORE_FIELDS
    named = set(answer["error"]) - {"__type", "message"}
    assert named, answer
    assert named <= fields, (named - fields, answer["error"])


def check_stored(kind: str, package_id: str) -> None:
    """What is stored satisfies every rule."""
    model.Session.rollback()
    stored = tk.get_action("package_show")({"user": "office"}, {"id": package_id})
    found = rules.check(kind, stored, stored.get("profile") or rules.NATIONAL)
    assert [finding for finding in found if finding.severity is rules.Severity.REFUSE] == []


@pytest.mark.parametrize("kind", TYPES)
def test_package_create(send, town, kind):
    @fuzz(60)
    @given(changes(forms.form(kind)))
    def holds(fields: dict[str, Any]) -> None:
        status, answer = send("package_create", "office", entry(kind, town, fields))
        if status == 200:
            check_stored(kind, answer["result"]["id"])
        else:
            check_refused(kind, status, answer)

    holds()


@pytest.mark.parametrize("kind", TYPES)
def test_package_update(send, town, kind):
    _status, made = send("package_create", "office", entry(kind, town, {}))
    stored = made["result"]

    @fuzz(30)
    @given(changes(forms.form(kind)))
    def holds(fields: dict[str, Any]) -> None:
        status, answer = send("package_update", "office", {**stored, **fields})
        if status != 200:
            check_refused(kind, status, answer)
        check_stored(kind, stored["id"])

    holds()


@pytest.mark.parametrize("kind", TYPES)
def test_a_change_from_draft_to_publication(send, town, kind):
    @fuzz(40)
    @given(changes(forms.form(kind)))
    def holds(fields: dict[str, Any]) -> None:
        good = {
            name: value for name, value in entry(kind, town, {}).items() if name not in ("type", "owner_org")
        }
        status, begun = send(
            "govshare_change_create",
            "officer",
            {"package_type": kind, "owner_org": town.traffic, "data": good},
        )
        assert status == 200, begun
        change = {"id": begun["result"]["id"]}
        status, answer = send("govshare_change_update", "officer", {**change, "data": fields})
        if status != 200:
            check_refused(kind, status, answer)
        status, answer = send("govshare_change_submit", "officer", change)
        if status != 200:
            check_refused(kind, status, answer)
            return
        status, answer = send("govshare_change_show", "officer", change)
        refusals = [found for found in answer["result"]["findings"] if found["severity"] == "refuse"]
        assert (status, answer["result"]["state"], refusals) == (200, "dept_review", [])

    holds()


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("kind", TYPES)
def test_every_hostile_value_in_every_field_of_a_draft(town, kind, name):
    """One value in all fields at once and in each alone: a draft takes it as text, or names the field."""
    form = forms.form(kind)
    value = json.loads(json.dumps(HOSTILE[name]))
    context = {"user": "officer"}
    known = {field.name for field in form.fields} | MORE_FIELDS
    for fields in (
        {field.name: value for field in form.fields},
        *({field.name: value} for field in form.fields),
    ):
        fields.pop("owner_org", None)
        data = {"package_type": kind, "owner_org": town.traffic, "data": fields}
        made, refused = attempt("govshare_change_create", context, data)
        assert set(refused) <= known
        if made and len(fields) > 1:
            _submitted, refused = attempt("govshare_change_submit", context, {"id": made["id"]})
            assert refused
            assert set(refused) <= known


def attempt(action: str, context: dict[str, Any], data: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What an action answers, as JSON takes it, and what it refuses."""
    try:
        answer = tk.get_action(action)(dict(context), data)
    except tk.ValidationError as refused:
        model.Session.rollback()
        return None, refused.error_dict
    json.dumps(answer)
    return answer, {}


@pytest.mark.parametrize(
    "body",
    [
        '{"title": "a", "title": "b", "type": "dataset", "owner_org": "jiaotong"}',
        '{"type": "dataset", "type": "information-system", "title": "x", "owner_org": "jiaotong"}',
        "[]",
        '"text"',
        "null",
        "{",
        '{"title": NaN, "type": "dataset"}',
        '{"resources": {"0": 1}, "type": "dataset", "owner_org": "jiaotong", "title": "a"}',
        '{"resources": [[["a"]]], "type": "dataset", "owner_org": "jiaotong", "title": "a"}',
        '{"resources": "x", "type": "dataset", "owner_org": "jiaotong", "title": "a"}',
        '{"info_items": {"a": "b"}, "type": "dataset", "owner_org": "jiaotong", "title": "a"}',
        '{"extras": [{"key": "profile", "value": "federated"}], "type": "dataset", "title": "a"}',
        '{"tags": 5, "type": "dataset", "owner_org": "jiaotong", "title": "a"}',
        '{"groups": [5], "type": "dataset", "owner_org": "jiaotong", "title": "a"}',
        '{"type": ["dataset"], "title": "a"}',
        '{"type": {"a": 1}, "title": "a"}',
        '{"type": 5, "title": "a"}',
        '{"id": {"a": 1}, "type": "dataset", "title": "a"}',
        '{"name": ["a"], "type": "dataset", "title": "a", "owner_org": {"id": "x"}}',
    ],
)
@pytest.mark.parametrize(
    "action",
    ["package_create", "package_update", "package_patch", "govshare_change_create", "govshare_change_update"],
)
def test_bodies_that_are_no_entry(send, action, body):
    status, _answer = send(action, "office", body)
    # a draft may be empty: what is no parameter of the action is none of its content
    assert status in (
        (200, 400, 403, 404, 409) if action == "govshare_change_create" else (400, 403, 404, 409)
    )


PARAMETERS = (
    "q",
    "fq",
    "fq_list",
    "sort",
    "rows",
    "start",
    "facet.field",
    "facet.limit",
    "fl",
    "defType",
    "ext_x",
)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_search_parameters_over_the_api(send, name):
    """What core takes for a query, a number or a list, and hands to the index."""
    for parameter in PARAMETERS:
        status, _answer = send("package_search", "officer", {parameter: HOSTILE[name]})
        assert status in (200, 400, 403, 409), parameter


@pytest.mark.parametrize("name", sorted(name for name, value in HOSTILE.items() if isinstance(value, str)))
def test_search_parameters_of_pages(app, town, name):
    value = HOSTILE[name][:2000].encode("utf-8", "surrogatepass")
    for path in (
        "/dataset/",
        "/organization/",
        "/organization/jiaotong",
        "/feeds/custom.atom",
        "/application/",
    ):
        for parameter in ("q", "sort", "page", "tags", "open_type", "organization"):
            page = app.get(path, query_string={parameter: value})
            assert page.status_code < 500, (path, parameter)
            assert "<script>alert(1)" not in page.get_data(as_text=True), (path, parameter)


@pytest.mark.parametrize("page", ["edit", "autosave"])
@pytest.mark.parametrize("kind", TYPES)
def test_posts_of_the_form(app, send, town, kind, page):
    """Every hostile text in every field of a step, as a browser or a script sends it."""
    form = forms.form(kind)
    _status, begun = send(
        "govshare_change_create", "officer", {"package_type": kind, "owner_org": town.traffic}
    )
    address = f"/desk/change/{begun['result']['id']}/{page}"
    odd = {
        "info_items-0-name": "\x00",
        "info_items-999999-type": "C",
        "info_items-x-name": "1",
        "act": "items.paste",
    }
    steps = itertools.cycle(["", *(step.slug for step in form.steps), "check", "nowhere"])
    for name in sorted(name for name, value in HOSTILE.items() if isinstance(value, str)):
        step, text = next(steps), HOSTILE[name][:50_000].encode("utf-8", "surrogatepass")
        fields = {field.name: text for field in form.fields if field.step == step or not step}
        for more in ({}, {"revision": text, "act": text, "paste": text} if len(text) % 2 else odd):
            answer = app.post(
                address,
                query_string={"step": step},
                data={"step": step, **fields, **more},
                headers={"Authorization": town.tokens["officer"]},
                follow_redirects=False,
            )
            assert answer.status_code < 500, (step, name)
            page_text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
            assert "<script>alert(1)" not in page_text, (step, name)


def test_cells_of_a_workbook(send, town):
    columns = {field.name: field.column for field in forms.form("dataset").fields if field.column}

    @fuzz(25)
    @given(st.data())
    def holds(data: Any) -> None:
        fields = {
            **GOOD["dataset"],
            "title": f"第{next(NUMBERS)}号条目",
            **data.draw(changes(forms.form("dataset"))),
        }
        cells = {columns[name]: _cell(value) for name, value in fields.items() if name in columns}
        cells["信息资源提供方"] = "市交通运输局"
        rows = "\n".join(",".join(line) for line in (cells, cells.values()))
        status, answer = send(
            "govshare_catalogue_import",
            "officer",
            {
                "organization": town.traffic,
                "filename": "目录.csv",
                "content_base64": base64.b64encode(rows.encode("utf-8", "surrogatepass")).decode(),
            },
        )
        if status == 200:
            result = answer["result"]
            assert result["changes"] == []
            assert all(found["message"] and found["slug"] for found in result["findings"])
        else:
            assert (status, bool(set(answer["error"]) - {"__type"})) == (409, True)

    holds()


def _cell(value: Any) -> str:
    text = str(value)[:40_000].replace('"', '""')
    return f'"{text}"'
