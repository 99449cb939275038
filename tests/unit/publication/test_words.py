"""The words of every version of the counting rule are complete."""

from __future__ import annotations

import pytest

from ckanext.govshare.kernel import counting
from ckanext.govshare.publication import reasons

WARNINGS = {"overdue", "some_dead_links"}
MEASURES = ("open_datasets", "applications", "interfaces", "rows", "hook_up", "cloud")


@pytest.mark.parametrize("version", counting.VERSIONS)
def test_every_reason_of_every_measure_has_words_in_both_languages(version):
    words = reasons.rule(version)["reasons"]
    slugs = {slug for measure in MEASURES for slug in counting.slugs(measure, version)}
    assert set(words) == slugs | WARNINGS
    for slug, texts in words.items():
        assert set(texts) == {"zh", "en", "todo_zh", "todo_en"}, slug
        assert all(texts.values()), slug


@pytest.mark.parametrize("version", counting.VERSIONS)
def test_rule_reads_in_both_languages_and_names_its_version(version):
    words = reasons.rule(version)
    assert words["version"] == version
    assert words["title_zh"] == f"统计口径（第{version}版）"
    assert words["title_en"] == f"Counting rule (version {version})"
    assert all(sentence["zh"] and sentence["en"] for sentence in words["rule"])
