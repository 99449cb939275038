"""Codes of resources and organisations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as reference

from ckanext.govshare.kernel import codes

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KNOWN = ["91350100M000100Y43", "91440300708461136T", "11330283002982634F", "51100000500019541K"]


@pytest.mark.parametrize("code", KNOWN)
def test_known_code_passes(code):
    assert codes.uscc_valid(code)
    assert codes.org_code_valid(code[8:17])


@pytest.mark.parametrize("code", KNOWN)
@pytest.mark.parametrize("position", range(18))
def test_one_wrong_character_is_found(code, position):
    wrong = "1" if code[position] != "1" else "2"
    assert not codes.uscc_valid(code[:position] + wrong + code[position + 1 :])


@pytest.mark.parametrize(
    "code",
    [None, "", 91350100000100, "91350100m000100y43", "91350100M000100Y4", "91350100M000100Y433",
        " 91350100M000100Y43",
     "91350100M000100Y43\n", "９1350100M000100Y43", "I1350100M000100Y43", "9135010OM000100Y43",
     "91 350100M000100Y43"],
)  # fmt: skip
def test_malformed_code_is_refused(code):
    assert not codes.uscc_valid(code)


@given(
    st.text("123456789", min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)
def test_check_character_agrees_with_stdnum(registrar, region, body):
    first = registrar + region + body
    check = codes.uscc_check_char(first)
    assert check == reference.calc_check_digit(first)
    assert codes.uscc_valid(first + check)
    others = [char for char in ALPHABET if char != check]
    assert not any(codes.uscc_valid(first + char) for char in others)


@pytest.mark.parametrize("first", ["A1", "N2", "Y1"])
def test_registrars_with_letters_pass(first):
    body = first + "990100" + "M000100Y4"
    assert codes.uscc_valid(body + codes.uscc_check_char(body))


@pytest.mark.parametrize("first17", ["", "1" * 16, "1" * 18, "I" * 17, None])
def test_check_character_of_anything_else_raises(first17):
    with pytest.raises(ValueError, match="17 characters"):
        codes.uscc_check_char(first17)


def test_org_code_check_characters():
    assert codes.org_code_check_char("M000100Y") == "4"
    assert not codes.org_code_valid("M000100Y5")
    assert not codes.org_code_valid(None)
    with pytest.raises(ValueError, match="8 characters"):
        codes.org_code_check_char("M00")


@pytest.mark.parametrize("code", ["307001004/0007", "307001/1", "221211003/1003", "101001/000001"])
def test_resource_code_has_its_shape(code):
    assert codes.code_valid(code)
    assert codes.code_name(code) == code.replace("/", "-")


@pytest.mark.parametrize(
    "code", ["407001/1", "30700/1", "307001", "307001/", "/1", "307001/1\n", "３07001/1", "307001-1",
        None, 3]
)
def test_other_shapes_are_no_resource_code(code):
    assert not codes.code_valid(code)
    with pytest.raises(ValueError, match="not an information resource code"):
        codes.code_name(code)


def test_class_of_code_has_whole_prefixes():
    found = codes.code_class("307001004/0007")
    assert found == ("3", "307", "307001", "307001004")
    assert found.prefix == "307001004"
    assert codes.prefix_class("307001").fields() == {"class_lei": "3", "class_xiang": "307",
        "class_mu": "307001"}
    assert codes.prefix_class("3").prefix == "3"


@pytest.mark.parametrize("prefix", ["", "4", "30", "3070", "30700", "abc", "３"])
def test_prefix_that_ends_on_no_level_raises(prefix):
    with pytest.raises(ValueError, match="not a classification prefix"):
        codes.prefix_class(prefix)
