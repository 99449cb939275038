"""How a record of Project Open Data becomes an entry."""

from __future__ import annotations

import json

import pytest
from pod_records import slugs

from ckanext.govshare.kernel.rules import Severity


def test_record_becomes_an_entry(entry):
    mapped = entry(
        rights="None", accrualPeriodicity="R/P1M", issued="2020-02-03T10:00:00Z",
        landingPage="https://example.gov/stops",
        contactPoint={"fn": "Data Desk", "hasEmail": "mailto:a@b.gov"}, theme=["Transportation"],
        license="http://creativecommons.org/publicdomain/zero/1.0/",
    )  # fmt: skip
    assert not mapped.rejected
    resources = mapped.entry.pop("resources")
    assert mapped.entry == {
        "title": "Bus stops", "notes": "All stops.", "open_type": "1", "share_type": "1",
        "update_cycle": "4",
        "data_updated": "2026-03-01T00:00:00+08:00", "pub_date": "2020-02-03",
        "source_url": "https://example.gov/stops",
        "provider_unit": "Transport", "contact_name": "Data Desk", "open_domain": "14",
        "license_id": "cc-zero",
        "tag_string": "bus,stop", "class_lei": "3", "class_xiang": "307", "class_mu": "307001",
        "class_ximu": "307001004",
        "owner_org": "finance", "profile": "federated", "source_point": "treasury", "source_guid": "T-1",
    }  # fmt: skip
    [resource] = resources
    assert len(resource.pop("source_key")) == 32
    assert resource == {"name": "Stops", "url": "https://example.gov/stops.csv", "format": "CSV",
        "mimetype": "text/csv",
                        "audience": "open"}  # fmt: skip


DECLARED = {"share_type": "2", "share_scope": "全市政务部门", "share_condition": "按需申请，由提供方审核"}


@pytest.mark.parametrize(
    ("level", "expected", "audience"),
    [("public", {"open_type": "1", "share_type": "1"}, "open"),
        (" Public ", {"open_type": "1", "share_type": "1"}, "open"),
     ("restricted public", {"open_type": "2", "open_condition": "On request."} | DECLARED, "open"),
     ("non-public", {"open_type": "3", "no_open_reason": "On request."} | DECLARED, "share")],
)  # fmt: skip
def test_access_level_is_about_opening_and_the_point_declares_sharing(entry, level, expected, audience):
    mapped = entry(accessLevel=level, rights="On request.")
    about = ("open_type", "open_condition", "no_open_reason", "share_type", "share_scope",
        "share_condition", "no_share_basis")
    assert {name: mapped.entry[name] for name in about if name in mapped.entry} == expected
    assert mapped.entry["resources"][0]["audience"] == audience
    assert not mapped.rejected


@pytest.mark.parametrize("rights", [..., None, "", " ", "None", "none", "N/A", "null", "无", "-", [], {}])
@pytest.mark.parametrize(("level", "field"),
    [("restricted public", "open_condition"), ("non-public", "no_open_reason")])
def test_missing_rights_reject_the_record_and_are_named(entry, rights, level, field):
    mapped = entry(accessLevel=level, rights=rights)
    assert mapped.rejected
    assert slugs(mapped) == {("open_reason", field)}


@pytest.mark.parametrize("level", [..., None, "", "secret", 1, ["public"], {"public": 1}])
def test_unknown_access_level_is_never_guessed(entry, level):
    if level == ["public"]:
        assert entry(accessLevel=level).entry["open_type"] == "1"
        return
    mapped = entry(accessLevel=level)
    assert ("unknown_source_value", "open_type") in slugs(mapped)


def test_point_that_shares_nothing_declares_its_basis(entry):
    nothing = {"share_type": "3", "share_condition": "《档案法》"}
    mapped = entry(nothing, accessLevel="non-public", rights="Privacy")
    assert (mapped.entry["share_type"], mapped.entry["no_share_basis"]) == ("3", "《档案法》")
    assert not mapped.rejected
    assert ("open_beyond_share",
        "share_type") in slugs(entry(nothing, accessLevel="restricted public", rights="x"))


@pytest.mark.parametrize("title", [..., None, "", "  ", "\u200b", {}, []])
def test_record_without_title_is_rejected(entry, title):
    assert ("required", "title") in slugs(entry(title=title))


@pytest.mark.parametrize(
    ("raw", "title"),
    [("  Bus\tstops \n", "Bus stops"), ("ＢＵＳ", "BUS"), ("a\u202egpj.exe", "agpj.exe"), (42, "42"),
        ("站点（新）", "站点（新）")],
)  # fmt: skip
def test_title_is_normalised(entry, raw, title):
    assert entry(title=raw).entry["title"] == title


@pytest.mark.parametrize(
    ("modified", "updated", "cycle"),
    [("2026-03-01", "2026-03-01T00:00:00+08:00", None), ("2023", "2023-01-01T00:00:00+08:00", None),
     ("2023-05", "2023-05-01T00:00:00+08:00", None),
     ("2020-01-02T03:04:05.123456Z", "2020-01-02T11:04:05+08:00", None),
     ("2020-01-02T03:04:05-0500", "2020-01-02T16:04:05+08:00", None),
     ("2020-01-02 03:04", "2020-01-02T03:04:00+08:00", None),
     ("R/P1D", None, "2"), ("R/P1Y", None, "7")],
)  # fmt: skip
def test_modified_is_a_moment_or_a_cycle(entry, modified, updated, cycle):
    mapped = entry(modified=modified)
    assert (mapped.entry.get("data_updated"), mapped.entry.get("update_cycle")) == (updated, cycle)
    assert "date_unreadable" not in {finding.slug for finding in mapped.findings}


