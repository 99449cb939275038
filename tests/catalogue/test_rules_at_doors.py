"""Every rule at every door: form and API, change and review, Excel, harvest: one breach of each, one verdict.

A door must refuse where the profile's weight refuses, naming the field, and let pass where it only warns. What a
door cannot express stands in `CANNOT`, with the reason; the list is closed: an entry that is not needed fails.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare import harvesters
from ckanext.govshare.catalogue import forms
from ckanext.govshare.harvesters.base import Fetched
from ckanext.govshare.kernel import rules
from ckanext.govshare.kernel.grid_form import PROVIDER_CODE, columns
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from tests.conftest import build_city, empty
from tests.unit.kernel.breaches import BASES, BREACHES, REFUSE, WARN, Breach
from tests.unit.kernel.grid_files import xlsx

API, CHANGE, EXCEL, NATIONAL, FEDERATED = "api", "change", "excel", "national harvest", "federated harvest"
DOORS = (API, CHANGE, EXCEL, NATIONAL, FEDERATED)
TAKEN_TITLE, TAKEN_CODE = "公共停车场基本信息", "307001004/0007"
NUMBERS = itertools.count(1)

_OFFICE = "the change comes before the office, whose consent is asked there"
_OWN = "the provider is known before the entry is: that of the draft, the workbook or the exchange point"
_ALLOTTED = "a code of another class is no code yet: the right one is allotted when the change is handed in"
_BLANKS = "blanks around a text are cut off when it is taken in"
_SAME = "a row that names an entry, by its code or its title, is a change of that entry"
Key = tuple[str, str, str, str]
#: (door, type, slug, field) → why the door cannot hold such an entry, or why it is none there
CANNOT: dict[Key, str] = {
    (API, "dataset", "required", "pub_date"): "left blank, it is the day of publication",
    (CHANGE, "dataset", "required", "pub_date"): "left blank, it is the day of publication",
    (CHANGE, "dataset", "required", "owner_org"): _OWN,
    (CHANGE, "dataset", "code_shape", "resource_code"): _ALLOTTED,
    (CHANGE, "information-system", "code_shape", "system_code"): _ALLOTTED,
    (CHANGE, "dataset", "stricter", "share_type"): _OFFICE,
    (CHANGE, "dataset", "stricter", "open_type"): _OFFICE,
    (CHANGE, "information-system", "title_form", "title"): _BLANKS,
    (EXCEL, "dataset", "required", "owner_org"): _OWN,
    (EXCEL, "dataset", "plain_number", "stat_records_wan"): "a cell with separators of thousands is a number",
    (EXCEL, "dataset", "share_and_open", "resources"): "the workbook has no files",
    (EXCEL, "dataset", "code_taken", "resource_code"): _SAME,
    (EXCEL, "dataset", "title_taken", "title"): _SAME,
    (EXCEL, "dataset", "stricter", "share_type"): _OFFICE,
    (EXCEL, "dataset", "stricter", "open_type"): _OFFICE,
    (EXCEL, "information-system", "title_form", "title"): _BLANKS,
    (NATIONAL, "dataset", "required", "owner_org"): _OWN,
    (FEDERATED, "dataset", "required", "owner_org"): _OWN,
}
POSSIBLE = [
    (door, number)
    for door in DOORS
    for number, breach in enumerate(BREACHES)
    if breach.type == "dataset" or door not in (NATIONAL, FEDERATED)  # exchange points bring 信息资源 alone
]


def key(door: str, breach: Breach) -> Key:
    return (door, breach.type, breach.slug, breach.field)


class Given:
    """A kind of exchange point whose records are entries as they are."""

    version = 1
    entries: list[dict[str, Any]] = []

    def __init__(self, profile: str):
        self.kind = self.profile = profile

    def validate_url(self, url: str, settings: Any) -> None:
        """Any address will do."""

    def fetch(self, point: Any, session: Any, workdir: Any, previous: Any) -> Fetched:
        return Fetched(workdir)

    def records(self, fetched: Fetched, point: Any) -> Iterator[SourceRecord]:
        for number, entry in enumerate(self.entries):
            yield SourceRecord(f"{self.profile}-{number}", entry)

    def to_entry(self, record: SourceRecord, point: Any) -> Mapped:
        entry = {**record.data, "owner_org": point.organization}
        return Mapped(entry, rules.check_entry(entry, self.profile))


@pytest.fixture(scope="module")
def town(loaded: None) -> SimpleNamespace:
    """The city; one entry bears the code and the title that breaches take. Its provider has no credit code (V9)."""
    empty()
    city = build_city()
    tk.get_action("package_create")(
        {"user": "office"},
        {
            **_plain(BREACHES[0]),
            "title": TAKEN_TITLE,
            "resource_code": TAKEN_CODE,
            "type": "dataset",
            "owner_org": city.traffic,
        },
    )
    return city


def _plain(breach: Breach) -> dict[str, Any]:
    """The good entry of the type, under a title of its own and without a code."""
    code = forms.form(breach.type).code.field
    good = {name: value for name, value in BASES[breach.type].items() if name not in ("owner_org", code)}
    return {**good, "title": f"第{next(NUMBERS)}号条目"}


def bad(breach: Breach) -> dict[str, Any]:
    """The entry of a breach as a client would send it; what lies beside it is in the catalogue (`town`)."""
    entry = {**_plain(breach), **breach.entry_patch}
    if breach.slug == "title_form":
        entry["title"] += str(next(NUMBERS))  # of nobody else
    if breach.facts.get("taken_codes"):
        entry["resource_code"] = TAKEN_CODE
    return entry


def sorted_out(breach: Breach, door: str) -> str | None:
    """The weight that the profile of a door gives a breach."""
    return breach.federated if door == FEDERATED else breach.national


def _refusal(action: str, user: str, data: dict[str, Any]) -> tuple[Any, set[str]]:
    """What an action answers, and the fields that it names where it refuses."""
    try:
        return tk.get_action(action)({"user": user}, data), set()
    except tk.ValidationError as refused:
        model.Session.rollback()
        return None, set(refused.error_dict)


def at_api(breach: Breach, town: SimpleNamespace) -> tuple[set[str], set[str] | None]:
    """Core's own write actions: the office publishes; what becomes stricter is tried by a department on its own."""
    kind, entry = breach.type, bad(breach)
    owner = breach.entry_patch.get("owner_org", town.traffic)
    if "before" not in breach.facts:
        return _refusal("package_create", "office", {**entry, "type": kind, "owner_org": owner})[1], None
    whole = {
        **_plain(breach),
        **{name: value for name, value in breach.facts["before"].items() if value != "2"},
    }
    made, _fields = _refusal("package_create", "office", {**whole, "type": kind, "owner_org": owner})
    group = model.Group.get(town.traffic)
    group.extras["review"] = "none"
    model.Session.commit()
    try:
        return _refusal("package_update", "reviewer", {**made, **breach.entry_patch})[1], None
    finally:
        model.Group.get(town.traffic).extras.pop("review")
        model.Session.commit()


