"""What personal data and secrecy look like in a cell: numbers with their check digits, telling column names, words.

Everything here is a pure function of one text. A number alone proves little: 9.2 % of random 18-digit strings pass the
check digit of GB 11643, so an identity number must also begin with a region of GB/T 2260 and hold a day on which
somebody can be born (about 1 in 70,000 random strings is left). Masked values (``138****1234``) are no mark.

Known limits: bank cards are known by the BINs of large banks or by the name of their column; names and addresses only
by the name of their column. Sources: GB 11643-1999, GB/T 2260, ISO/IEC 7812 (Luhn), GA 36 (plates); standards.md §2.5,
§7 "ID numbers in files".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import NamedTuple


class Kind(str, Enum):
    """Kinds of findings; the values are stable, clearances name them."""

    ID_CARD = "id_card"
    ID_CARD_15 = "id_card_15"
    RESIDENCE_PERMIT = "residence_permit"
    PASSPORT = "passport"
    BANK_CARD = "bank_card"
    MOBILE = "mobile"
    PHONE = "phone"
    EMAIL = "email"
    PLATE = "plate"
    COLUMN_NAME = "column_name"
    SECRECY = "secrecy_words"
    UNREADABLE = "unreadable"
    LINK = "link"


class Mark(NamedTuple):
    """One mark in a text: its kind and the characters that make it."""

    kind: Kind
    text: str


# Provinces of GB/T 2260, and 71 台湾; 81, 82, 83 are the 居住证 of 港澳台 residents, which have one prefix each.
PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71".split()  # noqa: SIM905
)
PERMIT_REGIONS = frozenset(("810000", "820000", "830000"))
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Issuer numbers of the large banks, debit and credit (ISO/IEC 7812). Remembered, not official: a column name helps too.
_BINS = frozenset(
    """
    621226 621225 621281 622200 622202 622203 622208 622848 622845 622846 622849 623018 621700 622700 436742 621284
    622280 621660 621661 621662 621663 621665 621666 621669 621785 621786 621787 621788 621756 621757 456351 601382
    622258 622259 622260 622261 622262 405512 622188 621096 621098 622150 622151 622181 621797 621798 621799 622199
    621285 621483 621485 621486 622588 622575 622576 622577 622578 622580 622609 410062 622690 622691 622692 622696
    622698 621768 621770 621771 433670 622660 622661 622662 622663 622665 622668 621492 622615 622616 622617 622618
    622622 415599 622521 622522 622517 622518 621791 621792 621793 622908 622909 438588 622155 622156 622157 622986
    622989 622298 622568 622555 622556 621462 622630 622631 622632 623020 622163 602969 621420 621030
    """.split()  # noqa: SIM905 - a table
)
_PLATE_HEADS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

_ID_18 = re.compile(r"(?<![0-9])([0-9]{17}[0-9Xx])(?![0-9A-Za-z])")
_ID_SPACED = re.compile(r"(?<![0-9])([0-9]{6})[ -]([0-9]{8})[ -]([0-9]{3}[0-9Xx])(?![0-9A-Za-z])")
_ID_15 = re.compile(r"(?<![0-9A-Za-z.])([0-9]{15})(?![0-9A-Za-z]|\.[0-9])")
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9]\.)(?:\+?86[ -]?)?(1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4}))"
    r"(?![0-9A-Za-z]|\.[0-9])"
)
_CARD = re.compile(
    r"(?<![0-9A-Za-z.])([0-9]{16,19}|[0-9]{4}(?:[ -][0-9]{4}){3}(?:[ -][0-9]{1,3})?)(?![0-9A-Za-z]|\.[0-9])"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_PLATE = re.compile(
    rf"[{_PLATE_HEADS}][A-HJ-NP-Z][·. -]?(?=[A-Z]*[0-9])[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])"
)
_PHONE = re.compile(r"(?<![0-9])(?:\(?0[0-9]{2,3}\)?[- ]?)?[2-9][0-9]{6,7}(?![0-9])")
_PASSPORT = re.compile(
    r"(?<![0-9A-Za-z])(?:[EGDSPHMC][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[HM][0-9]{10})(?![0-9A-Za-z])"
)
SECRECY = re.compile(
    r"(?<![非不])(?:国家秘密|工作秘密|商业秘密|绝密|机密|秘密|涉密)|内部(?:资料|使用|文件|掌握|信息|参考|刊物)"
    r"|仅限内部|不得外传|不宜公开|national defen[cs]e|national security|\b(?:top[ -])?secret\b|\bconfidential\b"
    r"|\bclassified\b(?! (?:as|into|by|in|under|according|ads?)\b)|\bnoforn\b|for official use only|internal use only",
    re.IGNORECASE,
)
# One cheap look that most rows fail (`hint`): eleven digits, a letter of a plate, words.
_DIGITS = re.compile(r"(?<![0-9])(?:[0-9][ -]?){10}[0-9]")
_SIGNS = re.compile(rf"[@＠]|[{_PLATE_HEADS}][A-ZＡ-Ｚ]|[０-９]{{4}}")
_CHINESE_WORDS = ("密", "内部", "不得外传", "不宜公开")
_WORDS = ("secret", "national", "classified", "confidential", "noforn", "official use", "internal use")
MASKED = re.compile(r"[*＊●■※]|[xX×]{3,}|#{3,}|某")

# What the name of a column tells about its values. The first topics are about a person whatever the values look like.
_TOPICS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(words, re.IGNORECASE))
    for topic, words in (
        (
            "identity",
            r"身份证|身份号|公民身份|证件号|证件编号|id_?card|id_?number|sfz|identity_?(?:no|num|card)",
        ),
        ("name", r"姓名|名字|联系人|户主|监护人|患者|当事人|xingming|full_?name|person_?name|contact_?name"),
        ("mobile", r"手机|移动电话|联系电话|联系方式|家庭电话|mobile|cell_?phone|contact_?phone"),
        ("address", r"住址|家庭地址|居住地|户籍|现住|home_?address"),
        ("bank", r"银行卡|银行账|卡号|收款账|bank_?(?:card|account)|card_?no"),
        ("passport", r"护照|通行证|passport"),
        ("birth", r"出生日期|出生年月|生日|birth_?da(?:y|te)"),
        ("email", r"邮箱|电子邮件|e-?mail"),
        ("plate", r"车牌|号牌号码|plate_?n"),
        ("social", r"社保[卡号编]|医保[卡号编]|社会保障号|微信|qq号|wechat"),
        ("health", r"病历|病史|诊断结果|患病|宗教信仰|指纹|人脸|基因"),
        ("phone", r"电话|传真|\btel\b|tele?phone|phone"),
    )
)
PERSONAL = frozenset(topic for topic, _ in _TOPICS) - {"phone"}


def topics(name: str) -> frozenset[str]:
    """What the name of a column tells: ``identity name mobile address bank …``; empty for most columns."""
    return frozenset(topic for topic, words in _TOPICS if words.search(name))


def check_digit_right(number: str) -> bool:
    """Whether the eighteenth character follows from the first seventeen (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper()


def _day(text: str, today: date) -> bool:
    """Whether eight digits are a day from 1900 until today."""
    try:
        return int(text[:4]) >= 1900 and date(int(text[:4]), int(text[4:6]), int(text[6:])) <= today
    except ValueError:
        return False


def id_kind(number: str, today: date) -> Kind | None:
    """What 18 characters are as a number of a person: identity card, 港澳台居住证, or nothing.

    :param number: 17 digits and a digit or ``X``
    :param today: nobody is born later
    """
    permit = number[:6] in PERMIT_REGIONS
    if not permit and (number[:2] not in PROVINCES or number[2:4] == "00"):
        return None
    if not _day(number[6:14], today) or not check_digit_right(number):
        return None
    return Kind.RESIDENCE_PERMIT if permit else Kind.ID_CARD


def id_15(number: str, today: date) -> bool:
    """Whether 15 digits have the shape of a first-generation identity number; 1.2 % of random ones do."""
    return number[:2] in PROVINCES and number[2:4] != "00" and _day(f"19{number[6:12]}", today)


def luhn_right(number: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def normal(text: str) -> str:
    """A text with its full-width characters made plain, so that ``１３８…`` is read as what it says."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def marks(text: str, tells: frozenset[str], today: date) -> Iterator[Mark]:
    """Every mark in a cell or line.

    :param text: as `normal` gives it
    :param tells: what the name of its column tells (`topics`)
    """
    taken = False
    for number in (*_ID_18.findall(text), *map("".join, _ID_SPACED.findall(text))):
        kind = id_kind(number, today)
        if kind is not None:
            taken = True
            yield Mark(kind, number)
    for number in _ID_15.findall(text):
        if id_15(number, today):
            yield Mark(Kind.ID_CARD_15, number)
    for number in () if taken else _CARD.findall(text):
        digits = re.sub("[ -]", "", number)
        if ("bank" in tells or digits[:6] in _BINS) and luhn_right(digits):
            yield Mark(Kind.BANK_CARD, digits)
    for number in _MOBILE.findall(text):
        yield Mark(Kind.MOBILE, re.sub("[ -]", "", number))
    if "@" in text:
        yield from (Mark(Kind.EMAIL, found) for found in _EMAIL.findall(text))
    yield from (Mark(Kind.PLATE, found) for found in _PLATE.findall(text))
    if tells & {"phone", "mobile"}:
        yield from (Mark(Kind.PHONE, found) for found in _PHONE.findall(text) if not _MOBILE.search(text))
    if "passport" in tells:
        yield from (Mark(Kind.PASSPORT, found) for found in _PASSPORT.findall(text))
    yield from (Mark(Kind.SECRECY, word) for word in secrecy_words(text))


def hint(text: str) -> bool:
    """Whether there can be a mark in a text whose column tells nothing: where this says no, `marks` finds none."""
    return bool(_DIGITS.search(text) or _SIGNS.search(text) or _may_be_secret(text))


def _may_be_secret(text: str) -> bool:
    if any(word in text for word in _CHINESE_WORDS):
        return True
    low = text.lower()
    return any(word in low for word in _WORDS)


def secrecy_words(text: str) -> list[str]:
    """The words of secrecy in a text, each once, in lower case, in order."""
    if not _may_be_secret(text):
        return []
    return list(dict.fromkeys(found.group(0).casefold() for found in SECRECY.finditer(text)))


def masked(kind: Kind, text: str) -> str:
    """A mark that may be shown to who reviews it: enough to find it again, not enough to use it."""
    if kind is Kind.SECRECY:
        return text
    if kind is Kind.EMAIL:
        name, _, host = text.partition("@")
        return f"{name[:1]}***@{host}"
    if kind in (Kind.ID_CARD, Kind.ID_CARD_15, Kind.RESIDENCE_PERMIT, Kind.BANK_CARD):
        return f"{text[:6]}{'*' * (len(text) - 10)}{text[-4:]}"
    if kind is Kind.COLUMN_NAME:
        return f"{text[:1]}{'*' * min(max(len(text) - 1, 1), 8)}"
    return f"{text[:3]}{'*' * max(len(text) - 7, 2)}{text[-4:] if len(text) > 8 else text[-2:]}"
