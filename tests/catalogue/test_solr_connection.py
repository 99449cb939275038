"""Searches keep their connection to Solr, one a thread, and none that may have been closed meanwhile."""

from __future__ import annotations

import json
import threading

import ckan.plugins.toolkit as tk
import pytest
from ckan.lib.search import common, query

from ckanext.govshare.catalogue import solr_connection
from tests.sql import statements

SEARCH = {"q": "公交", "rows": 1}


def search() -> object:
    """Search as a visitor; the session that it was sent with."""
    tk.get_action("package_search")({"user": ""}, dict(SEARCH))
    return query.make_connection(decode_dates=False).get_session()


def test_searches_of_a_thread_share_a_connection(site):
    assert search() is search()


def test_another_thread_has_another_one(site):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(query.make_connection(decode_dates=False).get_session())
    )
    thread.start()
    thread.join()
    assert found[0] is not search()


def test_a_connection_that_was_idle_is_not_used_again(site, monkeypatch: pytest.MonkeyPatch):
    first = search()
    monkeypatch.setattr(solr_connection, "IDLE_SECONDS", -1.0)
    assert search() is not first


def test_a_child_process_does_not_use_its_parents(site, monkeypatch: pytest.MonkeyPatch):
    first = search()
    monkeypatch.setattr(solr_connection.os, "getpid", lambda: 1)
    assert search() is not first


@pytest.mark.parametrize(("address", "reads"), [("http://solr/ckan", False), ("https://solr/ckan", True)])
def test_only_a_server_elsewhere_is_looked_for_through_proxies(
    site, monkeypatch: pytest.MonkeyPatch, address: str, reads: bool
):
    monkeypatch.setitem(tk.config, "solr_url", address)
    assert query.make_connection().get_session().trust_env is reads


def test_dates_are_read_by_who_asks_for_them(site):
    assert type(query.make_connection(decode_dates=False).decoder) is json.JSONDecoder
    assert query.make_connection().decoder.object_hook is not None


def test_indexing_has_connections_of_its_own(site):
    assert common.make_connection() is not common.make_connection()


def test_a_visitors_search_asks_nothing_about_the_regions_of_providers(make_entry):
    make_entry()
    tk.get_action("govshare_index_drain")({"ignore_auth": True, "user": ""}, {})
    with statements() as sent:
        found = tk.get_action("package_search")({"user": ""}, dict(SEARCH))
    assert found["count"] == 1
    assert sent == []
