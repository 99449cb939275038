"""The words of the counting rule are complete."""

from __future__ import annotations

from ckanext.govshare.kernel.counting import APPLICATION_SLUGS, DATASET_SLUGS, RULE_VERSION
from ckanext.govshare.publication import reasons

WARNINGS = {"overdue", "some_dead_links"}


def test_every_reason_has_words_in_both_languages():
    words = reasons.rule(RULE_VERSION)["reasons"]
    assert set(words) == set(DATASET_SLUGS) | set(APPLICATION_SLUGS) | WARNINGS
    for slug, texts in words.items():
        assert set(texts) == {"zh", "en", "todo_zh", "todo_en"}, slug
        assert all(texts.values()), slug


def test_rule_reads_in_both_languages():
    for sentence in reasons.rule(RULE_VERSION)["rule"]:
        assert sentence["zh"]
        assert sentence["en"]
