"""What helps somebody who found nothing: words that sound the same, and the same search with fewer words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import finding, pinyin
from ckanext.govshare.kernel.finding import Chunk

MOST = 4  # searches that are offered
MOST_TRIED = 8  # searches that are tried for them


def instead(query: str, wanted: Sequence[Chunk]) -> list[dict[str, Any]]:
    """Searches near one that found nothing, which find something.

    :param query: what was typed
    :param wanted: the same taken apart
    :returns: ``[{words, count, url}]``, most alike first
    """
    found: list[dict[str, Any]] = []
    tried = {finding.fold(query).strip()}
    for words in _candidates(wanted):
        if words in tried or len(found) == MOST:
            continue
        if len(tried) > MOST_TRIED:
            break
        tried.add(words)
        count = _search(words)["count"]
        if count:
            found.append({"words": words, "count": count, "url": tk.h.url_for("dataset.search", q=words)})
    return found


def _candidates(wanted: Sequence[Chunk]) -> Iterator[str]:
    alike = [_sounds_like(chunk) for chunk in wanted[:2]]
    if any(alike):
        yield " ".join(like or chunk.text for like, chunk in zip(alike, wanted, strict=False))
    if len(wanted) > 1:
        for left_out in wanted:
            yield " ".join(chunk.text for chunk in wanted if chunk is not left_out)
        yield from (chunk.text for chunk in wanted)
        return
    text = wanted[0].text if wanted and wanted[0].is_chinese and not any(alike) else ""
    for size in range(len(text) - 1, 1, -1):
        yield text[:size]
        yield text[-size:]


def _sounds_like(chunk: Chunk) -> str:
    """A word of a title or tag that is read as a Chinese chunk is, with other characters (工交 → 公交); or nothing."""
    said = tuple(sound.syllable for sound in pinyin.sounds(chunk.text))
    if not chunk.is_chinese or not 1 < len(said) <= 12 or not all(one.isalpha() for one in said):
        return ""
    like = Chunk("".join(said), readings=(said,))
    for entry in _search(like.text, rows=3)["results"]:
        tags = [tag["name"] for tag in entry.get("tags") or []]
        for text in (entry.get("title") or "", *tags):
            for start, end in finding.marks(text, [like])[:1]:
                return text[start:end]
    return ""


def _search(words: str, rows: int = 0) -> dict[str, Any]:
    context = {"user": getattr(tk.current_user, "name", "") or "", "auth_user_obj": tk.current_user}
    query = {"q": words, "rows": rows, "fq": "+dataset_type:dataset", "include_private": True}
    return tk.get_action("package_search")(context, query)
