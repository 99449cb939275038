"""Makers of codes, choices and names."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

from ckanext.govshare.runtime.demo.row import Builder, Maker, Row
from ckanext.govshare.runtime.demo.vocabulary import PLACES, VILLAGES, WORDS


def _seq(rest: str, rng: random.Random, count: int) -> Maker:
    return lambda row: rest.format(row.index + 1)


def _member(rest: str, rng: random.Random, count: int) -> Maker:
    return lambda row: rest.format(row.member + 1)


def _cycle(rest: str, rng: random.Random, count: int) -> Maker:
    choices = rest.split("/")
    return lambda row: choices[row.member % len(choices)]


def _steps(rest: str, rng: random.Random, count: int) -> Maker:
    choices = rest.split("/")
    return lambda row: choices[row.step % len(choices)]


def _pick(rest: str, rng: random.Random, count: int) -> Maker:
    choices = rest.split("/")
    return lambda row: rng.choice(choices)


def _follow(rest: str, rng: random.Random, count: int) -> Maker:
    """`follow 列名 值=结果/值=结果/*=其他`: by the value of an earlier column."""
    source, _, pairs = rest.partition(" ")
    table = dict(pair.split("=", 1) for pair in pairs.split("/"))

    def make(row: Row) -> Any:
        found = table.get(str(row.values[source]), table.get("*", ""))
        return rng.choice(found.split("~"))

    return make


def _match(rest: str, rng: random.Random, count: int) -> Maker:
    """`match 列名 小学=小学/中学=初级中学/*=其他`: by the first word that an earlier value has."""
    source, _, pairs = rest.partition(" ")
    table = [pair.split("=", 1) for pair in pairs.split("/")]

    def make(row: Row) -> str:
        text = str(row.values[source])
        found = next((value for part, value in table if part == "*" or part in text), "")
        return rng.choice(found.split("~"))

    return make


def _band(rest: str, rng: random.Random, count: int) -> Maker:
    """`band 列名 50=优/100=良/*=轻度污染`: the word of the first upper bound that holds an earlier number."""
    source, _, pairs = rest.partition(" ")
    bounds = [
        (math.inf if bound == "*" else float(bound), word)
        for bound, word in (pair.split("=", 1) for pair in pairs.split("/"))
    ]
    return lambda row: next(word for bound, word in bounds if float(row.values[source]) <= bound)


def _name(rest: str, rng: random.Random, count: int) -> Maker:
    """`name {word}大药房/{place}路药店`: names without repetition, one for each member."""
    vocabulary = {"place": PLACES, "word": WORDS, "village": VILLAGES}
    names = []
    for pattern in rest.split("/"):
        keys = [key for key in vocabulary if "{" + key + "}" in pattern]
        options = product(*(vocabulary[key] for key in keys))
        names += [pattern.format(**dict(zip(keys, option, strict=True))) for option in options]
    names = sorted(set(names))
    rng.shuffle(names)

    def make(row: Row) -> str:
        if row.member >= len(names):
            raise ValueError(f"only {len(names)} names of {rest!r}")
        return names[row.member]

    return make


BUILDERS: dict[str, Builder] = {
    "seq": _seq,
    "member": _member,
    "cycle": _cycle,
    "steps": _steps,
    "pick": _pick,
    "follow": _follow,
    "match": _match,
    "band": _band,
    "name": _name,
    "const": lambda rest, rng, count: lambda row: rest,
}
