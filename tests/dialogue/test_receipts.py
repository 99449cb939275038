"""Codes of receipts and stamps of forms: made of a secret, typed by people, forged by others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ckanext.govshare import receipts
from ckanext.govshare.kernel import clock

NONCE = "0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.usefixtures("loaded")


def test_one_form_leads_to_one_code_and_another_purpose_to_another():
    code = receipts.code_of("dialogue", NONCE)
    assert code == receipts.code_of("dialogue", NONCE)
    assert code != receipts.code_of("submission", NONCE)
    assert receipts.token_of("submission", NONCE) == receipts.token_of("submission", NONCE)
    assert len({receipts.code_of("dialogue", nonce) for nonce in ("", "x", NONCE.upper(), NONCE[:-1])}) == 4


def test_a_code_is_read_however_it_is_typed():
    code = receipts.code_of("dialogue", NONCE)
    assert len(code) == 24
    for typed in (
        code.lower(),
        code.replace("-", ""),
        f"  {code.replace('-', ' ')} ",
        code.replace("0", "O"),
    ):
        assert receipts.plain_code(typed) == code
    assert receipts.plain_code("") == ""


def test_the_age_of_a_form_is_told_by_its_stamp_alone(frozen):
    with frozen(clock.now() - timedelta(seconds=90)):
        stamp = receipts.stamp(NONCE)
    assert 89 <= receipts.age(NONCE, stamp) <= 92
    for forged in (
        "",
        "1",
        "1.",
        f"1.{'0' * 32}",
        stamp[:-1],
        "99999999999999.x",
        "²." + stamp,
        "1.é",
        stamp + "0",
    ):
        assert receipts.age(NONCE, forged) == -1
    assert receipts.age(NONCE.replace("0", "1"), stamp) == -1
