"""The demo city's entries in the index, and how well a search answers the questions of search_relevance.yaml."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

QUESTIONS = Path(__file__).with_name("search_relevance.yaml")
FOUND_FROM = 2  # grade from which an answer has to be found
PLACES = 10


@cache
def questions() -> list[dict[str, Any]]:
    """``[{q, kind, answers: {code: grade}}]``."""
    return yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))


def load() -> None:
    """Register the demo city's departments and entries, with one file each, and index them."""
    import ckan.plugins.toolkit as tk
    from ckan import model
    from ckan.tests import factories

    from ckanext.govshare.catalogue import index
    from ckanext.govshare.runtime.demo import city
    from tests.conftest import empty

    empty()
    user = factories.Sysadmin(name="loader")["name"]
    for department in city.departments():
        values = {
            name: value for name, value in department.items() if name not in ("parent", "name_en", "uscc")
        }
        factories.Organization(**values)
    for entry in city.entries():
        wanted = {name: value for name, value in entry.fields.items() if value and name != "is_demo"}
        files = [
            {
                "name": file.title,
                "url": f"https://files.example/{number}.{file.format}",
                "format": file.format.upper(),
                "audience": file.audience,
            }
            for number, file in enumerate(entry.files)
        ]
        context = {"user": user, "ignore_auth": True, "return_id_only": True, "defer_commit": True}
        with model.Session.begin_nested():
            tk.get_action("package_create")(context, {**wanted, "resources": files})
    model.Session.commit()
    while index.drain(200)["indexed"]:
        pass


def search(query: str, **params: Any) -> dict[str, Any]:
    """A visitor's search."""
    import ckan.plugins.toolkit as tk

    return tk.get_action("package_search")({"user": ""}, {"q": query, "rows": 100, **params})


def codes(query: str, **params: Any) -> list[str]:
    """Codes of what a visitor finds, best first."""
    return [entry["resource_code"] for entry in search(query, **params)["results"]]


def recall(found: Sequence[str], answers: dict[str, int]) -> float:
    """Share of the wanted answers that were found; 1 where nothing is wanted."""
    wanted = {code for code, grade in answers.items() if grade >= FOUND_FROM}
    return len(wanted & set(found)) / len(wanted) if wanted else 1.0


def ndcg(found: Sequence[str], answers: dict[str, int]) -> float:
    """nDCG at ten places with gains 2^grade - 1 (Järvelin and Kekäläinen 2002); 1 where nothing is wanted."""

    def gain(grades: Iterable[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(list(grades)[:PLACES]))

    best = gain(sorted(answers.values(), reverse=True))
    return gain(answers.get(code, 0) for code in found) / best if best else 1.0


def measure(answer: Callable[[str], list[str]]) -> dict[str, Any]:
    """Mean recall, nDCG@10 and precision over all questions, with the questions that fail.

    :param answer: codes of what a search finds, best first
    """
    rows = []
    for question in questions():
        found = answer(question["q"])
        wanted = question["answers"]
        good = sum(wanted.get(code, 0) > 0 for code in found)
        rows.append(
            (question, recall(found, wanted), ndcg(found, wanted), good / len(found) if found else 1.0)
        )
    return {
        "questions": len(rows),
        "recall": sum(row[1] for row in rows) / len(rows),
        "ndcg": sum(row[2] for row in rows) / len(rows),
        "precision": sum(row[3] for row in rows) / len(rows),
        "rows": rows,
    }
