"""Files of targets by `ckan govshare targets load`: all or none, repeatable, every fault at its line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from click.testing import CliRunner

from ckanext.govshare.cli import group
from ckanext.govshare.kernel.clock import ZONE

pytestmark = pytest.mark.usefixtures("city")

FILE = """\
targets:
  - {title: 三月底前开放 20 个, measure: open_datasets, at_least: 20, due: 2026-03-31}
  - {title: 年底前开放 80 个, measure: open_datasets, at_least: 80, due: "2026-12-31", publish_departments: true}
  - title: 交通运输领域 10 个
    measure: open_datasets
    at_least: 10
    due: "2026-12-31"
    scope: field
    field: "14"
  - {title: 挂接率, measure: hook_up, at_least: 62.5, due: "2026-12-31", scope: department, organization: jiaotong}
"""


@pytest.fixture
def load(tmp_path: Path):
    """The command on a file of this text; answers exit code and what it says."""

    def run(text: str | bytes, *options: str, name: str = "targets.yaml") -> tuple[int, str]:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = CliRunner().invoke(group(), ["targets", "load", str(path), *options])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


def stored() -> list[dict]:
    return tk.get_action("govshare_target_list")({"user": "office"}, {})


def test_file_is_loaded_once(load):
    assert load(FILE) == (0, "4 created, 0 updated, 0 unchanged\n")
    assert load(FILE) == (0, "0 created, 0 updated, 4 unchanged\n")
    assert len(stored()) == 4


def test_dry_run_writes_nothing(load):
    code, said = load(FILE, "--dry-run", "--json")
    assert (code, json.loads(said)) == (0, {"created": 4, "updated": 0, "unchanged": 0, "targets": []})
    assert stored() == []


def test_changed_number_changes_the_target_that_stands(load):
    load(FILE)
    before = {target["id"] for target in stored()}
    assert load(FILE.replace("at_least: 80", "at_least: 90"))[1] == "0 created, 1 updated, 3 unchanged\n"
    assert {target["id"] for target in stored()} == before
    assert 90 in {target["at_least"] for target in stored()}


def test_what_a_file_does_not_say_stays(load):
    load(FILE)
    target = next(target for target in stored() if target["publish_departments"])
    load(FILE.replace(", publish_departments: true", ""))
    assert next(found for found in stored() if found["id"] == target["id"])["publish_departments"] is True


def test_json_is_taken_too(load):
    data = {"targets": [{"title": "x", "measure": "rows", "at_least": 1000, "due": "2026-12-31"}]}
    assert load(json.dumps(data, indent=4), name="targets.json")[0] == 0


def test_every_fault_is_told_at_its_line(load):
    text = FILE.replace("at_least: 20", "at_least: 0").replace('field: "14"', "field: 14")
    code, said = load(text, "--json")
    assert code == 1
    assert [(fault["line"], fault["row"], fault["field"]) for fault in json.loads(said)["errors"]] == [
        (2, 1, "at_least"), (9, 3, "field"),
    ]  # fmt: skip
    assert stored() == []


def test_faults_of_the_rules_are_told_at_their_lines_too(load):
    text = FILE.replace("at_least: 80", "at_least: 8").replace("jiaotong", "nobody")
    code, said = load(text)
    assert code == 1
    assert said.startswith("line 3, target 2, at_least: ")
    assert "\nline 10, target 4, organization: " in said
    assert stored() == []


def test_locked_target_may_be_repeated_and_not_changed(load, frozen):
    with frozen(datetime(2026, 4, 1, tzinfo=ZONE)):
        load(FILE)
        tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})
        assert load(FILE)[0] == 0
        code, said = load(FILE.replace("at_least: 20", "at_least: 10"))
        assert (code, said.startswith("line 2, target 1, at_least: ")) == (1, True)


def test_rights_are_those_of_the_account(load):
    assert load(FILE, "--user", "officer")[0] == 1
    assert load(FILE, "--user", "operator")[0] == 1
    assert stored() == []
    assert load(FILE, "--user", "office")[0] == 0


HOSTILE = [
    b"", b"\xff\xfe\x00", b"targets: [", b"- 1", b"targets: []", b"targets: {}", b"{}", "目标".encode("gb18030"),
    b"a: &a [1]\nb: *a", b"targets: !!python/object/apply:os.system [true]", b"[" * 5000,
    b'targets: [{title: "a\\0b", measure: rows, at_least: 1, due: "2026-12-31"}]',
    b'targets: [{title: "\\ud800", measure: rows, at_least: 1, due: "2026-12-31"}]',
    b"targets: [{title: x, measure: rows, at_least: .nan, due: '2026-12-31'}]",
    b"targets: [{title: x, title: y, measure: rows, at_least: 1, due: '2026-12-31'}]",
    b"targets: [{title: x, measure: rows, at_least: 1, due: '2026-02-30'}]",
    b"targets: [{title: x, measure: rows, at_least: 1" + b"0" * 5000 + b", due: '2026-12-31'}]",
    b"x" * (1024 * 1024 + 1),
]  # fmt: skip


def test_hostile_files_end_in_words(load):
    for content in HOSTILE:
        code, said = load(content)
        assert (code, said.startswith(("line ", "file: "))) == (1, True), content[:60]
    assert stored() == []
