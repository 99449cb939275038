"""Acts on review records: clearing, signing, confirming, revoking. The caller checks rights and commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases, roles
from ckanext.govshare.catalogue import changes, files, opening, opening_doors, opening_records, opening_scans
from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.catalogue.opening import OpenFile
from ckanext.govshare.catalogue.opening_model import Act, ScanState
from ckanext.govshare.catalogue.opening_records import Record
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import CHANGE, ChangeState
from ckanext.govshare.kernel.scan import ScanFinding

ENDED = (ChangeState.APPROVED.value, ChangeState.WITHDRAWN.value)
MOST_CHANGES = 500
MOST_CHARACTERS = 2000
DIGEST = re.compile("[0-9a-f]{64}")


def target(organization_id: str, digest: str) -> OpenFile:
    """A file for the public of a provider, wherever it stands: in published entries and in open changes.

    :returns: the file with the findings of all these places, and what the least lacking of them lacks
    :raises ObjectNotFound: the provider has no such file for the public
    """
    found = [file for file in _everywhere(organization_id, digest) if file.digest == digest]
    if not found:
        raise tk.ObjectNotFound(tk._("The provider has no such file for the public"))
    first = min(found, key=lambda file: len(file.demands))
    if first.findings is not None:
        first.findings = _together([finding for file in found for finding in file.findings or ()])
    return first


def _everywhere(organization_id: str, digest: str) -> Iterator[OpenFile]:
    for package_id in opening_doors.of_digest(organization_id, digest):
        entry = opening_doors.entry_of(model.Package.get(package_id))
        yield from opening.of_entry(organization_id, entry)
    for change, case in open_changes(cases.Case.organization_id == organization_id):
        held = {opening_records.digest_of(resource) for resource in change.data.get("resources") or ()}
        if digest in held:
            yield from opening.of_entry(organization_id, changes.entry_of(change, case))


def open_changes(*filters: Any) -> list[tuple[Change, cases.Case]]:
    """Changes that have not ended."""
    query = (
        sa.select(Change, cases.Case)
        .join(cases.Case, cases.Case.id == Change.id)
        .where(cases.Case.kind == CHANGE.name, cases.Case.state.not_in(ENDED), *filters)
        .order_by(cases.Case.since.desc())
        .limit(MOST_CHANGES)
    )
    return [(row[0], row[1]) for row in model.Session.execute(query)]


def _together(findings: list[ScanFinding]) -> list[ScanFinding]:
    """Each kind and column once; the words of secrecy of several places are one finding."""
    merged: dict[tuple[str, str], ScanFinding] = {}
    for finding in findings:
        known = merged.get((finding.kind, finding.column))
        words = tuple(dict.fromkeys([*(known.words if known else ()), *finding.words]))
        values = {**(known or finding).as_dict(), "words": words}
        merged[finding.kind, finding.column] = ScanFinding.from_dict(values)
    return list(merged.values())


def holders(digest: str) -> set[str]:
    """Organisations that have a stored file in a published entry or an open change."""
    resource = opening_doors.RESOURCE
    query = opening_doors.published(resource.c.hash == digest).with_only_columns(
        opening_doors.PACKAGE.c.owner_org
    )
    staged = open_changes(Change.data["resources"].contains([{"hash": digest}]))
    return set(model.Session.scalars(query)) | {case.organization_id for _change, case in staged}


def scan(digest: str, *, again: bool = False) -> dict[str, Any]:
    """Scan a stored file: at once when it is small, by a worker when it is not.

    :param again: also where a scan by the present version is there
    :returns: ``{digest, state, version, rows, error}``
    :raises ObjectNotFound: no such file was stored
    """
    stored = files.claimed(digest, None) if DIGEST.fullmatch(digest) else None
    if stored is None:
        raise tk.ObjectNotFound(tk._("There is no such file"))
    row = opening_scans.find([digest]).get(digest)
    if again or row is None or opening_scans.outdated(row):
        if stored["size"] <= opening_scans.at_once():
            row = opening_scans.run(digest)
            opening_doors.rescanned(digest, {"user": "", "ignore_auth": True})
        else:
            row = opening_scans.begin(digest)
            opening_scans.queue(digest)
    return {"digest": digest, **{name: getattr(row, name) for name in ("state", "version", "rows", "error")}}


def clear(file: OpenFile, kind: str, column: str, ground: str, actor: str) -> None:
    """Take the provider's responsibility for a finding.

    :param ground: why the data may go to the public all the same
    :raises ValidationError: no such finding stands in the way, or no ground is given
    """
    ground = _text({"ground": ground}, "ground")
    finding = next(
        (found for found in file.findings or () if (found.kind, found.column) == (kind, column)), None
    )
    if finding is None or file.record.clearance(finding) is not None:
        raise tk.ValidationError({"column": [tk._("No such finding waits to be cleared")]})
    opening_records.add(
        file.record,
        Act.CLEAR,
        actor,
        {"kind": kind, "column": column, "ground": ground, "words": list(finding.words)},
    )


def sign(file: OpenFile, data: Mapping[str, Any], actor: str) -> None:
    """Sign the review of a file for its provider.

    :param data: ``reviewer opinion reviewed_on basis attachment``
    :raises ValidationError: by field; ``findings`` or ``scan`` where the content stands in the way
    """
    signature = _signature(data, actor)
    if file.findings is None:
        state = file.scan.state if file.scan is not None else ScanState.NONE.value
        raise tk.ValidationError({"scan": [tk._("The scan is not finished: {state}").format(state=state)]})
    open_ones = [need["message"] for need in opening.needs(file) if need["slug"] == "clear"]
    if open_ones:
        raise tk.ValidationError({"findings": open_ones})
    if file.record.signed is not None and file.record.opens(file.findings):
        raise tk.ValidationError({"digest": [tk._("The review is signed and confirmed already")]})
    opening_records.add(file.record, Act.SIGN, actor, signature)


def _signature(data: Mapping[str, Any], actor: str) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for name in ("reviewer", "opinion", "basis", "reviewed_on"):
        try:
            found[name] = _text(data, name)
        except tk.ValidationError as error:
            errors |= error.error_dict
    try:
        day = date.fromisoformat(found.get("reviewed_on", ""))
        if not date(1949, 10, 1) <= day <= clock.today():
            errors["reviewed_on"] = [tk._("The day of the review is not in the future")]
    except ValueError:
        errors.setdefault("reviewed_on", [tk._("A date reads like 2026-03-18")])
    found["attachment"] = None
    if data.get("attachment"):
        stored = files.claimed(str(data["attachment"]), actor)
        if stored is None:
            errors["attachment"] = [tk._("This file was not stored by you")]
        else:
            found["attachment"] = {"hash": stored["hash"], "filename": stored["original_name"]}
    if errors:
        raise tk.ValidationError(errors)
    return found


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise tk.ValidationError({name: [tk._("Missing value")]})
    if len(text) > MOST_CHARACTERS or "\x00" in text:
        raise tk.ValidationError({name: [tk._("At most {number} characters").format(number=MOST_CHARACTERS)]})
    return text


def revoke(record: Record, reason: Any, actor: str) -> None:
    """Take a signed record back: the file closes until it is cleared, signed and confirmed anew.

    :raises ValidationError: nobody has signed it, or there is no reason
    """
    text = _text({"reason": reason}, "reason")
    if record.signed is None:
        raise tk.ValidationError({"digest": [tk._("Nobody has signed a review of this file")]})
    opening_records.add(record, Act.REVOKE, actor, {"reason": text})


def sign_standing(
    organization_id: str, point: str, columns: list[str] | None, data: Mapping[str, Any], actor: str
) -> Record:
    """Sign for what an exchange point delivers each run, bound to the columns of the table.

    What was cleared on files of these columns that the point delivered is cleared for later ones.

    :param columns: names of the columns; those of the files delivered so far by default
    :raises ValidationError: by field; ``columns`` where they differ or are not known, ``findings`` that are not cleared
    """
    delivered = [file for file in _delivered(organization_id, point) if file.scan is not None]
    sets = {frozenset(file.scan.columns) for file in delivered if file.scan is not None}
    if columns is None and len(sets) != 1:
        raise tk.ValidationError({"columns": [tk._("Name the columns of the table that it delivers")]})
    wanted = frozenset(columns) if columns is not None else next(iter(sets))
    if not wanted:
        raise tk.ValidationError({"columns": [tk._("Name the columns of the table that it delivers")]})
    same = [file for file in delivered if file.scan is not None and frozenset(file.scan.columns) == wanted]
    open_ones = [
        need["message"] for file in same for need in opening.needs(file) if need["slug"] in ("clear", "scan")
    ]
    if open_ones:
        raise tk.ValidationError({"findings": open_ones})
    signature = _signature(data, actor)
    names = sorted(wanted)
    record = opening_records.one(organization_id, opening_records.standing_digest(point, names))
    record.point = point
    cleared = {(row["kind"], row["column"]): row for file in same for row in file.record.clearance_list()}
    signature |= {"columns": names, "clearances": list(cleared.values())}
    return opening_records.add(record, Act.SIGN, actor, signature)


def _delivered(organization_id: str, point: str) -> Iterator[OpenFile]:
    for package_id in opening_doors.of_point(organization_id, point):
        entry = opening_doors.entry_of(model.Package.get(package_id))
        yield from (
            file for file in opening.of_entry(organization_id, entry) if file.resource.get("source_key")
        )


def standing_of(organization_id: str, point: str, columns: list[str] | None) -> list[Record]:
    """The standing records of a point, or the one for these columns."""
    found = opening_records.of_point(organization_id, point)
    wanted = None if columns is None else sorted(set(columns))
    return [record for record in found if wanted is None or record.columns == wanted]


def tell(context: Context, action: str, record: Record, **data: Any) -> None:
    """Leave an event of an act."""
    owner = roles.organization(record.organization_id, closed=True)
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user") or ""},
        {
            "action": action,
            "object_type": "opening",
            "object_id": record.digest,
            "region": owner.region if owner else "",
            "data": {"organization": record.organization_id, "point": record.point, **data},
        },
    )
