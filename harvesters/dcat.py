"""The kind ``dcat``: catalogues in RDF/XML, Turtle, N-Triples or JSON-LD, in one document or in pages (Hydra).

Federated profile. Each page is fetched and guarded like a first address, lies on the same host, is parsed into a
file of triples of its own (`dcat_parse`, `dcat_triples`) and read one data set at a time (`dcat_record`).

Identity: the address of the data set, else its ``dct:identifier``; a data set with neither is rejected, never named
after its title. Settings: ``open_type`` with ``open_condition`` or ``no_open_reason`` for records that say nothing
about access rights, ``account``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.federated import check_opening, complete
from ckanext.govshare.harvesters.http import FetchRefused, GuardedSession, origin_of
from ckanext.govshare.harvesters.identity import guid_of, title_of, unusable
from ckanext.govshare.harvesters.mapper import ByTable
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import refused
from ckanext.govshare.kernel.records import Mapped, SourceRecord

if TYPE_CHECKING:
    from ckanext.govshare.harvesters.dcat_triples import Term, Triples

MAX_PAGES = 2000
ACCEPT = "text/turtle;q=0.9, application/rdf+xml, application/n-triples, application/ld+json;q=0.8, */*;q=0.1"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DCAT, HYDRA = "http://www.w3.org/ns/dcat#", "http://www.w3.org/ns/hydra/core#"
# What a profile may stumble over in foreign data; anything else is a fault of ours and fails the run.
STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class DcatHarvester(ByTable):
    """Reads a DCAT catalogue. Public surface: see `base.Harvester`."""

    kind = "dcat"

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """The address is http or https, without user name; the settings mean something."""
        check_url(url)
        check_opening(settings)

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """Bring all pages, unless there is one and it has not changed, or all bytes are the same."""
        single = previous.cursor.get("pages") == 1  # an unchanged first page says nothing about the others
        url, pages, digests, size = point.url, [], [], 0
        first = None
        while url:
            place = workdir / f"page-{len(pages)}"
            etag = previous.etag if single and not pages else None
            got = session.download(
                url, place, etag=etag, last_modified=previous.last_modified if etag else None, accept=ACCEPT
            )
            if got.not_modified:
                cursor = dict(previous.cursor)
                return Fetched(None, True, got.etag, got.last_modified, previous.digest, cursor=cursor)
            size += got.bytes
            if got.sha256 in digests:  # the source gives the same page for every address
                place.unlink()
                break
            digests.append(str(got.sha256))
            first = first or got
            told = partial(session.told, size)
            following = _parsed(place, got.content_type, url, session.max_seconds, told)
            pages.append({"file": place.name, "url": url})
            url = _next(following, url, [page["url"] for page in pages])
        digest = hashlib.sha256("".join(digests).encode()).hexdigest()
        known: dict[str, Any] = {"etag": first and first.etag, "last_modified": first and first.last_modified}
        known |= {"digest": digest, "bytes": size, "cursor": {"pages": len(pages)}}
        if digest == previous.digest:
            return Fetched(None, True, **known)
        manifest = workdir / "pages.json"
        manifest.write_text(json.dumps(pages), encoding="utf-8")
        return Fetched(manifest, **known)

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[SourceRecord]:
        """The data sets of all pages; one that is on two pages in the same words is there once."""
        if fetched.path is None:
            return
        seen: dict[str, str] = {}
        found = False
        for page in json.loads(fetched.path.read_text(encoding="utf-8")):
            triples = _open(fetched.path.parent / page["file"])
            try:
                for dataset in triples.subjects(TYPE, f"{DCAT}Dataset"):
                    found = True
                    record = _record(triples, dataset, page["url"])
                    digest = canonical_digest(record.data)
                    if record.guid not in seen:
                        seen[record.guid] = digest
                        yield record
                    elif seen[record.guid] != digest:
                        yield _again(record)
                found = found or any(triples.subjects(TYPE, f"{DCAT}Catalog"))
            finally:
                triples.close()
        if not found:
            raise FetchRefused(
                "dataset_missing",
                "来源文件中没有数据集（dcat:Dataset）或数据目录（dcat:Catalog），不是DCAT数据目录。",
                "The document has neither dcat:Dataset nor dcat:Catalog: it is no DCAT catalogue.",
            )

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Map a data set and apply the rules of the federated profile."""
        if refused(record.findings):
            return Mapped({"title": title_of(record)}, list(record.findings))
        fields, findings = self.mapper.fields(record.data)
        unclear = str(record.data.get("access_rights") or "")
        return complete(fields, record, point, self.mapper, findings, unclear=unclear)