@pytest.mark.parametrize("modified",
    ["0000-00-00", "2026-13-01", "yesterday", "99999", "2020-01-01T25:00:00", "0001-01-01T00:00:00+14:00"])
def test_impossible_date_is_left_out_with_a_warning(entry, modified):
    mapped = entry(modified=modified)
    assert "data_updated" not in mapped.entry
    assert ("date_unreadable", "data_updated") in slugs(mapped, Severity.WARN)


def test_stated_cycle_comes_before_the_one_in_modified(entry):
    assert entry(accrualPeriodicity="R/P1W", modified="R/P1D").entry["update_cycle"] == "3"
    assert entry(accrualPeriodicity="now and then", modified="R/P1D").entry["update_cycle"] == "2"
    assert "update_cycle" not in entry(accrualPeriodicity="now and then").entry


@pytest.mark.parametrize(
    ("keywords", "tags"),
    [(["a/b", "women's empowerment", " x ", "交通", "交", "bus", "BUS", "LT>25", None, 7, {}, "x" * 101],
        "a b,womens empowerment,交通,bus,LT 25"),
     ("bus; stop，station", "bus,stop,station"), ([], None), (None, None), ({"a": 1}, None)],
)  # fmt: skip
def test_keywords_become_legal_tags(entry, keywords, tags):
    assert entry(keyword=keywords).entry.get("tag_string") == tags


def test_at_most_fifty_tags(entry):
    mapped = entry(keyword=[f"word {n}" for n in range(34_866)])
    assert len(mapped.entry["tag_string"].split(",")) == 50
    assert ("tags_too_many", "tag_string") in slugs(mapped, Severity.WARN)


@pytest.mark.parametrize("name", ["devops@cfpb.gov", "+1 (202) 555-0100", "  "])
def test_addresses_of_persons_are_not_published(entry, name):
    mapped = entry(contactPoint={"fn": name, "hasEmail": "mailto:a@b.gov", "hasTelephone": "tel:1"})
    assert "contact_name" not in mapped.entry
    assert "@" not in json.dumps(mapped.entry)


@pytest.mark.parametrize(
    ("distribution", "url"),
    [({"downloadURL": "https://a.gov/d.csv", "accessURL": "https://a.gov/"}, "https://a.gov/d.csv"),
     ({"accessURL": "https://a.gov/x"}, "https://a.gov/x"),
     ({"downloadURL": "ftp://a/b", "accessURL": "http://a.gov/"}, "http://a.gov/"),
     ({"downloadURL": "javascript:alert(1)"}, None), ({"downloadURL": "file:///etc/passwd"}, None),
     ({"downloadURL": "https://u:p@a.gov/"}, None), ({"downloadURL": " "}, None), ({}, None),
     ({"downloadURL": ["x"]}, None)],
)  # fmt: skip
def test_only_honest_addresses_become_files(entry, distribution, url):
    mapped = entry(distribution=[distribution])
    assert [resource["url"] for resource in mapped.entry["resources"]] == ([url] if url else [])
    assert (("resource_without_url", "resources") in slugs(mapped, Severity.WARN)) == (url is None)
    assert not mapped.rejected


@pytest.mark.parametrize("distribution", [..., None, [], "text", [None, "x", 3]])
def test_record_without_files_is_an_entry_too(entry, distribution):
    mapped = entry(distribution=distribution)
    assert mapped.entry["resources"] == []
    assert not mapped.rejected


@pytest.mark.parametrize(
    ("said", "format_"),
    [({"format": "csv"}, "CSV"), ({"format": "Zipped CSV"}, "ZIP"),
        ({"format": "EXCEL", "downloadURL": "https://a.gov/a.xlsx"}, "XLSX"),
     ({"format": "Excel"}, "XLS"), ({"mediaType": "application/json; charset=utf-8"}, "JSON"),
     ({"mediaType": "text/html"}, "HTML"),
     ({"downloadURL": "https://a.gov/A.PDF?x=1"}, "PDF"), ({"format": "API"}, "API"),
     ({"mediaType": "application/vnd.api+json"}, "API"),
     ({"format": "odd thing"}, "ODD THING"), ({}, ""), ({"format": 5, "mediaType": 6}, "")],
)  # fmt: skip
def test_format_has_one_name(entry, said, format_):
    mapped = entry(distribution=[{"downloadURL": "https://a.gov/x"} | said])
    assert mapped.entry["resources"][0]["format"] == format_


def test_file_keeps_its_key_when_others_come_and_go(entry):
    files = [{"downloadURL": f"https://a.gov/{n}.csv", "title": f"t{n}"} for n in range(3)]
    keys = [resource["source_key"] for resource in entry(distribution=files).entry["resources"]]
    turned = entry(distribution=files[::-1]).entry["resources"]
    assert [resource["source_key"] for resource in turned] == keys[::-1]
    assert entry(distribution=[files[2] | {"title": "new"}]).entry["resources"][0]["source_key"] == keys[2]


def test_files_of_one_address_have_keys_of_their_own(entry):
    files = [{"downloadURL": "https://a.gov/", "title": title} for title in ("a", "b", "b")]
    assert len({resource["source_key"] for resource in entry(distribution=files).entry["resources"]}) == 3


def test_unknown_licence_is_kept_as_it_stands(entry):
    assert entry(license="http://www.usaid.gov/data/license").entry["license_id"] == "http://www.usaid.gov/data/license"
    assert "license_id" not in entry(license={"a": 1}).entry


def test_unknown_theme_is_never_guessed(entry):
    assert "open_domain" not in entry(theme=["miscellaneous"]).entry
