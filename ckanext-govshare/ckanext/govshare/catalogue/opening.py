"""The opening gate: no file reaches the public without its review record (谁提供谁负责, 先审查后公开).

What the gate says of a file stands in the server's resource field ``opening``: ``open`` passed it, ``waiting`` has not
yet, ``publisher`` is a link of a federated entry, which is its publisher's; files for departments have none. The
record itself is in `opening_records`, what was found in the content in `opening_scans`.
Source: standards.md §7 "Secrecy" and "Share and open"; R45 to R47, R80.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import opening_records, opening_scans
from ckanext.govshare.catalogue.opening_model import Act, Scan
from ckanext.govshare.catalogue.opening_records import Record
from ckanext.govshare.kernel import scan
from ckanext.govshare.kernel.counting import MACHINE_READABLE
from ckanext.govshare.kernel.findings import FEDERATED
from ckanext.govshare.kernel.scan import ScanFinding

OPEN, WAITING, PUBLISHER = "open", "waiting", "publisher"
FILE, LINK = "file", "link"
TABLES = ("2", "3")  # format classes whose entries describe their items (编制指南: 数据库、电子表格类)
Entry = Mapping[str, Any]


@dataclass
class OpenFile:
    """A file for the public, with everything that decides whether it may go there.

    :param findings: of its content and of the entry's wording; None while the content was not looked at
    :param demands: slugs of what the entry lacks: ``machine_readable licence items``
    """

    resource: Mapping[str, Any]
    digest: str
    record: Record
    scan: Scan | None
    findings: list[ScanFinding] | None
    demands: list[str]

    @property
    def kind(self) -> str:
        return FILE if opening_records.is_file(self.resource) else LINK

    @property
    def name(self) -> str:
        return str(
            self.resource.get("name") or self.resource.get("original_name") or self.resource.get("url") or ""
        )

    @property
    def opens(self) -> bool:
        """Whether the gate lets it through."""
        return self.findings is not None and not self.demands and self.record.opens(self.findings)

    @property
    def state(self) -> str:
        return OPEN if self.opens else WAITING

    def blocks(self) -> list[str]:
        """What stands between the file and a signature: slugs, ``clear`` for findings."""
        if self.findings is None:
            return [*self.demands, "scan"]
        return [*self.demands, *(["clear"] if self.record.uncleared(self.findings) else [])]


def settle(context: Context, entry: dict[str, Any], resources: list[dict[str, Any]] | None) -> None:
    """Set what the gate says of each file of an entry that is written; changes ``resources``.

    A file that nobody has looked at is scanned. What an exchange point delivers is opened by its standing record,
    where one covers it.

    :param entry: its fields; ``owner_org`` is id or name of the provider
    """
    gated = []
    for resource in resources or []:
        resource["opening"] = ""
        if resource.get("audience") == OPEN:
            resource["opening"] = state_of_link(entry, resource) or WAITING
        if resource["opening"] == WAITING:
            gated.append(resource)
    owner = roles.organization(entry.get("owner_org")) if gated else None
    if owner is None:
        return
    found = look(owner.id, entry, gated)
    delivered = context.get("govshare_engine") and context.get("ignore_auth") and entry.get("source_point")
    for file in found:
        if not file.opens and delivered and file.kind == FILE:
            stand_in(owner.id, str(entry["source_point"]), file)
        file.resource["opening"] = file.state  # type: ignore[index]


def state_of_link(entry: Entry, resource: Mapping[str, Any]) -> str | None:
    """``publisher`` for a link of a federated entry: its publisher answers for it."""
    federated = entry.get("profile") == FEDERATED and not opening_records.is_file(resource)
    return PUBLISHER if federated else None


def look(
    organization_id: str, entry: Entry, resources: Iterable[Mapping[str, Any]], *, scan_now: bool = True
) -> list[OpenFile]:
    """What is known of files for the public, in two statements whatever their number.

    :param organization_id: the provider
    :param resources: files of audience *open* that are no publisher's
    :param scan_now: have files scanned that never were
    """
    files = list(resources)
    digests = [opening_records.digest_of(resource) for resource in files]
    stored = [
        digest for digest, resource in zip(digests, files, strict=True) if opening_records.is_file(resource)
    ]
    scans = opening_scans.find(stored)
    if scan_now:
        scans = opening_scans.prepare(stored, scans)
    records = opening_records.load({(organization_id, digest) for digest in digests})
    wording, lacking = scan.wording(entry), demands(entry)
    found = []
    for resource, digest in zip(files, digests, strict=True):
        content = opening_scans.findings(resource, scans.get(digest))
        whole = None if content is None else [*content, *wording]
        record = records[organization_id, digest]
        found.append(OpenFile(resource, digest, record, scans.get(digest), whole, lacking))
    return found


def of_entry(organization_id: str, entry: Entry, *, scan_now: bool = True) -> list[OpenFile]:
    """The files of an entry that have to pass the gate."""
    gated = [
        resource
        for resource in entry.get("resources") or ()
        if resource.get("audience") == OPEN and state_of_link(entry, resource) is None
    ]
    return look(organization_id, entry, gated, scan_now=scan_now) if gated else []


def demands(entry: Entry) -> list[str]:
    """What an entry made here lacks before anything of it may open (R45).

    :returns: slugs ``machine_readable licence items``; nothing is demanded of federated entries
    """
    if entry.get("profile") == FEDERATED:
        return []
    formats = {
        str(resource.get("format") or "").strip().lstrip(".").upper()
        for resource in entry.get("resources") or ()
        if resource.get("audience") == OPEN
    }
    lacking = [] if formats & MACHINE_READABLE else ["machine_readable"]
    if str(entry.get("license_id") or "") in ("", "notspecified"):
        lacking.append("licence")
    if str(entry.get("format_class") or "") in TABLES and not entry.get("info_items"):
        lacking.append("items")
    return lacking


def stand_in(organization_id: str, point: str, file: OpenFile) -> bool:
    """Open a delivered file by the standing record of its point, where one covers columns and findings."""
    if file.scan is None or file.findings is None or file.demands:
        return False
    digest = opening_records.standing_digest(point, file.scan.columns)
    standing = opening_records.one(organization_id, digest)
    return opening_records.cover(file.record, standing, file.findings)


def refusals(organization_id: str, data: dict[str, Any]) -> list[str]:
    """Why the open files of an entry may not open yet, one sentence a file; the office's approval refuses by them.

    :param organization_id: the provider
    :param data: the whole entry with ``resources``
    :returns: sentences in the reader's language; empty when only the office's confirmation is missing
    """
    found = []
    for file in of_entry(organization_id, data):
        missing = [need["message"] for need in needs(file) if need["slug"] != "confirm"]
        if missing:
            found.append(tk._("{file}: {missing}").format(file=file.name, missing="；".join(missing)))
    return found


def confirm_change(context: Context, organization_id: str, data: dict[str, Any], actor: str) -> None:
    """Confirm the signed records of the open files of a change, inside the caller's transaction.

    :param actor: who approves for the office
    :raises ValidationError: ``resources``: the actor signed one of them, or a file is not ready
    """
    for file in of_entry(organization_id, data):
        if not file.opens:
            confirm(file.record, file, actor, "")


def confirm(record: Record, file: OpenFile | None, actor: str, opinion: str) -> None:
    """The office's confirmation of a signed record.

    :param file: the file that it is about; None for a standing record
    :raises ValidationError: it is not signed, something is not cleared or lacking, or its signer confirms
    """
    if record.signed is None:
        raise tk.ValidationError({"resources": [tk._("The provider has not signed the review")]})
    if record.signed["by"] == actor:
        raise tk.ValidationError({"resources": [tk._("Who signed the review cannot confirm it")]})
    if file is not None:
        missing = [need["message"] for need in needs(file) if need["slug"] != "confirm"]
        if missing:
            raise tk.ValidationError({"resources": missing})
    opening_records.add(record, Act.CONFIRM, actor, {"opinion": opinion})


def needs(file: OpenFile) -> list[dict[str, str]]:
    """What a file still needs before it is open: ``[{slug, message}]``, in the order in which it is done.

    Slugs: ``machine_readable licence items scan clear sign confirm``; ``clear`` comes once for each finding.
    """
    texts = {
        "machine_readable": tk._("the entry has no machine-readable file (CSV, XLSX, JSON, XML …)"),
        "licence": tk._("the entry names no licence"),
        "items": tk._("the items of the table are not described"),
    }
    found = [{"slug": slug, "message": texts[slug]} for slug in file.demands]
    if file.findings is None:
        failed = file.scan is not None and file.scan.state == "failed"
        message = tk._("the scan failed: start it again") if failed else tk._("the scan is not finished")
        found.append({"slug": "scan", "message": message})
    for finding in file.record.uncleared(file.findings or ()):
        message = tk._("{kind} in {column} is not cleared").format(
            kind=kind_label(finding.kind), column=column_label(finding.column)
        )
        found.append({"slug": "clear", "message": message})
    if file.record.signed is None:
        found.append({"slug": "sign", "message": tk._("the provider's review is not signed")})
    if file.record.confirmed is None:
        found.append({"slug": "confirm", "message": tk._("the office has not confirmed the review")})
    return found


def column_label(column: str) -> str:
    """What a column of a finding is called on screen."""
    fields = {
        "title": tk._("the title"),
        "notes": tk._("the summary"),
        "open_condition": tk._("the open condition"),
        "no_open_reason": tk._("the reason for not opening"),
        "share_condition": tk._("the share condition"),
        "no_share_basis": tk._("the basis for not sharing"),
        scan.WHOLE: tk._("the whole file"),
    }
    return fields.get(column) or tk._("column “{name}”").format(name=column)


def kind_label(kind: str) -> str:
    """What a kind of finding is called on screen."""
    labels = {
        "id_card": tk._("Identity card number"),
        "id_card_15": tk._("Identity card number of 15 digits"),
        "residence_permit": tk._("Residence permit number (Hong Kong, Macao, Taiwan)"),
        "passport": tk._("Passport number"),
        "bank_card": tk._("Bank card number"),
        "mobile": tk._("Mobile number"),
        "phone": tk._("Telephone number"),
        "email": tk._("E-mail address"),
        "plate": tk._("Vehicle plate"),
        "column_name": tk._("Column that is named like personal data"),
        "secrecy_words": tk._("Wording of secrecy"),
        "unreadable": tk._("File that the scan cannot read: look at it"),
        "link": tk._("Link to a file elsewhere: look at it"),
    }
    return labels.get(kind, kind)
