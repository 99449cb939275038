"""The embedded Solr's folder: an index belongs to the schema that made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.govshare.runtime import credentials
from ckanext.govshare.runtime.paths import Home
from ckanext.govshare.runtime.solr import Solr


@pytest.fixture
def solr(tmp_path: Path) -> Solr:
    """A Solr that is not started, with a document in its index."""
    home = Home(tmp_path / "home")
    home.prepare()
    found = Solr(home, credentials.load(home), 8983)
    found.prepare()
    (found.folder / "data" / "segment").write_text("documents")
    return found


def test_an_index_outlives_a_restart(solr: Solr) -> None:
    solr.prepare()
    assert (solr.folder / "data" / "segment").read_text() == "documents"


def test_an_index_of_another_schema_is_thrown_away(solr: Solr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solr, "fingerprint", staticmethod(lambda: "another schema"))
    solr.prepare()
    assert list((solr.folder / "data").iterdir()) == []


def test_an_index_of_a_site_that_noted_no_schema_is_thrown_away(solr: Solr) -> None:
    (solr.folder / "made_by").unlink()
    solr.prepare()
    assert list((solr.folder / "data").iterdir()) == []


def test_word_lists_that_were_taken_away_are_gone_from_the_core(solr: Solr) -> None:
    (solr.folder / "ckan" / "conf" / "old.txt").write_text("word")
    solr.prepare()
    assert not (solr.folder / "ckan" / "conf" / "old.txt").exists()
