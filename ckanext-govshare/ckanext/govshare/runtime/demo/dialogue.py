"""What the public of the demo city wrote to its departments, and what became of it.

What lies in the past was done in the past: the clock of this process stands where the act was done. What is there
stays as it is, and a site without the room of the dialogue is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import city, people
from ckanext.govshare.runtime.demo.tracking import OFFICE, at

Do = Callable[..., Any]
MOST = 100
WRITTEN = (
    "kind", "title", "text", "about", "right", "purpose", "evidence", "rating", "ground", "provider", "entry",
    "contact_name", "contact_phone", "contact_mail",
)  # fmt: skip
#: The parameter that takes the words of an act.
WORDS = {"accept": "opinion", "answer": "answer", "return": "reason", "refuse": "reason"}


def write(do: Do, name_of: Callable[[str], str], offers: Callable[[str], bool]) -> int:
    """Hand in what nobody handed in, and do with it what was done; answers how many were handed in.

    :param do: an action in the name of a person: ``do(user, action, **data)``
    :param name_of: the name of an organisation on this site
    :param offers: whether the site has an action
    """
    if not offers("govshare_dialogue_create"):
        return 0
    known = {row["title"] for row in do(OFFICE, "govshare_dialogue_list", inside=True, limit=MOST)["results"]}
    count = 0
    for row in city.dialogue():
        if row["title"] in known:
            continue
        fields = {name: row[name] for name in WRITTEN if row.get(name)}
        if "provider" in fields:
            fields["provider"] = name_of(fields["provider"])
        with clock.frozen(at(row["day"])):
            made = do("", "govshare_dialogue_create", **fields, consent=True)
        for act, day, *words in row.get("steps", ()):
            with clock.frozen(at(day, 15)):
                _act(do, made["id"], act, (words or [""])[0], row.get("shown"))
        count += 1
    return count


def _act(do: Do, id: str, act: str, words: str, shown: bool | None) -> None:
    """One act, in the name of who does it: the department that has the case answers, the office does the rest."""
    case = do(OFFICE, "govshare_dialogue_show", id=id)
    account = people.reviewer(case["department"]["name"]) if act == "answer" else None
    data: dict[str, Any] = {WORDS[act]: words} if act in WORDS else {}
    if act == "accept" and shown is not None:
        data["shown"] = shown
    if act == "answer" and account is None:
        raise tk.ObjectNotFound(f"nobody answers for {case['department']['name']}")
    do(account["name"] if account else OFFICE, f"govshare_dialogue_{act}", id=id, **data)
