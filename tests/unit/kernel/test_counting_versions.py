"""What a version of the counting rule means never moves; what the next one adds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ckanext.govshare.kernel import counting
from ckanext.govshare.kernel.counting import (
    ApplicationFacts,
    DatasetFacts,
    FileFacts,
    HookUpFacts,
    Judgement,
    LinkState,
    SystemFacts,
)

DAY = date(2026, 3, 31)
FILE = FileFacts(format="CSV", rows=20, size=900, digest="a" * 64)
LINK = FileFacts(format="CSV", linked=True, link_state=LinkState.OK)
DEAD = replace(LINK, link_state=LinkState.DEAD)
GOOD = DatasetFacts(
    id="good", title="公交站点", organization="jt", licence="cc-by", format_class="2", has_items=True,
    columns=("名称", "地址"), update_cycle="4", published=date(2026, 3, 1), files=(FILE,),
)  # fmt: skip
OF_DATASETS = (
    "not_published", "not_open", "suspended", "withdrawn", "not_government", "condition_missing", "no_open_file",
    "linked_only", "dead_link", "not_machine_readable",
)  # fmt: skip
OF_APPLICATIONS = (
    "not_approved",
    "own_use",
    "no_open_dataset",
    "no_proof",
    "dead_link",
    "proof_old",
    "duplicate",
)
SLUGS = {
    1: (*OF_DATASETS, "empty_file", "no_licence", "no_items", "not_reviewed", "overdue_long", "duplicate"),
    2: (
        *OF_DATASETS, "unreadable", "empty_file", "forced_conversion", "mostly_blank", "no_licence", "no_items",
        "not_reviewed", "overdue_long", "duplicate", "fragment",
    ),
}  # fmt: skip
# Changes of a sound entry, with its reasons under version 1 and 2: a row is never edited, only added.
GOLDEN = [
    ({}, "", ""),
    ({"private": True}, "not_published", "not_published"),
    ({"published": date(2026, 4, 1)}, "not_published", "not_published"),
    ({"catalogue_state": "draft"}, "not_published", "not_published"),
    ({"catalogue_state": "suspended", "private": True}, "suspended", "suspended"),
    ({"catalogue_state": "withdrawn", "private": True}, "withdrawn", "withdrawn"),
    ({"open_type": "3"}, "not_open", "not_open"),
    ({"government": False}, "not_government", "not_government"),
    ({"open_type": "2"}, "condition_missing", "condition_missing"),
    ({"open_type": "2", "open_condition": "实名", "apply_channel": True}, "", ""),
    ({"files": ()}, "no_open_file", "no_open_file"),
    ({"profile": "federated", "files": (LINK,)}, "linked_only", "linked_only"),
    ({"profile": "federated", "files": (LINK, FILE)}, "", ""),
    ({"files": (DEAD,)}, "dead_link", "dead_link"),
    ({"files": (DEAD, FILE)}, "", ""),
    ({"files": (replace(LINK, link_state=LinkState.UNKNOWN),)}, "", ""),
    ({"files": (DEAD, replace(FILE, format="PDF"))}, "not_machine_readable", "not_machine_readable"),
    ({"files": (replace(FILE, rows=0),)}, "empty_file", "empty_file"),
    ({"files": (replace(FILE, size=0, parses=False),)}, "empty_file", "unreadable empty_file"),
    ({"files": (replace(FILE, parses=False),)}, "", "unreadable"),
    ({"files": (replace(FILE, parses=False), FILE)}, "", ""),
    ({"files": (replace(FILE, forced=True),)}, "", "forced_conversion"),
    ({"files": (replace(FILE, blank_percent=60),)}, "", ""),
    ({"files": (replace(FILE, blank_percent=61),)}, "", "mostly_blank"),
    ({"files": (replace(FILE, blank_percent=61), replace(FILE, forced=True))}, "", "mostly_blank"),
    ({"files": (replace(FILE, blank_percent=61, opening="waiting"),)}, "not_reviewed", "mostly_blank not_reviewed"),
    ({"files": (replace(FILE, parses=False), replace(FILE, opening="waiting"))}, "", "not_reviewed"),
    ({"licence": "notspecified"}, "no_licence", "no_licence"),
    ({"has_items": False}, "no_items", "no_items"),
    ({"has_items": False, "format_class": "5"}, "", ""),
    ({"files": (replace(FILE, opening="waiting"),)}, "not_reviewed", "not_reviewed"),
    ({"profile": "federated", "files": (replace(LINK, opening="publisher"),)}, "linked_only", "linked_only"),
    ({"published": date(2026, 1, 30)}, "overdue_long", "overdue_long"),
    (
        {"government": False, "licence": "", "published": date(2025, 1, 1)},
        "not_government no_licence overdue_long",
        "not_government no_licence overdue_long",
    ),
]  # fmt: skip


def reasons(facts, version, *others):
    return counting.judge("open_datasets", [facts, *others], DAY, version)[facts.id].slugs


def test_versions_have_their_reasons_in_their_order():
    assert counting.VERSIONS == (1, 2)
    assert counting.LATEST == 2
    for version, expected in SLUGS.items():
        assert counting.slugs("open_datasets", version) == expected
        assert counting.slugs("rows", version) == expected
        assert counting.slugs("interfaces", version) == (*expected, "no_interface")
        assert counting.slugs("applications", version) == OF_APPLICATIONS
        assert counting.slugs("hook_up", version) == ("not_hooked_up",)
        assert counting.slugs("cloud", version) == ("not_on_cloud",)


@pytest.mark.parametrize(("change", "first", "second"), GOLDEN)
def test_verdicts_of_every_version(change, first, second):
    facts = replace(GOOD, **change)
    assert reasons(facts, 1) == tuple(first.split())
    assert reasons(facts, 2) == tuple(second.split())


def test_doubles_are_doubles_under_every_version():
    copy = replace(GOOD, id="copy", published=date(2026, 3, 2), columns=("另一列",))
    for version in counting.VERSIONS:
        assert reasons(copy, version, GOOD) == ("duplicate",)
        assert reasons(copy, version, replace(GOOD, licence="")) == ()


def part(number, title, **fields):
    files = (replace(FILE, digest=f"d{number}"),)
    return replace(GOOD, id=f"p{number}", title=title, files=files, published=date(2026, 3, number), **fields)


def test_a_series_counts_once_by_its_first_published_countable_member():
    series = [
        part(1, "公交客流2023年", licence=""),
        part(2, "公交客流2024年"),
        part(3, "公交客流（2025年上半年）"),
        part(4, "云桥区公交客流"),
    ]
    judged = counting.judge("open_datasets", series, DAY, 2)
    assert [judged[f"p{n}"].slugs for n in range(1, 5)] == [
        ("no_licence", "fragment"), (), ("fragment",), ("fragment",),
    ]  # fmt: skip
    first = counting.judge("open_datasets", series, DAY, 1)
    assert [first[f"p{n}"].counted for n in range(1, 5)] == [False, True, True, True]


@pytest.mark.parametrize(
    "other",
    [
        {"organization": "jy"},
        {"columns": ("名称", "客流", "线路")},
        {"columns": ()},
        {"title": "地铁客流2025年"},
    ],
    ids=["another provider", "other items", "no items", "another title"],
)
def test_what_differs_in_more_than_time_and_area_is_no_series(other):
    second = replace(part(2, "公交客流2025年"), **other)
    assert reasons(second, 2, part(1, "公交客流2024年")) == ()


def test_items_in_another_order_and_spelling_are_the_same_items():
    second = part(2, "公交客流2025年", columns=("地 址", "名称"))
    assert reasons(second, 2, part(1, "公交客流2024年")) == ("fragment",)


def test_a_double_is_not_called_a_fragment_as_well():
    assert reasons(part(2, "公交客流 2024年"), 2, part(1, "公交客流2024年")) == ("duplicate",)


def test_who_has_no_provider_belongs_to_no_series():
    parts = [part(n, f"公交客流202{n}年", organization="") for n in (1, 2)]
    assert all(one.counted for one in counting.judge("open_datasets", parts, DAY, 2).values())


def test_interfaces_are_asked_of_what_counts():
    counted, late = Judgement(True, warnings=("overdue",)), Judgement(False, "no_licence", ("no_licence",))
    assert counting.with_interface(counted, True) == counted
    assert counting.with_interface(counted, False) == Judgement(
        False, "no_interface", ("no_interface",), ("overdue",)
    )
    assert counting.with_interface(late, False) == counting.with_interface(late, True) == late


def test_hook_up_and_cloud_are_of_what_is_published_and_due():
    entries = [
        HookUpFacts("a", hooked_up=True), HookUpFacts("b"), HookUpFacts("c", due=False),
        HookUpFacts("d", state="draft"),
    ]  # fmt: skip
    systems = [SystemFacts("a", cloud=True), SystemFacts("b"), SystemFacts("c", state="withdrawn")]
    for version in counting.VERSIONS:
        judged = counting.judge("hook_up", entries, DAY, version)
        assert {ident: one.primary for ident, one in judged.items()} == {"a": None, "b": "not_hooked_up"}
        judged = counting.judge("cloud", systems, DAY, version)
        assert {ident: one.primary for ident, one in judged.items()} == {"a": None, "b": "not_on_cloud"}
    assert not any(fact.public for fact in (*entries, *systems))


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (GOOD, date(2026, 4, 2)),  # a month after 1 March is over
        (replace(GOOD, published=date(2026, 1, 30)), None),  # late for good already
        (replace(GOOD, published=date(2026, 2, 28)), date(2026, 4, 29)),  # from late to late for long
        (replace(GOOD, published=date(2026, 4, 9)), date(2026, 4, 9)),
        (replace(GOOD, update_cycle="8"), None),
    ],
)
def test_the_next_day_on_which_time_acts(fact, expected):
    assert counting.next_change("open_datasets", fact, DAY) == expected


def test_a_look_at_an_application_ages():
    app = ApplicationFacts("a", form="app", app_id="x", proof_checked=date(2026, 3, 1))
    assert counting.next_change("applications", app, DAY) == date(2026, 5, 31)
    assert counting.next_change("applications", app, date(2026, 5, 31)) is None
