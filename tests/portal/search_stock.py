"""CKAN's own schema in a second core of the tests' Solr, asked as CKAN 2.12 asks it: the figures to beat."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pysolr
import requests

from tests.portal import search_city

OURS = ("items_text", "org_text", "about_text", "pinyin", "initials", "region", "due", "due_soon")
# ckan.lib.search.query: what it sends for a query without a colon
QUERY = {
    "defType": "dismax",
    "qf": "name^4 title^4 tags^2 groups^2 text",
    "mm": "2<-1 5<80%",
    "tie": "0.1",
    "df": "text",
    "q.op": "AND",
    "fq": ["+permission_labels:public", "+dataset_type:dataset"],
    "rows": 100,
    "fl": "name",
}


def bigrams_only(query: str) -> list[str]:
    """What CKAN's own query finds by this schema: the bigrams of all fields."""
    own = {name: QUERY[name] for name in ("defType", "qf", "mm", "tie")}
    return search_city.codes(query, **own)


def measure_stock() -> dict[str, Any]:
    """Recall, nDCG and precision of CKAN's own schema over the same entries and questions."""
    solr = _core()
    return search_city.measure(
        lambda query: [hit["name"].replace("-", "/") for hit in solr.search(pysolr.sanitize(query), **QUERY)]
    )


def _core() -> pysolr.Solr:
    """A core with the documents of the index, without what is ours; made anew."""
    import ckan
    from ckan import model
    from ckan.common import config

    from ckanext.govshare.catalogue import index

    place = Path(os.environ["GOVSHARE_TEST_HOME"]) / "solr"
    conf = place / "stock" / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    for name in ("schema.xml", "protwords.txt", "stopwords.txt", "synonyms.txt"):
        source = Path(ckan.__file__).parent / "config" / "solr" / name
        if source.exists():
            shutil.copyfile(source, conf / name)
        else:
            (conf / name).touch()
    shutil.copyfile(place / "ckan" / "conf" / "solrconfig.xml", conf / "solrconfig.xml")
    root, auth = config["solr_url"].rsplit("/", 1)[0], (config["solr_user"], config["solr_password"])
    for action in ({"action": "UNLOAD", "deleteIndex": "true"}, {"action": "CREATE", "instanceDir": "stock"}):
        named = {"core": "stock"} if action["action"] == "UNLOAD" else {"name": "stock"}
        done = requests.get(f"{root}/admin/cores", params={**action, **named}, auth=auth, timeout=60)
    done.raise_for_status()
    ids = [row[0] for row in model.Session.query(model.Package.id)]
    documents = index.documents(ids)
    for document in documents:
        for name in OURS:
            document.pop(name, None)
        document["title_string"] = document["title"]
    solr = pysolr.Solr(f"{root}/stock", auth=auth)
    solr.add(documents, commit=True)
    return solr
