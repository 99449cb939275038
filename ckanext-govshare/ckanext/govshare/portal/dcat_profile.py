"""The public entries as linked data: DCAT-AP 3, valid for the shapes of DCAT-AP 2.1.1 too.

A profile of ckanext-dcat over its own: an entry is put into the fields that the profile below knows, then what it
cannot say is added. Where the two versions contradict each other (byteSize as decimal or as nonNegativeInteger, the
only algorithm of a checksum) nothing is said. Temporal coverage has no element in the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from ckanext.dcat.profiles.base import DCAT, DCT, FOAF, RDF, RDFS, SKOS, VCARD
from rdflib import BNode, Graph, Literal, URIRef

from ckanext.govshare import config
from ckanext.govshare.portal import outlets, vocabularies

#: ending of an address → name of the format in rdflib
FORMATS = {"rdf": "xml", "xml": "xml", "ttl": "turtle", "n3": "n3", "jsonld": "json-ld"}


def described(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry in the fields of ckanext-dcat."""
    right, _level = vocabularies.ACCESS[entry["open_type"]]
    frequency, _interval = vocabularies.FREQUENCY.get(str(entry.get("update_cycle")), ("", ""))
    provider, licence = outlets.provider(entry), outlets.licence(entry)
    title = outlets.text(entry.get("title")) or entry["name"]
    found = {
        "id": entry["id"],
        "title": title,
        "notes": outlets.text(entry.get("notes")) or title,
        "url": outlets.page(entry),
        "identifier": entry["id"],
        "issued": outlets.issued(entry),
        "modified": outlets.updated(entry),
        "frequency": f"{vocabularies.EU}frequency/{frequency}" if frequency else "",
        "language": [vocabularies.CHINESE],
        "tags": [{"name": word} for word in outlets.keywords(entry)],
        "publisher_uri": provider["uri"],
        "publisher_name": provider["name"],
        "access_rights": f"{vocabularies.EU}access-right/{right}",
        "spatial_text": outlets.text(config.get("site.city")),
        "extras": [],
    }
    found["resources"] = [_distribution(entry, file, licence) for file in outlets.files(entry)]
    return {name: value for name, value in found.items() if value not in ("", None)}


def _distribution(entry: Mapping[str, Any], file: Mapping[str, Any], licence: str) -> dict[str, Any]:
    page = f"{outlets.page(entry)}/resource/{file['id']}"
    found = {
        "id": file["id"],
        "package_id": entry["id"],
        "name": file["name"],
        "description": file["description"],
        "access_url": page if file["stored"] else file["url"],
        "download_url": file["url"] if file["stored"] else "",
        "license": licence,
        "format": f"{vocabularies.EU}file-type/{file['file_type']}" if file["file_type"] else "",
        "mimetype": f"{vocabularies.IANA}{file['media_type']}" if file["media_type"] else "",
        "language": [vocabularies.CHINESE],
        "modified": file["updated"],
    }
    return {name: value for name, value in found.items() if value}


