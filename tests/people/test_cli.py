"""``ckan govshare people``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from ckanext.govshare.people.cli import people


def test_the_list_of_officers_is_printed_as_json(city):
    result = CliRunner().invoke(people, ["officers", "--state", "missing", "--json"])
    assert result.exit_code == 0, result.output
    names = [row["organization"]["name"] for row in json.loads(result.output)["results"]]
    assert names == ["jiaotong", "jiaoyu"]


def test_the_list_of_officers_is_printed_as_lines(city):
    result = CliRunner().invoke(people, ["officers"])
    assert "市教育局" in result.output
