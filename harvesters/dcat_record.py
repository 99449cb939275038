"""One data set out of a document of linked data, as a source record that is the same however the document is written.

Only what the mapping uses is looked at, up to three steps away from the data set. Order of triples and labels of blank
nodes mean nothing: nodes are put into an order by what they say, and ckanext-dcat's profile, which takes the first of
several values, then always meets the same one first. Of texts in several languages the Chinese ones count, else those
without a language, else those of the first language there is.

ckanext-dcat's `RDFParser` itself holds a whole graph in memory, reads in its order, and lets the configuration and
forms of the site decide what a data set says; so its profile is used alone, and neither reaches it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

from ckanext.dcat.profiles import EuropeanDCATAPProfile
from rdflib import Graph
from rdflib.term import BNode, Literal, URIRef

from ckanext.govshare.harvesters.dcat_parse import BASE
from ckanext.govshare.harvesters.dcat_triples import Term, Triples
from ckanext.govshare.harvesters.federated import word

DCAT, DCT = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
ADMS, VCARD = "http://www.w3.org/ns/adms#", "http://www.w3.org/2006/vcard/ns#"
RDF, RDFS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#"
FOLLOWED = frozenset(
    [
        *(f"{DCAT}{name}" for name in ("distribution", "contactPoint", "mediaType")),
        *(f"{DCT}{name}" for name in ("publisher", "license", "rights", "accessRights", "format")),
        *(f"{DCT}{name}" for name in ("accrualPeriodicity",)),
        f"{ADMS}contactPoint",
        f"{VCARD}hasFN",
    ]
)
KEPT = FOLLOWED | frozenset(
    [
        *(f"{DCAT}{name}" for name in ("keyword", "theme", "landingPage", "accessURL", "downloadURL")),
        *(f"{DCT}{name}" for name in ("title", "description", "identifier", "issued", "modified")),
        *(f"{VCARD}{name}" for name in ("fn", "hasValue")),
        *(f"{RDF}{name}" for name in ("type", "value")),
        f"{RDFS}label",
        "http://xmlns.com/foaf/0.1/name",
    ]
)
STEPS = 3
MOST = 50_000
"""Triples of one record."""
MOST_FILES = 2000
"""Files of one record: the plan takes no more."""
_BLANK = "govshare-blank-"
_GENID = re.compile(r"https?://[^/]*/\.well-known/genid/")
_LEGAL = re.compile(r"/(?:deed|legalcode)(?:[.-]\w+)*$|/+$")
_KINDS = {"u": 0, "b": 1, "l": 2}
Said = dict[Term, dict[str, list[Term]]]


class TooLarge(Exception):  # noqa: N818 - reads as what happened
    """A record of more triples or files than allowed."""


class _Profile(EuropeanDCATAPProfile):
    """DCAT-AP as ckanext-dcat reads it, without the forms, licences, formats and language of this site.

    What versions 2 and 3 add to the first, the catalogue has no elements for.
    """

    def __init__(self, graph: Graph):
        super().__init__(graph)
        self._dataset_schema = None
        self._form_languages = None
        self._default_lang = "zh"
        self._default_locale_lang = "zh"

    def _license(self, dataset_ref: Any) -> str:
        return ""

    def _keywords(self, dataset_ref: Any) -> list[str]:
        words = self._object_value_list(dataset_ref, URIRef(f"{DCAT}keyword"))
        return [part.strip() for word in words for part in word.split(",")]

    def _get_source_catalog(self, dataset_ref: Any) -> None:
        return None

    def _distribution_format(self, distribution: Any, normalize_ckan_format: bool = True) -> Any:
        return super()._distribution_format(distribution, False)


def read(triples: Triples, dataset: Term, page: str) -> dict[str, Any]:
    """What a document says of a data set.

    :param page: address of the document, for relative addresses of files
    :returns: ``{uri, identifier, title, description, keyword: [], theme: [], issued, modified, frequency,
        access_rights, rights, license, page, publisher, contact, distribution: [{id, title, description, url, format,
        mimetype}]}``; what is not said stays away
    :raises TooLarge: more triples or files than a record may have
    """
    near = _near(triples, dataset)
    if len(near[dataset].get(f"{DCAT}distribution", ())) > MOST_FILES:
        raise TooLarge
    ordered = _ordered(near, dataset)
    graph, root = Graph(), _node(next(iter(ordered)))
    for subject, said in ordered.items():
        for predicate, objects in said.items():
            for one in objects:
                graph.add((_node(subject), URIRef(predicate), _node(one)))
    profile = _Profile(graph)
    found = profile.parse_dataset({}, root)
    extras = {extra["key"]: extra["value"] for extra in found["extras"]}
    rights = [
        _text(graph.value(one, URIRef(f"{RDFS}label"))) or _text(one)
        for one in graph.objects(root, URIRef(f"{DCT}rights"))
    ]
    licenses = [*graph.objects(root, URIRef(f"{DCT}license"))]
    for distribution in graph.objects(root, URIRef(f"{DCAT}distribution")):
        licenses += graph.objects(distribution, URIRef(f"{DCT}license"))
    uri = "" if dataset.kind == "b" or _GENID.match(dataset.value) else _text(dataset.value)
    facts = {
        "uri": uri,
        "identifier": _text(extras.get("identifier")),
        "title": _text(found.get("title")),
        "description": _text(found.get("notes")),
        "keyword": sorted(filter(None, map(_text, profile._keywords(root)))),
        "theme": sorted(filter(None, (word(_text(one)) for one in graph.objects(root, URIRef(f"{DCAT}theme"))))),
        "issued": _text(extras.get("issued")),
        "modified": _text(extras.get("modified")),
        "frequency": word(_text(extras.get("frequency"))),
        "access_rights": word(_text(extras.get("access_rights"))),
        "rights": next((one for one in rights if one and "://" not in one), ""),
        "license": _license(licenses),
        "page": _absolute(found.get("url"), page) or (uri if uri.startswith(("http://", "https://")) else ""),
        "publisher": _name(profile._agents_details(root, URIRef(f"{DCT}publisher"))),
        "contact": _name(profile._contact_details(root, URIRef(f"{DCAT}contactPoint")))
        or _name(profile._contact_details(root, URIRef(f"{ADMS}contactPoint"))),
        "distribution": _by_content(_file(one, page) for one in found["resources"]),
    }
    return {name: value for name, value in facts.items() if value}


def _name(agents: list[dict[str, Any]]) -> str:
    """The first that is named."""
    return next(filter(None, (_text(agent.get("name")) for agent in agents)), "")


def _file(resource: Mapping[str, Any], page: str) -> dict[str, str]:
    facts = {
        "id": _text(resource.get("uri")),
        "title": _text(resource.get("name")),
        "description": _text(resource.get("description")),
        "url": _absolute(resource.get("url"), page),
        "format": word(_text(resource.get("format"))),
        "mimetype": _media_type(_text(resource.get("mimetype"))),
    }
    return {name: value for name, value in facts.items() if value}


def _by_content(files: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(files, key=lambda one: sorted(one.items()))


def _media_type(said: str) -> str:
    """``https://www.iana.org/assignments/media-types/text/csv`` says ``text/csv``."""
    return "/".join(said.rstrip("/").split("/")[-2:]) if "://" in said else said