def at_change(breach: Breach, town: SimpleNamespace) -> tuple[set[str], set[str] | None]:
    """Form and API: a draft takes it and shows what is wrong, review does not."""
    data = {"package_type": breach.type, "owner_org": town.traffic, "data": bad(breach)}
    draft, fields = _refusal("govshare_change_create", "officer", data)
    if draft is None:
        return fields, None
    _done, fields = _refusal("govshare_change_submit", "officer", {"id": draft["id"]})
    return fields, {found["slug"] for found in draft["findings"]}


def at_excel(breach: Breach, town: SimpleNamespace) -> tuple[set[str], set[str] | None]:
    """A workbook of one entry, dry run."""
    form, entry = forms.form(breach.type), bad(breach)
    found = columns(form)
    items = entry.get(form.items_name) if form.items_name else None
    table = [[column.heading for column in found]]
    for item in items or [{}]:
        row = {**entry, **{f".{name}": value for name, value in item.items()}, "owner_org": "市交通运输局"}
        if "owner_org" in breach.entry_patch:
            row["owner_org"] = ""
        row[PROVIDER_CODE] = ""
        table.append([_cell(row.get(column.key)) for column in found])
    answer = tk.get_action("govshare_catalogue_import")(
        {"user": "officer"},
        {
            "organization": "jiaotong",
            "package_type": breach.type,
            "wait": True,
            "content_base64": base64.b64encode(xlsx(table)).decode(),
        },
    )
    titles = {column.title: column.key for column in found}
    refusing = {
        titles.get(finding["title"].split("（")[0], finding["title"])
        for finding in answer["findings"]
        if finding["severity"] == "refuse"
    }
    refusing = {form.items_name if name.startswith(".") else name for name in refusing}
    return refusing, {finding["slug"] for finding in answer["findings"]}


