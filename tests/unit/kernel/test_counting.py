"""The counting rule on hand-made facts: every reason, its precedence, the sums, the dates (docs/counting.md)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.kernel.counting import (
    ApplicationFacts,
    DatasetFacts,
    FileFacts,
    LinkState,
    application_identifier,
    judge,
    overdue,
    slugs,
)

DAY = date(2026, 3, 31)
FILE = FileFacts(format="CSV", rows=20, size=900, digest="a" * 64)
LINK = FileFacts(format="CSV", linked=True, link_state=LinkState.OK)
GOOD = DatasetFacts(
    id="good",
    title="公交站点",
    organization="jt",
    licence="cc-by",
    format_class="2",
    has_items=True,
    update_cycle="4",
    published=date(2026, 3, 1),
    files=(FILE,),
)
APP = ApplicationFacts(id="app", url="https://bus.example.org/", open_datasets=1, published=date(2026, 3, 1))
MINI = replace(APP, id="mini", form="miniprogram", url="", app_id="wx1", proof_checked=DAY)

# One change each that breaks exactly the rule named.
DATASET_FAULTS = {
    "not_published": {"private": True},
    "not_open": {"open_type": "3"},
    "suspended": {"catalogue_state": "suspended", "private": True},
    "withdrawn": {"catalogue_state": "withdrawn", "private": True},
    "not_government": {"government": False},
    "condition_missing": {"open_type": "2"},
    "no_open_file": {"files": ()},
    "linked_only": {"profile": "federated", "files": (LINK,)},
    "dead_link": {"files": (replace(LINK, link_state=LinkState.DEAD),)},
    "not_machine_readable": {"files": (replace(FILE, format="PDF"),)},
    "unreadable": {"files": (replace(FILE, parses=False),)},
    "empty_file": {"files": (replace(FILE, rows=0),)},
    "forced_conversion": {"files": (replace(FILE, forced=True),)},
    "mostly_blank": {"files": (replace(FILE, blank_percent=61),)},
    "no_licence": {"licence": ""},
    "no_items": {"has_items": False},
    "not_reviewed": {"files": (replace(FILE, opening="waiting"),)},
    "overdue_long": {"published": date(2026, 1, 30)},
}
# Faults that can be together, from the strongest to the weakest.
CHAIN = [
    {"private": True},
    {"open_type": "3"},
    {"government": False},
    {"files": ()},
    {"licence": ""},
    {"has_items": False},
    {"published": date(2025, 1, 1)},
]
APPLICATION_FAULTS = {
    "not_approved": {"approved": False},
    "own_use": {"own_use": True},
    "no_open_dataset": {"open_datasets": 0},
    "no_proof": {"url": ""},
    "dead_link": {"link_state": LinkState.DEAD},
    "proof_old": {"form": "app", "app_id": "x", "proof_checked": date(2025, 12, 30)},
}


def one(facts: DatasetFacts, day: date = DAY):
    return judge("open_datasets", [facts], day)[facts.id]


def tally(facts: list[DatasetFacts]) -> Counter[str | None]:
    """Candidates by primary reason; None is counted."""
    return Counter(judgement.primary for judgement in judge("open_datasets", facts, DAY).values())


def app(facts: ApplicationFacts):
    return judge("applications", [facts], DAY)[facts.id]


def test_sound_dataset_counts():
    assert one(GOOD).counted
    assert one(GOOD).slugs == ()


@pytest.mark.parametrize(("slug", "change"), DATASET_FAULTS.items())
def test_each_fault_of_a_dataset_has_its_reason(slug, change):
    judgement = one(replace(GOOD, **change))
    assert (judgement.counted, judgement.primary, judgement.slugs) == (False, slug, (slug,))


@pytest.mark.parametrize(("slug", "change"), APPLICATION_FAULTS.items())
def test_each_fault_of_an_application_has_its_reason(slug, change):
    assert app(replace(APP, **change)).slugs == (slug,)


def test_tables_of_faults_leave_no_reason_out():
    assert (*DATASET_FAULTS, "duplicate", "fragment") == slugs("open_datasets")
    assert (*APPLICATION_FAULTS, "duplicate") == slugs("applications")


@pytest.mark.parametrize("start", range(len(CHAIN)))
def test_primary_reason_is_the_strongest_and_all_are_kept(start):
    facts = GOOD
    for change in reversed(CHAIN[start:]):
        facts = replace(facts, **change)
    judgement = one(facts)
    order = ["not_published", "not_open", "not_government", "no_open_file", "no_licence", "no_items"]
    expected = [*order, "overdue_long"][start:]
    assert list(judgement.slugs) == expected
    assert judgement.primary == expected[0]


def test_file_reason_is_of_the_best_file():
    dead_csv, live_pdf = replace(LINK, link_state=LinkState.DEAD), replace(FILE, format="pdf")
    assert one(replace(GOOD, files=(dead_csv, live_pdf))).slugs == ("not_machine_readable",)
    assert one(replace(GOOD, files=(dead_csv, FILE))).counted
    assert one(replace(GOOD, files=(dead_csv, FILE))).warnings == ("some_dead_links",)


@pytest.mark.parametrize(
    "file",
    [
        replace(LINK, link_state=LinkState.UNKNOWN),
        replace(FILE, rows=None),
        replace(FILE, format=".xlsx"),
        replace(FILE, parses=True, blank_percent=60),
    ],
)
def test_unknown_keeps_counting(file):
    assert one(replace(GOOD, files=(file,))).counted


def test_federated_entry_with_a_stored_file_counts_without_items():
    assert one(replace(GOOD, profile="federated", has_items=False, files=(LINK, FILE))).counted


def test_one_reviewed_file_is_enough_and_the_better_waiting_one_does_not_help():
    waiting = replace(FILE, opening="waiting")
    assert one(replace(GOOD, files=(waiting, FILE))).counted
    reviewed_pdf = replace(FILE, format="PDF")
    assert one(replace(GOOD, files=(waiting, reviewed_pdf))).slugs == ("not_reviewed",)


def test_files_of_another_publisher_neither_count_nor_want_a_review():
    theirs = replace(LINK, opening="publisher")
    federated = replace(GOOD, profile="federated")
    assert one(replace(federated, files=(theirs,))).slugs == ("linked_only",)
    assert one(replace(federated, files=(theirs, replace(FILE, opening="waiting")))).slugs == (
        "not_reviewed",
    )
    assert one(replace(federated, files=(theirs, replace(FILE, format="PDF")))).slugs == (
        "not_machine_readable",
    )


def test_conditional_entry_counts_with_condition_and_channel():
    assert one(replace(GOOD, open_type="2", open_condition="签订协议", apply_channel=True)).counted
    assert one(replace(GOOD, open_type="2", open_condition="签订协议")).primary == "condition_missing"


def test_future_publication_counts_from_its_day():
    facts = replace(GOOD, published=date(2026, 4, 1))
    assert one(facts).primary == "not_published"
    assert one(facts, date(2026, 4, 1)).counted


@pytest.mark.parametrize(
    ("cycle", "day", "expected"),
    [
        ("2", date(2026, 1, 2), None),
        ("2", date(2026, 1, 3), "overdue"),
        ("2", date(2026, 1, 31), "overdue"),
        ("2", date(2026, 2, 1), "overdue_long"),
        ("3", date(2026, 1, 31), "overdue"),
        ("4", date(2026, 2, 1), None),
        ("4", date(2026, 3, 1), "overdue"),
        ("4", date(2026, 3, 2), "overdue_long"),
        ("5", date(2026, 7, 1), "overdue"),
        ("5", date(2026, 7, 2), "overdue_long"),
        ("6", date(2027, 1, 2), "overdue_long"),
        ("7", date(2028, 1, 1), "overdue"),
        ("7", date(2028, 1, 2), "overdue_long"),
        ("8", date(2040, 1, 1), None),
        ("", date(2040, 1, 1), None),
    ],
)
def test_overdue_by_cycle(cycle, day, expected):
    assert overdue(replace(GOOD, update_cycle=cycle, published=date(2026, 1, 1)), day) == expected


def test_month_ends_are_clamped():
    facts = replace(GOOD, update_cycle="4", published=None, data_updated=date(2026, 1, 31))
    assert overdue(facts, date(2026, 2, 28)) is None
    assert overdue(facts, date(2026, 3, 1)) == "overdue"
    assert (
        overdue(replace(facts, update_cycle="7", data_updated=date(2024, 2, 29)), date(2026, 2, 28))
        == "overdue"
    )


def test_without_a_date_nothing_is_overdue():
    assert overdue(replace(GOOD, published=None), DAY) is None


def test_overdue_warns_before_it_stops_counting():
    judgement = one(replace(GOOD, update_cycle="2"))
    assert judgement.counted
    assert judgement.warnings == ("overdue",)


@pytest.mark.parametrize(
    "copy",
    [
        replace(
            GOOD, id="copy", published=date(2026, 3, 2), files=(replace(FILE, digest="b"),), title="公交 站点"
        ),
        replace(GOOD, id="copy", published=date(2026, 3, 2), title="另一个名字", organization="jy"),
    ],
)
def test_first_published_counts_and_its_copy_is_a_duplicate(copy):
    judged = judge("open_datasets", [copy, GOOD], DAY)
    assert list(judged) == ["copy", "good"]
    assert judged["good"].counted
    assert judged["copy"].slugs == ("duplicate",)


def test_copy_counts_where_the_first_does_not():
    copy = replace(GOOD, id="copy", published=date(2026, 3, 2))
    judged = judge("open_datasets", [replace(GOOD, licence=""), copy], DAY)
    assert judged["copy"].counted
    assert judged["good"].slugs == ("no_licence", "duplicate")


def test_same_title_of_another_provider_is_no_duplicate():
    other = replace(GOOD, id="other", organization="jy", files=(replace(FILE, digest="b"),))
    assert all(j.counted for j in judge("open_datasets", [GOOD, other], DAY).values())


def test_application_forms_and_their_proof():
    assert app(APP).counted
    assert app(replace(APP, link_state=LinkState.OK)).counted
    assert app(MINI).counted
    assert app(replace(MINI, proof_checked=None)).primary == "proof_old"
    assert app(replace(MINI, app_id="")).primary == "no_proof"
    assert app(replace(APP, form="report", url="", doi="10.1/x")).counted
    assert app(replace(APP, form="report", url="", file_digest="c")).counted
    assert app(replace(APP, form="report")).primary == "no_proof"


def test_look_of_exactly_ninety_days_is_good():
    assert app(replace(MINI, proof_checked=date(2025, 12, 31))).counted
    assert app(replace(MINI, proof_checked=date(2025, 12, 30))).primary == "proof_old"


@pytest.mark.parametrize(
    ("one_url", "other", "same"),
    [
        ("https://bus.example.org/", "http://www.bus.example.org", True),
        ("https://bus.example.org/a", "https://bus.example.org/b", False),
        ("https://bus.example.org/?a=1", "https://bus.example.org/?a=2", False),
        ("http://[broken", "http://[broken", True),
    ],
)
def test_addresses_are_compared_as_people_do(one_url, other, same):
    left, right = (application_identifier(replace(APP, url=url)) for url in (one_url, other))
    assert (left == right) is same


def test_doubled_application_counts_once():
    judged = judge("applications", [APP, replace(APP, id="zz", title="换个名字")], DAY)
    assert judged["app"].counted
    assert judged["zz"].primary == "duplicate"


def test_example_of_the_issue():
    """79 valid, 1 private, 1 PDF only, 1 dead link, 1 duplicate: 79, four reasons; repaired: 80."""
    valid = [
        replace(GOOD, id=f"v{i:02}", title=f"数据{i}", files=(replace(FILE, digest=f"d{i}"),))
        for i in range(79)
    ]
    private = replace(GOOD, id="private", title="甲", private=True)
    pdf = replace(GOOD, id="pdf", title="乙", files=(replace(FILE, format="PDF", digest="p"),))
    dead = replace(GOOD, id="dead", title="丙", files=(replace(LINK, link_state=LinkState.DEAD),))
    twin = replace(valid[0], id="twin", title="丁", published=date(2026, 3, 9))
    assert tally([*valid, private, pdf, dead, twin]) == {
        None: 79,
        "not_published": 1,
        "dead_link": 1,
        "not_machine_readable": 1,
        "duplicate": 1,
    }
    assert tally([*valid, private, pdf, replace(dead, files=(LINK,)), twin])[None] == 80


FAULTY = st.builds(
    lambda number, faults: replace(
        GOOD, id=f"e{number}", **{k: v for fault in faults for k, v in fault.items()}
    ),
    st.integers(0, 9),
    st.lists(st.sampled_from(list(DATASET_FAULTS.values())), max_size=4),
)


@given(st.lists(FAULTY, max_size=12, unique_by=lambda facts: facts.id))
def test_counted_and_reasons_add_up_to_candidates(facts):
    judged = judge("open_datasets", facts, DAY)
    assert sum(tally(facts).values()) == len(judged) == len(facts)
    assert all(list(j.slugs) == sorted(j.slugs, key=slugs("open_datasets").index) for j in judged.values())


@given(st.permutations([replace(GOOD, id=f"e{i}", title=f"{i % 3}") for i in range(6)]))
def test_order_of_facts_changes_no_count(facts):
    """All six share a file: exactly one counts, always the same."""
    assert [ident for ident, j in judge("open_datasets", facts, DAY).items() if j.counted] == ["e0"]