def _license(nodes: list[Any]) -> str:
    """The licence of the data set, else of its first file that has one; an address before a text."""
    said = [_text(one) for one in nodes if not isinstance(one, BNode)]
    found = next((one for one in said if "://" in one), next(filter(None, said), ""))
    found = _LEGAL.sub("", found) if "://" in found else found
    return word(found) if "/authority/licence/" in found else found


def _text(value: Any) -> str:
    """A value without what is no value: labels of blank nodes, the base of relative addresses."""
    text = str(value) if value else ""
    return "" if text.startswith(_BLANK) else text.removeprefix(BASE)


def _absolute(value: Any, page: str) -> str:
    text = str(value) if value else ""
    relative = text.startswith(BASE) and text != BASE
    return urljoin(page, text.removeprefix(BASE)) if relative else _text(text)


def _near(triples: Triples, dataset: Term) -> Said:
    """What is said of a data set and of what it leads to, without empty values."""
    found: Said = {}
    waiting, left = [dataset], MOST
    for _ in range(STEPS):
        following: list[Term] = []
        for subject in waiting:
            if subject in found:
                continue
            rows = triples.of(subject, left + 1)
            left -= len(rows)
            if left < 0:
                raise TooLarge
            said = found.setdefault(subject, defaultdict(list))
            for predicate, one in rows:
                if predicate in KEPT and one.value.strip() and one != Term("u", BASE):
                    said[predicate].append(one)
                    following += [one] if predicate in FOLLOWED and one.kind != "l" else []
        waiting = following
    return found


def _ordered(near: Said, dataset: Term) -> Said:
    """The same, in an order that depends on nothing but what is said; blank nodes are named by their place in it."""
    chosen = {
        subject: {predicate: _languages(_known(objects, near)) for predicate, objects in said.items()}
        for subject, said in near.items()
    }
    colours: dict[Term, str] = {}
    for _ in range(STEPS):
        colours = {one: _colour(chosen[one], colours) for one in chosen if one.kind == "b"}

    def rank(term: Term) -> tuple[Any, ...]:
        return _KINDS[term.kind], _preference(term.language), colours.get(term, term.value), term.value

    blank = sorted((one for one in chosen if one.kind == "b"), key=rank)
    names = {one: Term("b", f"{_BLANK}{place}") for place, one in enumerate(blank)}
    subjects = [dataset, *sorted((one for one in chosen if one != dataset), key=rank)]
    return {
        names.get(subject, subject): {
            predicate: [names.get(one, one) for one in sorted(objects, key=rank)]
            for predicate, objects in sorted(chosen[subject].items())
        }
        for subject in subjects
    }


def _colour(said: Mapping[str, list[Term]], colours: Mapping[Term, str]) -> str:
    """What a blank node says, as a digest; of others of its kind, what they said one step before."""
    facts = sorted(
        (predicate, one.kind, colours.get(one, "") if one.kind == "b" else one.value, one.language)
        for predicate, objects in said.items()
        for one in objects
    )
    return hashlib.sha256(repr(facts).encode("utf-8", "replace")).hexdigest()


def _known(objects: list[Term], near: Said) -> list[Term]:
    """Without blank nodes of which nothing is known: all they have is a label."""
    return [one for one in objects if one.kind != "b" or one in near]


def _languages(objects: list[Term]) -> list[Term]:
    """Without texts in languages other than the preferred one."""
    spoken = {one.language for one in objects if one.language}
    if len(spoken) < 2:
        return objects
    best = min(spoken, key=_preference)
    return [one for one in objects if one.language in ("", best)]


def _preference(language: str) -> tuple[int, str]:
    if language.startswith("zh"):
        return 0, language
    return (1 if not language else 2 if language.startswith("en") else 3), language


def _node(term: Term) -> Any:
    if term.kind == "l":
        return Literal(term.value, lang=term.language or None)
    return BNode(term.value) if term.kind == "b" else URIRef(term.value)