def _cell(value: Any) -> Any:
    return (
        "、".join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value
    )


@pytest.fixture(scope="module")
def planned(town: SimpleNamespace) -> dict[str, dict[int, dict[str, Any]]]:
    """What a plan says of every breach, by profile: one run each, after one that publishes what was before."""
    return {
        door: _plan(door, profile) for door, profile in ((NATIONAL, "national"), (FEDERATED, "federated"))
    }


def _plan(door: str, profile: str) -> dict[int, dict[str, Any]]:
    numbers = [number for number, breach in enumerate(BREACHES) if breach.type == "dataset"]
    kind = Given(profile)
    harvesters.KINDS[kind.kind] = kind
    try:
        name = f"given-{profile}"
        point = tk.get_action("govshare_exchange_point_create")(
            {"user": "officer"},
            {
                "name": name,
                "title": name,
                "organization": "jiaotong",
                "kind": kind.kind,
                "url": "http://source.example/",
                "default_class": "307001004",
            },
        )
        for step in ("review", "assess", "accept"):
            tk.get_action(f"govshare_exchange_point_{step}")({"user": "office"}, {"id": point["id"]})
        kind.entries = [
            _plain(breach) | {name: value for name, value in breach.facts["before"].items() if value != "2"}
            if "before" in breach.facts
            else {"title": ""}
            for breach in (BREACHES[number] for number in numbers)
        ]
        _run("govshare_harvest_run", name)
        kind.entries = [bad(BREACHES[number]) for number in numbers]
        run = _run("govshare_harvest_plan", name)
    finally:
        del harvesters.KINDS[kind.kind]
    rows = tk.get_action("govshare_harvest_record_list")(
        {"user": "officer"}, {"run": run["id"], "limit": 1000}
    )
    found = {row["guid"]: row for row in rows["results"]}
    still = {problem["guid"]: {**problem, "verdict": "rejected"} for problem in run["problems"]}
    guids = {number: f"{profile}-{place}" for place, number in enumerate(numbers)}
    return {number: found.get(guid) or still[guid] for number, guid in guids.items()}


def _run(action: str, point: str) -> dict[str, Any]:
    started = tk.get_action(action)(
        {"user": "operator", "ignore_auth": True}, {"exchange_point": point, "wait": True}
    )
    run = tk.get_action("govshare_harvest_run_show")({"user": "officer"}, {"id": started["run_id"]})
    assert run["state"] in ("done", "planned", "held"), run
    return run


def at_harvest(door: str, number: int, planned: Any) -> tuple[set[str], set[str] | None]:
    row = planned[door][number]
    refusing = {finding["field"] for finding in row["findings"] if finding["severity"] == "refuse"}
    assert bool(refusing) == (row["verdict"] == "rejected")
    return refusing, {finding["slug"] for finding in row["findings"]}


def _look(request: pytest.FixtureRequest, town: SimpleNamespace, door: str, number: int) -> tuple[set, Any]:
    if door in (NATIONAL, FEDERATED):
        return at_harvest(door, number, request.getfixturevalue("planned"))
    return {API: at_api, CHANGE: at_change, EXCEL: at_excel}[door](BREACHES[number], town)


def _names(value: Any) -> str:
    return f"{value}-{BREACHES[value].slug}-{BREACHES[value].field}" if isinstance(value, int) else value


@pytest.mark.parametrize(
    ("door", "number"),
    [pair for pair in POSSIBLE if key(pair[0], BREACHES[pair[1]]) not in CANNOT],
    ids=_names,
)
def test_every_rule_at_every_door(request, town, door, number):
    breach = BREACHES[number]
    fields, slugs = _look(request, town, door, number)
    weight = sorted_out(breach, door)
    if weight == REFUSE:
        assert breach.field in fields
    else:
        assert fields == set()
    if weight == WARN and slugs is not None:
        assert breach.slug in slugs


@pytest.mark.parametrize("pair", sorted(CANNOT))
def test_what_a_door_cannot_hold_is_no_breach_there(request, town, pair):
    numbers = [number for door, number in POSSIBLE if key(door, BREACHES[number]) == pair]
    assert numbers, "no breach needs this exception: take it off the list"
    for number in numbers:
        fields, _slugs = _look(request, town, pair[0], number)
        assert fields == set()


def test_the_breaches_are_of_every_rule():
    assert {breach.slug for breach in BREACHES} >= set(rules.RULES)