class Profile(EuropeanDCATAP3Profile):
    """DCAT-AP of this catalogue. It asks for nothing but the entry: no statement a data set."""

    def __init__(self, graph: Graph):
        self.g = graph
        self.compatibility_mode = False
        self._dataset_schema = None
        self._form_languages = None
        self._default_lang = "zh"
        self._default_locale_lang = "zh"
        self._org_cache = {}
        self._fields = _labels("open_domain")

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add a public entry, as ``package_show`` gives it to a visitor, to the graph."""
        super().graph_from_dataset(described(dataset_dict), dataset_ref)
        self.g.remove((dataset_ref, DCT.identifier, None))
        for known in (outlets.text(dataset_dict.get("resource_code")), dataset_dict["id"]):
            if known:
                self.g.add((dataset_ref, DCT.identifier, Literal(known)))
        self._contact(dataset_dict, dataset_ref)
        self._items(dataset_dict, dataset_ref)
        licence = outlets.licence(dataset_dict)
        if licence:
            # Data that are given on application have no file here to bear it. Its type is not known to us.
            self.g.add((dataset_ref, DCT.license, URIRef(licence)))
            self.g.add((URIRef(licence), RDF.type, DCT.LicenseDocument))
            self.g.remove((URIRef(licence), DCT.type, None))
        condition = outlets.text(dataset_dict.get("open_condition"))
        if dataset_dict["open_type"] == "2" and condition:
            self._labelled(dataset_ref, DCT.rights, BNode(), DCT.RightsStatement, condition)
        field = dataset_dict.get("open_domain")
        if field:
            self._field(str(field), dataset_ref)

    def graph_from_catalog(self, catalog_dict: dict[str, Any], catalog_ref: URIRef) -> None:
        """Add the catalogue itself to the graph."""
        site = outlets.base()
        title = outlets.text(tk.config.get("ckan.site_title")) or site
        publisher = (
            outlets.text(config.get("site.sponsor")) or outlets.text(config.get("site.office")) or title
        )
        agent = URIRef(f"{site}/#publisher")
        language = URIRef(vocabularies.CHINESE)
        for prefix, namespace in (
            ("dcat", DCAT),
            ("dct", DCT),
            ("foaf", FOAF),
            ("skos", SKOS),
            ("vcard", VCARD),
        ):
            self.g.bind(prefix, namespace)
        for triple in (
            (catalog_ref, RDF.type, DCAT.Catalog),
            (catalog_ref, DCT.title, Literal(title)),
            (
                catalog_ref,
                DCT.description,
                Literal(outlets.text(tk.config.get("ckan.site_description")) or title),
            ),
            (catalog_ref, FOAF.homepage, URIRef(f"{site}/")),
            (URIRef(f"{site}/"), RDF.type, FOAF.Document),
            (catalog_ref, DCT.language, language),
            (language, RDF.type, DCT.LinguisticSystem),
            (catalog_ref, DCT.publisher, agent),
            (agent, RDF.type, FOAF.Agent),
            (agent, FOAF.name, Literal(publisher)),
            (catalog_ref, DCAT.themeTaxonomy, self._scheme()),
        ):
            self.g.add(triple)

    def _contact(self, entry: Mapping[str, Any], ref: URIRef) -> None:
        """The department, at the site's address; persons are named to nobody in bulk."""
        provider, mail, node = outlets.provider(entry), outlets.contact_mail(), BNode()
        self.g.add((ref, DCAT.contactPoint, node))
        self.g.add((node, RDF.type, VCARD.Kind))
        self.g.add((node, RDF.type, VCARD.Organization))
        self.g.add((node, VCARD.fn, Literal(provider["name"])))
        self.g.add((node, VCARD.hasURL, URIRef(provider["page"])))
        if mail:
            self.g.add((node, VCARD.hasEmail, URIRef(f"mailto:{mail}")))

    def _items(self, entry: Mapping[str, Any], ref: URIRef) -> None:
        """Where the items of the data are described."""
        items = entry.get("info_items")
        if isinstance(items, list) and items:
            node = URIRef(f"{outlets.page(entry)}#items")
            title = "、".join(outlets.text(item.get("name")) for item in items if isinstance(item, dict))
            self._labelled(ref, DCT.conformsTo, node, DCT.Standard, f"信息项：{title}")
            self.g.add((node, DCT.title, Literal(f"信息项：{title}")))

    def _labelled(self, ref: URIRef, predicate: URIRef, node: Any, kind: URIRef, label: str) -> None:
        self.g.add((ref, predicate, node))
        self.g.add((node, RDF.type, kind))
        self.g.add((node, RDFS.label, Literal(label)))

    def _field(self, code: str, ref: URIRef) -> None:
        """The field of opening: a concept of our own list, and the data theme of the EU that means it."""
        labels = self._fields.get(code)
        if labels is None:
            return
        own = URIRef(f"{outlets.base()}/codelist/open_domain#{code}")
        concepts = [(own, labels, self._scheme())]
        if code in vocabularies.THEME:
            theme = URIRef(f"{vocabularies.EU}data-theme/{vocabularies.THEME[code]}")
            concepts.append((theme, {"en": vocabularies.THEME[code]}, None))
        for concept, names, scheme in concepts:
            self.g.add((ref, DCAT.theme, concept))
            self.g.add((concept, RDF.type, SKOS.Concept))
            for language, name in names.items():
                self.g.add((concept, SKOS.prefLabel, Literal(name, lang=language)))
            if scheme is not None:
                self.g.add((concept, SKOS.inScheme, scheme))

    def _scheme(self) -> URIRef:
        scheme = URIRef(f"{outlets.base()}/codelist/open_domain")
        self.g.add((scheme, RDF.type, SKOS.ConceptScheme))
        self.g.add((scheme, DCT.title, Literal("开放领域", lang="zh")))
        self.g.add((scheme, DCT.title, Literal("Fields of opening", lang="en")))
        return scheme


def _labels(name: str) -> dict[str, dict[str, str]]:
    """Labels by language of the codes of a list."""
    found = tk.get_action("govshare_codelist_show")(outlets.visitor(), {"name": name})
    return {row["code"]: {"zh": row["zh"], "en": row["en"]} for row in found["codes"]}


class Serializer(RDFSerializer):
    """ckanext-dcat's serializer with the profile above, and one object of it for all entries of a page."""

    def __init__(self) -> None:
        self.g = Graph()
        self.compatibility_mode = False
        self._profile = Profile(self.g)

    def graph_from_dataset(self, dataset_dict: dict[str, Any]) -> URIRef:
        """Add an entry; returns its node."""
        ref = URIRef(outlets.uri(dataset_dict))
        self._profile.graph_from_dataset(dataset_dict, ref)
        return ref

    def document(
        self, entries: list[dict[str, Any]], format: str, paging: Mapping[str, Any] | None = None
    ) -> str:
        """Entries as a document; with their catalogue where there is a paging.

        :param format: an ending of FORMATS
        :param paging: ``{count, items_per_page, current, first, last, next, previous}``
        """
        if paging is not None:
            catalogue = URIRef(f"{outlets.base()}/catalog")
            self._profile.graph_from_catalog({}, catalogue)
            self._add_pagination_triples(paging)
        for entry in entries:
            ref = self.graph_from_dataset(entry)
            if paging is not None:
                self.g.add((catalogue, DCAT.dataset, ref))
        return self.g.serialize(format=FORMATS[format])
