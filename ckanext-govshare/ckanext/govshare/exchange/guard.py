"""What may not happen without a person: a source that lies about being empty, shrinks, or turns invalid at
once.

Real catalogues were valid JSON with no record for days; every one came back (anchors-harvest.md, 0.4).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """What a plan would do to the records that are current in the ledger.

    :param seen: records in the source now
    :param known: records that the ledger holds as current
    :param missing: of those, not in the source any more
    :param rejected: of those, now against a rule
    :param absent: records missing or suspended since an earlier run, which a person has let pass
    """

    seen: int
    known: int
    missing: int
    rejected: int
    absent: int = 0


@dataclass(frozen=True)
class Reason:
    """Why a run is held or failed."""

    slug: str
    message_zh: str
    message_en: str

    def as_dict(self) -> dict[str, str]:
        return {"slug": self.slug, "message_zh": self.message_zh, "message_en": self.message_en}


def judge(tally: Tally, shrink_percent: int) -> Reason | None:
    """Why a person must confirm this plan, or None when it may go on.

    :param shrink_percent: more than this share (0–100) of the known records missing or newly rejected holds
        the run
    """
    if tally.seen == 0 and (tally.known or not tally.absent):
        return Reason("empty_source", "来源中没有任何记录", "The source holds no record at all")
    limit = tally.known * shrink_percent / 100
    if tally.missing > limit:
        return Reason(
            "shrunken_source",
            f"来源比上次少了 {tally.missing} 条（共 {tally.known} 条），超过 {shrink_percent}%",
            f"The source lost {tally.missing} of {tally.known} records, more than {shrink_percent} %",
        )
    if tally.rejected > limit:
        return Reason(
            "mass_rejection",
            f"{tally.known} 条有效记录中有 {tally.rejected} 条不再符合规则，超过 {shrink_percent}%",
            f"{tally.rejected} of {tally.known} valid records now break a rule, more than {shrink_percent} %",
        )
    return None
