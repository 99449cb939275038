"""What the ledger relies on, for any facts: groups are independent, time says when it acts, facts survive JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.govshare.kernel import counting
from ckanext.govshare.kernel.counting import (
    ApplicationFacts,
    DatasetFacts,
    FileFacts,
    HookUpFacts,
    LinkState,
    SystemFacts,
)

DAY = date(2026, 3, 31)
DAYS = st.dates(date(2025, 6, 1), date(2026, 9, 30))
STATES = st.sampled_from(["published", "published", "published", "suspended", "draft"])
FILES = st.builds(
    FileFacts,
    format=st.sampled_from(["CSV", "CSV", "PDF"]),
    linked=st.booleans(),
    link_state=st.sampled_from(LinkState),
    rows=st.sampled_from([None, 0, 7]),
    digest=st.sampled_from(["", "a", "b"]),
    opening=st.sampled_from(["open", "open", "waiting", "publisher"]),
    parses=st.sampled_from([None, True, False]),
    blank_percent=st.sampled_from([None, 0, 60, 61]),
    forced=st.booleans(),
)
SOUND = FileFacts(format="CSV", rows=7)
DATASETS = st.builds(
    DatasetFacts,
    id=st.integers(0, 30).map("e{}".format),
    title=st.sampled_from(
        ["", "站点", "站点2025年", "站点（云桥区）", "2026年站点", "线路", "线路（第2期）", "2026年"]
    ),
    organization=st.sampled_from(["", "jt", "jy"]),
    private=st.sampled_from([False, False, False, True]),
    catalogue_state=STATES,
    open_type=st.sampled_from("112"),
    licence=st.sampled_from(["cc-by", "cc-by", ""]),
    columns=st.sampled_from([(), ("名称",), ("名称", "地址"), ("地址", "名称")]),
    update_cycle=st.sampled_from(["", "1", "3", "4", "7", "8"]),
    published=st.none() | DAYS,
    data_updated=st.none() | DAYS,
    files=st.lists(FILES | st.just(SOUND) | st.just(replace(SOUND, digest="a")), max_size=2).map(tuple),
)
APPLICATIONS = st.builds(
    ApplicationFacts,
    id=st.integers(0, 30).map("a{}".format),
    form=st.sampled_from(["web", "app", "report"]),
    approved=st.booleans(),
    url=st.sampled_from(["", "https://a.example/", "http://www.a.example"]),
    app_id=st.sampled_from(["", "wx1", "WX1 "]),
    doi=st.sampled_from(["", "10.1/x"]),
    link_state=st.sampled_from(LinkState),
    proof_checked=st.none() | DAYS,
    open_datasets=st.integers(0, 2),
    published=st.none() | DAYS,
)
HOOK_UPS = st.builds(
    HookUpFacts, id=st.integers(0, 9).map(str), state=STATES, due=st.booleans(), hooked_up=st.booleans()
)
SYSTEMS = st.builds(SystemFacts, id=st.integers(0, 9).map(str), state=STATES, cloud=st.booleans())
KINDS = {"open_datasets": DATASETS, "applications": APPLICATIONS, "hook_up": HOOK_UPS, "cloud": SYSTEMS}
CASES = [(measure, version) for measure in KINDS for version in counting.VERSIONS]
some_facts = settings(max_examples=50, deadline=None)
every_case = pytest.mark.parametrize(("measure", "version"), CASES)


def some(data, measure, most=14):
    return data.draw(st.lists(KINDS[measure], max_size=most, unique_by=lambda fact: fact.id))


def groups(measure, facts, version):
    """Candidates that are connected by shared keys."""
    left = {fact.id: (fact, counting.keys(measure, fact, version)) for fact in facts}
    while left:
        group, keys = [], set(left[next(iter(left))][1])
        first = next(iter(left))
        group.append(left.pop(first)[0])
        while near := [ident for ident, (_, own) in left.items() if own & keys]:
            for ident in near:
                fact, own = left.pop(ident)
                group.append(fact)
                keys |= own
        yield group


@every_case
@some_facts
@given(data=st.data(), day=DAYS)
def test_a_connected_group_alone_is_judged_as_among_all(measure, version, data, day):
    facts = some(data, measure)
    judged = counting.judge(measure, facts, day, version)
    for group in groups(measure, facts, version):
        alone = counting.judge(measure, group, day, version)
        assert alone == {ident: judgement for ident, judgement in judged.items() if ident in alone}


@every_case
@some_facts
@given(data=st.data(), day=DAYS)
def test_nothing_changes_before_the_next_change(measure, version, data, day):
    facts = some(data, measure, 6)
    found = [counting.next_change(measure, fact, day, version) for fact in facts]
    ends = [change for change in found if change is not None]
    assert all(change > day for change in ends)
    last = min(ends, default=day + timedelta(days=1000)) - timedelta(days=1)
    between = data.draw(st.dates(day, last))
    expected = counting.judge(measure, facts, day, version)
    assert counting.judge(measure, facts, between, version) == expected
    assert counting.judge(measure, facts, last, version) == expected


@every_case
@some_facts
@given(data=st.data(), day=DAYS)
def test_what_cannot_count_changes_nobody_elses_verdict(measure, version, data, day):
    facts = some(data, measure)
    alone = [counting.judge(measure, [fact], day, version).get(fact.id) for fact in facts]
    countable = {fact.id for fact, one in zip(facts, alone, strict=True) if one and one.counted}
    judged = counting.judge(measure, facts, day, version)
    without = counting.judge(measure, [fact for fact in facts if fact.id in countable], day, version)
    assert without == {ident: judged[ident] for ident in without}


@every_case
@some_facts
@given(data=st.data(), day=DAYS)
def test_order_of_facts_changes_no_verdict_and_all_have_one(measure, version, data, day):
    facts = some(data, measure)
    judged = counting.judge(measure, facts, day, version)
    assert list(judged) == [fact.id for fact in facts if fact.candidate]
    assert counting.judge(measure, data.draw(st.permutations(facts)), day, version) == judged
    order = counting.slugs(measure, version)
    for judgement in judged.values():
        assert judgement.counted is not bool(judgement.slugs)
        assert list(judgement.slugs) == sorted(judgement.slugs, key=order.index)


@pytest.mark.parametrize("measure", KINDS)
@some_facts
@given(data=st.data())
def test_facts_survive_json(measure, data):
    fact = data.draw(KINDS[measure])
    stored = counting.as_dict(fact)
    assert json.loads(json.dumps(stored)) == stored
    assert counting.from_dict(measure, stored) == fact
    assert counting.from_dict(measure, {**stored, "of a later version": 1}) == fact
    assert counting.from_dict(measure, {"id": fact.id}) == type(fact)(id=fact.id)


@some_facts
@given(
    st.builds(
        DatasetFacts, id=st.just("e"), title=st.text(), organization=st.text(), columns=st.tuples(st.text())
    )
)
def test_any_title_has_short_keys(fact):
    long = replace(fact, title=fact.title + "长" * 500, files=(FileFacts(digest="a" * 64),) * 50)
    for version in counting.VERSIONS:
        assert all(
            len(key) <= 200 for one in (fact, long) for key in counting.keys("open_datasets", one, version)
        )


@pytest.mark.parametrize("start", [date.min, date.max, date(9999, 2, 28)])
@pytest.mark.parametrize("cycle", ["1", "3", "7"])
def test_days_at_the_ends_of_the_calendar_break_nothing(start, cycle):
    fact = DatasetFacts(id="e", update_cycle=cycle, published=start, data_updated=start)
    app = ApplicationFacts(id="a", form="app", app_id="x", proof_checked=start)
    for version in counting.VERSIONS:
        for day in (date.min, DAY, date.max):
            counting.judge("open_datasets", [fact], day, version)
            counting.judge("applications", [app], day, version)
            counting.next_change("open_datasets", fact, day, version)
            counting.next_change("applications", app, day, version)


def test_unknown_measures_and_versions_are_refused():
    for call in (
        lambda: counting.judge("interfaces", [], DAY),
        lambda: counting.judge("open_datasets", [], DAY, 3),
        lambda: counting.slugs("beauty"),
        lambda: counting.from_dict("beauty", {}),
    ):
        with pytest.raises(ValueError, match="no "):
            call()