def _open(path: Path, **how: Any) -> Triples:
    from ckanext.govshare.harvesters.dcat_triples import Triples  # rdflib is loaded by those who need it

    return Triples(path, **how)


def _parsed(
    place: Path, content_type: str, url: str, seconds: float, told: Callable[[], None] = lambda: None
) -> list[str]:
    """Put a triple file in the place of a page; answers what it names as the next one."""
    from ckanext.govshare.harvesters.dcat_parse import BASE, parse

    document = place.rename(place.with_suffix(".document"))
    triples = _open(place, seconds=seconds, told=told)
    try:
        parse(document, content_type, url, triples)
        named = (
            one.value.removeprefix(BASE)
            for predicate in ("next", "nextPage")
            for kind in ("PartialCollectionView", "PagedCollection")
            for page in triples.subjects(TYPE, HYDRA + kind)
            for said, one in sorted(triples.of(page, 1000))
            if said == HYDRA + predicate
        )
        return list(named)
    finally:
        triples.close()
        document.unlink()


def _next(named: list[str], url: str, seen: list[str]) -> str:
    """Address of the next page; empty at the last one, or where a page leads back to one that was read.

    :raises FetchRefused: it lies elsewhere, has no proper form, or there are too many
    """
    if not named:
        return ""
    following = urljoin(url, named[0]).partition("#")[0]
    if following in seen:
        return ""
    check_url(following)
    if not _same_place(url, following):
        raise FetchRefused(
            "next_page_elsewhere",
            "来源的下一页地址（hydra:next）指向其他主机，不予读取；请联系来源系统维护人员。",
            "The next page (hydra:next) lies on another host and is not read: tell the maintainers of the source.",
        )
    if len(seen) >= MAX_PAGES:
        raise FetchRefused(
            "too_many_pages",
            f"来源超过 {MAX_PAGES} 页，请增大每页条数。",
            f"The source has more than {MAX_PAGES} pages: make its pages larger.",
        )
    return following


def _same_place(url: str, following: str) -> bool:
    """The same origin, or the same host by https."""
    if origin_of(url) == origin_of(following):
        return True
    return origin_of(following) == f"https://{urlsplit(url).hostname}:443" and origin_of(url) == (
        f"http://{urlsplit(url).hostname}:80"
    )


def _record(triples: Triples, dataset: Term, page: str) -> SourceRecord:
    """A record with an identity, or one that says why it has none."""
    from ckanext.govshare.harvesters.dcat_record import TooLarge, read

    try:
        data = read(triples, dataset, page)
    except TooLarge:
        about = {"uri": dataset.value if dataset.kind == "u" else ""}
        return unusable(about, "too_large", "有一个数据集的内容过多，无法使用。", "A data set is too large.")
    except STUMBLES:
        about = {"uri": dataset.value if dataset.kind == "u" else ""}
        return unusable(about, "record_unreadable", "有一个数据集无法读取。", "A data set cannot be read.")
    guid = guid_of(data.get("uri")) or guid_of(data.get("identifier"))
    if not guid:
        title = title_of(SourceRecord("", data))
        return unusable(
            data,
            "identifier_missing",
            f"数据集“{title[:100]}”没有可用的标识（URI或dct:identifier），请在来源系统补充。",
            f'The data set "{title[:100]}" has no usable identity (URI or dct:identifier): add one at the source.',
        )
    return SourceRecord(guid, data)


def _again(record: SourceRecord) -> SourceRecord:
    return unusable(
        dict(record.data),
        "identifier_duplicate",
        f"标识“{record.guid[:100]}”在来源中重复且内容不同，只采用第一条，请在来源系统更正。",
        f'The identifier "{record.guid[:100]}" is there again with other content; only the first counts.',
    )
