"""Makers of what belongs to a place of the demo city."""

from __future__ import annotations

import random

from ckanext.govshare.kernel import codes
from ckanext.govshare.runtime.demo.row import Builder, Maker, Row
from ckanext.govshare.runtime.demo.vocabulary import BOX, CITY, DISTRICTS


def _address(rest: str, rng: random.Random, count: int) -> Maker:
    """`address` of the row's place, or `address 云桥区` somewhere in one district."""
    if not rest:
        return lambda row: f"{CITY}{row.district.name}{row.street}{row.number}号"
    streets = next(district.streets for district in DISTRICTS if district.name == rest)
    return lambda row: f"{CITY}{rest}{rng.choice(streets)}{row.number}号"


def _point(axis: int) -> Builder:
    def build(rest: str, rng: random.Random, count: int) -> Maker:
        known: dict[int, float] = {}

        def make(row: Row) -> float:
            if row.member not in known:
                value = rng.gauss(row.district.centre[axis], 0.022)
                known[row.member] = round(min(max(value, BOX[axis]), BOX[axis + 2]), 6)
            return known[row.member]

        return make

    return build


def company_code(body: int, region: str) -> str:
    """A well-formed 统一社会信用代码 of an enterprise (GB 32100-2015) in the unassigned region.

    Args:
        body: number from which the characters of the organisation are made, below 1,000,000.
        region: six digits.
    """
    stem = f"MA{body:06d}"
    first17 = f"91{region}{stem}{codes.org_code_check_char(stem)}"
    return first17 + codes.uscc_check_char(first17)


BUILDERS: dict[str, Builder] = {
    "lon": _point(0),
    "lat": _point(1),
    "address": _address,
    "district": lambda rest, rng, count: lambda row: row.district.name,
    "region": lambda rest, rng, count: lambda row: row.district.code,
    "street": lambda rest, rng, count: lambda row: row.street,
    "phone": lambda rest, rng, count: lambda row: f"0000-{rng.randint(2000000, 8999999)}",
    "company": lambda rest, rng, count: lambda row: company_code(rng.randint(100, 999899), row.district.code),
}
