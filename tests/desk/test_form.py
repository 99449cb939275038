"""The form without JavaScript: from a new entry to the hand-in, who may see it, what it refuses and keeps."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare import schemas  # noqa: F401 - importing it provides forms and lists to the kernel
from ckanext.govshare.kernel import clock, codelists, forms
from tests.conftest import ENTRY

STEPS = {
    "basic": {"title": ENTRY["title"], "notes": ENTRY["notes"]},
    "class": {name: ENTRY[name] for name in ("class_lei", "class_xiang", "class_mu", "class_ximu")},
    "format": {"format_class": "2", "format_type": "xlsx", "info_items": json.dumps(ENTRY["info_items"])},
    "share": {"share_type": "1", "share_mode": "1", "share_mode_type": "2"},
    "open": {"open_type": "1", "open_domain": "14", "license_id": "cc-by"},
    "update": {"update_cycle": "2", "pub_date": "2026-03-18"},
    "files": {},
}


class Person:
    """Somebody with a browser that runs no script."""

    def __init__(self, app: Any, user: str) -> None:
        from ckan.tests import factories

        self.app = app
        self.headers = {"Authorization": factories.APIToken(user=user)["token"]} if user else {}

    def get(self, path: str) -> Any:
        return self.app.get(path, headers=self.headers, follow_redirects=False)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        return self.app.post(path, data=data or {}, headers=self.headers, follow_redirects=False, **options)

    def begin(self, **data: str) -> str:
        """Begin a draft and answer its id."""
        answer = self.post("/desk/new", {"type": "dataset", "organization": "jiaotong", **data})
        assert answer.status_code == 303, answer.body
        return re.search(r"/desk/change/([^/]+)/edit", answer.headers["Location"])[1]

    def change(self, id: str) -> dict[str, Any]:
        return tk.get_action("govshare_change_show")({"user": "officer"}, {"id": id})

    def save(self, id: str, step: str, **data: Any) -> Any:
        """Send a step as its page would."""
        revision = data.pop("revision", self.change(id)["revision"])
        return self.post(f"/desk/change/{id}/edit?step={step}", {"revision": revision, "act": "next", **data})


@pytest.fixture
def officer(city: Any, app: Any) -> Person:
    """The officer of 市交通运输局."""
    return Person(app, "officer")


@pytest.fixture
def someone(city: Any, app: Any) -> Any:
    """Anybody of the city, by name."""
    return lambda user: Person(app, user)


def test_an_entry_goes_from_nothing_to_the_reviewer_without_a_script(officer):
    id = officer.begin()
    for step, fields in STEPS.items():
        answer = officer.save(id, step, **fields)
        assert answer.status_code == 303, (step, answer.body)
    handed = officer.post(f"/desk/change/{id}/edit?step=check", {"act": "submit", "opinion": "首次编目"})
    assert handed.status_code == 302
    change = officer.change(id)
    assert (change["state"], change["events"][-1]["opinion"]) == ("dept_review", "首次编目")
    assert change["data"]["info_items"] == ENTRY["info_items"]


@pytest.mark.parametrize("package_type", sorted(forms.installed()))
def test_every_form_is_filled_in_and_checked_by_the_same_pages(officer, package_type):
    known = forms.installed()[package_type]
    id = officer.begin(type=package_type)
    for step in known.steps:
        page = officer.get(f"/desk/change/{id}/edit?step={step.slug}").body
        asked = {item.name for item in known.fields if item.step == step.slug}
        assert asked <= set(re.findall(r'data-field="(\w+)"', page))
        fields = {item.name: value_for(item) for item in known.fields if item.step == step.slug}
        assert officer.save(id, step.slug, act="on", **fields).status_code == 303
    held = officer.change(id)["data"]
    lacking = [item.name for item in known.missing({**held, "owner_org": "x"})]
    assert lacking == []
    assert officer.get(f"/desk/change/{id}/edit?step=check").status_code == 200
    assert officer.get(f"/desk/change/{id}/preview").status_code == 200


def value_for(item: Any) -> str:
    """Something that a field of this kind can hold."""
    if item.kind == "choice":
        table = codelists.installed()[item.codelist]
        return ENTRY.get(item.name, table.codes[0].code)
    kinds = {
        "date": "2026-03-18",
        "number": "1",
        "items": json.dumps(ENTRY["info_items"]),
        "licence": "cc-by",
    }
    return kinds.get(item.kind, "内容")


def test_to_look_at_the_first_page_begins_nothing(officer):
    page = officer.get("/desk/new?type=dataset")
    assert page.status_code == 200
    assert "市交通运输局" in page.body
    assert tk.get_action("govshare_change_list")({"user": "officer"}, {})["count"] == 0


def test_a_new_entry_begins_with_what_a_person_would_expect(officer):
    with clock.frozen(clock.datetime(2026, 11, 3, 9)):
        first = officer.begin()
        officer.save(first, "class", **STEPS["class"])
        officer.save(first, "update", contact_name="王芳", contact_phone="0790-0000000")
        data = officer.change(officer.begin())["data"]
    assert (data["share_type"], data["pub_date"]) == ("1", "2026-11-03")
    assert (data["class_ximu"], data["contact_name"]) == (ENTRY["class_ximu"], "王芳")
    assert "title" not in data


def test_the_way_of_sharing_follows_from_the_format_until_somebody_chooses(officer):
    id = officer.begin()
    officer.save(id, "format", format_class="3", format_type="mysql")
    assert officer.change(id)["data"]["share_mode_type"] == "1"
    officer.save(id, "format", format_class="2", format_type="xlsx")
    assert officer.change(id)["data"]["share_mode_type"] == "2"
    officer.save(id, "format", format_class="3", format_type="mysql")
    officer.save(id, "share", share_type="1", share_mode="1", share_mode_type="3")
    officer.save(id, "format", format_class="7", format_type="rest")
    assert officer.change(id)["data"]["share_mode_type"] == "3"


def test_a_copy_has_everything_but_code_and_files(officer, make_entry):
    entry = make_entry()
    data = officer.change(officer.begin(copy_from=f"{entry['name']} {entry['title']}"))["data"]
    assert (data["title"], data["info_items"]) == (entry["title"], entry["info_items"])
    assert "resources" not in data
    assert not data.get("resource_code")


def test_what_may_not_be_seen_is_not_copied(someone, make_entry):
    entry = make_entry(open_type="3", no_open_reason="含商业秘密", resources=[])
    firm = someone("firm")
    answer = firm.post("/desk/new", {"type": "dataset", "organization": "gongsi", "copy_from": entry["name"]})
    assert answer.status_code == 200
    assert entry["title"] not in answer.body
    assert 'id="copy-error"' in answer.body


def test_two_clicks_on_begin_make_one_draft(officer):
    token = re.search(r'name="once" value="(\w+)"', officer.get("/desk/new").body)[1]
    assert officer.begin(once=token) == officer.begin(once=token)
    assert tk.get_action("govshare_change_list")({"user": "officer"}, {})["count"] == 1


def test_to_change_an_entry_twice_leads_to_the_same_change(officer, make_entry):
    entry = make_entry()
    first = officer.post(f"/desk/change/start/{entry['id']}")
    again = officer.post(f"/desk/change/start/{entry['name']}")
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]


@pytest.mark.parametrize("path", ["edit", "edit?step=check", "preview"])
@pytest.mark.parametrize("person", ["neighbour", "firm", "citizen", "county_office", "operator"])
def test_a_change_of_another_department_is_not_there(officer, someone, person, path):
    id = officer.begin()
    officer.save(id, "basic", title="不可外泄的名称")
    answer = someone(person).get(f"/desk/change/{id}/{path}")
    assert answer.status_code == 404
    assert "不可外泄" not in answer.body
    assert "市交通运输局" not in answer.body


@pytest.mark.parametrize("person", ["neighbour", "firm", "citizen", "county_office", "operator"])
def test_nobody_else_writes_in_it(officer, someone, person):
    id = officer.begin()
    stranger = someone(person)
    for path in (f"/desk/change/{id}/edit?step=basic", f"/desk/change/{id}/autosave"):
        answer = stranger.post(path, {"title": "抢写", "step": "basic", "act": "next"})
        assert answer.status_code == 404
    assert "title" not in officer.change(id)["data"]


def test_a_visitor_is_asked_to_log_in(officer, someone):
    id = officer.begin()
    visitor = someone("")
    for path in ("/desk/new", f"/desk/change/{id}/edit", f"/desk/change/{id}/preview"):
        answer = visitor.get(path)
        assert answer.status_code == 302
        assert "/user/login" in answer.headers["Location"]
    assert visitor.post(f"/desk/change/{id}/autosave", {"step": "basic"}).status_code == 401


def test_an_entry_for_another_department_is_not_begun(officer):
    answer = officer.post("/desk/new", {"type": "dataset", "organization": "jiaoyu"})
    assert answer.status_code == 404
    assert tk.get_action("govshare_change_list")({"user": "neighbour"}, {})["count"] == 0


def test_the_office_chooses_among_the_departments_of_its_region(someone):
    page = someone("office").get("/desk/new").body
    assert "市教育局" in page
    assert "东城区数据局" not in page


def test_fields_show_only_where_they_apply(officer):
    id = officer.begin()
    shown = officer.get(f"/desk/change/{id}/edit?step=share").body
    assert re.search(r'data-field="share_scope"[^>]* hidden', shown)
    officer.save(id, "share", share_type="2", act="stay")
    assert not re.search(
        r'data-field="share_scope"[^>]* hidden', officer.get(f"/desk/change/{id}/edit?step=share").body
    )


def test_an_answer_that_asks_for_more_keeps_one_on_the_page(officer):
    id = officer.begin()
    answer = officer.save(id, "share", share_type="2", share_mode="1")
    assert "step=share" in answer.headers["Location"]


def test_a_parent_that_was_chosen_asks_for_its_child_on_the_same_page(officer):
    id = officer.begin()
    assert re.search(
        r'<select[^>]*name="format_type"', officer.get(f"/desk/change/{id}/edit?step=format").body
    )
    answer = officer.save(id, "format", format_class="2", format_type="")
    assert "step=format" in answer.headers["Location"]
    assert 'value="xlsx"' in officer.get(f"/desk/change/{id}/edit?step=format").body
    on = officer.save(id, "format", format_class="2", format_type="xlsx")
    assert "step=share" in on.headers["Location"]


def test_only_the_day_of_publication_is_today_by_itself(officer):
    data = officer.change(officer.begin(type="information-system"))["data"]
    assert not any(re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) for value in data.values())


def test_what_no_longer_applies_is_emptied_and_said(officer):
    id = officer.begin()
    officer.save(id, "share", share_type="2", share_scope="市公安局", share_condition="办案", share_mode="1")
    answer = officer.save(id, "share", share_type="1", share_mode="1", share_mode_type="2")
    data = officer.change(id)["data"]
    assert (data["share_scope"], data["share_condition"]) == ("", "")
    told = officer.app.get(answer.headers["Location"], headers=officer.headers).body
    assert "共享范围" in unescape(told)


def test_another_class_empties_what_stood_below_the_old_one(officer):
    id = officer.begin()
    officer.save(id, "class", **STEPS["class"])
    officer.save(id, "class", **{**STEPS["class"], "class_lei": "1"}, lead_org="市公安局")
    data = officer.change(id)["data"]
    assert [data[name] for name in ("class_lei", "class_xiang", "class_mu", "class_ximu")] == [
        "1",
        "",
        "",
        "",
    ]


def test_an_older_revision_is_refused_and_nothing_typed_is_lost(officer, someone):
    id = officer.begin()
    seen = officer.change(id)["revision"]
    someone("reviewer").save(id, "basic", title="审核员写的", notes="乙")
    answer = officer.save(id, "basic", title="填报员写的", notes="甲的说明", revision=seen)
    assert answer.status_code == 409
    assert "甲的说明" in answer.body
    assert "审核员写的" in answer.body
    assert model.User.get("reviewer").fullname in answer.body
    again = officer.save(id, "basic", title="填报员写的", revision=seen)
    assert again.status_code == 409
    assert officer.change(id)["data"]["title"] == "审核员写的"
    officer.save(id, "basic", title="填报员写的", notes="甲的说明", act="overwrite", revision=seen)
    assert officer.change(id)["data"]["title"] == "填报员写的"


def test_a_second_click_on_save_is_no_conflict(officer):
    id = officer.begin()
    seen = officer.change(id)["revision"]
    for _click in range(2):
        answer = officer.save(id, "basic", revision=seen, **STEPS["basic"])
        assert answer.status_code == 303


def test_a_wrong_value_keeps_one_on_the_page_and_is_said_at_the_field(officer):
    id = officer.begin()
    answer = officer.save(id, "basic", title="长" * 51, notes="说明")
    page = officer.get(answer.headers["Location"]).body
    assert 'id="summary"' in page
    assert re.search(r'id="f-title"[^>]*aria-invalid="true"', page)
    assert 'href="#f-title"' in page
    assert "长" * 51 in page
    on = officer.save(id, "basic", act="on", title="长" * 51)
    assert "step=class" in on.headers["Location"]


@pytest.mark.parametrize("step", list(STEPS))
def test_an_empty_step_is_saved_with_gaps(officer, step):
    id = officer.begin()
    assert officer.post(f"/desk/change/{id}/edit?step={step}", {}).status_code == 303


HOSTILE = [
    ("basic", {"title": "空\x00字符"}, "title"),
    ("basic", {"notes": "长" * 20_001}, "notes"),
    ("format", {"info_items": "不是JSON"}, "info_items"),
    ("format", {"info_items": '{"name": 1}'}, "info_items"),
    ("format", {"info_items": '[{"name": {"a": 1}}]'}, "info_items"),
    ("format", {"info_items": "[" * 5000}, "info_items"),
    ("format", {"info_items": json.dumps([{"name": "项"}] * 2001)}, "info_items"),
]


@pytest.mark.parametrize(("step", "fields", "name"), HOSTILE)
def test_what_no_field_can_hold_is_refused_at_the_field(officer, step, fields, name):
    id = officer.begin()
    before = officer.change(id)["data"]
    answer = officer.save(id, step, **fields)
    assert answer.status_code == 400
    assert re.search(rf'id="f-{name}-errors" data-errors>', answer.body)
    assert officer.change(id)["data"] == before


def test_nothing_typed_beside_a_refused_value_is_lost(officer):
    id = officer.begin()
    notes = officer.save(id, "basic", title="名称仍在", notes="长" * 20_001)
    rows = officer.save(
        id,
        "format",
        format_class="3",
        info_items=json.dumps([{"name": f"项{number}"} for number in range(2001)]),
    )
    assert 'value="名称仍在"' in notes.body
    assert "长" * 20_001 in notes.body
    assert re.search(r'<option value="3" selected', rows.body)
    assert 'value="项2000"' in rows.body


def test_every_form_that_writes_carries_a_token(officer):
    id = officer.begin()
    for path in ("/desk/new", *(f"/desk/change/{id}/edit?step={step}" for step in (*STEPS, "check"))):
        for page_form in re.findall(r'<form[^>]*method="post".*?</form>', officer.get(path).body, re.DOTALL):
            assert 'name="_csrf_token"' in page_form, path


def test_fields_of_other_steps_and_of_nobody_are_not_taken(officer):
    id = officer.begin()
    officer.save(
        id,
        "basic",
        title="名称",
        share_type="3",
        owner_org="x",
        resource_code="307001004/9999",
        profile="federated",
    )
    data = officer.change(id)["data"]
    assert (data["title"], data["share_type"]) == ("名称", "1")
    assert not data.get("resource_code")


def test_markup_is_shown_as_text(officer):
    id = officer.begin()
    script = '"><script>alert(1)</script>'
    officer.save(id, "basic", title=script[:40], notes=script)
    officer.save(id, "format", format_class="2", info_items=json.dumps([{"name": script, "type": script}]))
    for path in ("edit?step=basic", "edit?step=format", "edit?step=check", "preview"):
        page = officer.get(f"/desk/change/{id}/{path}").body
        assert "<script>alert" not in page
        assert "alert(1)" in page


def test_a_code_outside_its_list_stays_and_is_named(officer):
    id = officer.begin()
    officer.save(id, "update", update_cycle="99", pub_date="昨天")
    page = officer.get(f"/desk/change/{id}/edit?step=update").body
    assert re.search(r'<option value="99" selected>', page)
    assert 'value="昨天"' in page


@pytest.mark.parametrize(
    "path", ["/desk/change/none/edit", "/desk/change/none/preview", "/desk/change/%00/edit"]
)
def test_no_change_no_page(officer, path):
    assert officer.get(path).status_code == 404


def test_an_unknown_step_leads_to_the_first(officer):
    id = officer.begin()
    answer = officer.get(f"/desk/change/{id}/edit?step=../secret")
    assert answer.headers["Location"].endswith(f"/desk/change/{id}/edit?step=basic")


def test_the_check_names_every_gap_and_leads_to_its_field(officer):
    id = officer.begin()
    page = officer.get(f"/desk/change/{id}/edit?step=check").body
    assert re.search(r'step=basic&amp;missing=1#f-title"', page)
    refused = officer.post(f"/desk/change/{id}/edit?step=check", {"act": "submit"})
    assert refused.status_code == 400
    assert officer.change(id)["state"] == "draft"
    at_field = officer.get(f"/desk/change/{id}/edit?step=basic&missing=1").body
    assert re.search(r'id="f-title"[^>]*aria-invalid="true"', at_field)


def test_a_change_under_review_leads_to_its_review_page(officer):
    id = officer.begin()
    for step, fields in STEPS.items():
        officer.save(id, step, **fields)
    officer.post(f"/desk/change/{id}/edit?step=check", {"act": "submit"})
    assert (
        officer.get(f"/desk/change/{id}/edit?step=basic").headers["Location"].endswith(f"/desk/change/{id}")
    )
    late = officer.post(f"/desk/change/{id}/autosave", {"step": "basic", "title": "晚了"})
    assert late.status_code == 403
    assert officer.change(id)["data"]["title"] == ENTRY["title"]


def test_every_label_guide_and_help_is_on_the_page_in_both_languages(officer):
    id = officer.begin()
    chinese = officer.get(f"/desk/change/{id}/edit?step=basic").body
    english = officer.get(f"/en/desk/change/{id}/edit?step=basic").body
    assert "信息资源名称" in chinese
    assert "名称应体现数据的主体和内容" in chinese
    assert "Name of the resource" in english
    assert "One name says one thing" in english


def test_no_script_stands_in_the_page_and_nothing_comes_from_elsewhere(officer):
    id = officer.begin()
    for step in (*STEPS, "check"):
        page = officer.get(f"/desk/change/{id}/edit?step={step}").body
        scripts = re.findall(r"<script[^>]*>", page)
        assert all("src=" in script and "//" not in script for script in scripts), scripts
        assert not re.search(r"\son\w+=", page)


def upload(officer: Person, id: str, name: str, content: bytes, filename: str, **fields: Any) -> Any:
    """Send the step of files with one file."""
    data = {
        "revision": officer.change(id)["revision"],
        "act": "add" if name == "new" else "stay",
        f"{name}-upload": (io.BytesIO(content), filename),
        **fields,
    }
    return officer.post(f"/desk/change/{id}/edit?step=files", data, content_type="multipart/form-data")


def test_a_file_is_stored_measured_and_replaced_under_its_id(officer, make_entry):
    entry = make_entry(resources=[])
    id = re.search(r"change/([^/]+)/", officer.post(f"/desk/change/start/{entry['id']}").headers["Location"])[
        1
    ]
    upload(officer, id, "new", "站点,线路\n市政府,1路\n".encode(), "公交站点.csv", **{"new-audience": "open"})
    (first,) = officer.change(id)["data"]["resources"]
    assert (first["format"], first["audience"], first["rows"], first["columns"]) == ("CSV", "open", 1, 2)
    assert first["name"] == "公交站点"
    upload(officer, id, "0", "站点,线路\n甲,1\n乙,2\n".encode(), "公交站点2.csv", **{"0-name": "公交站点"})
    (second,) = officer.change(id)["data"]["resources"]
    assert (second["name"], second["rows"]) == ("公交站点", 2)
    assert second["hash"] != first["hash"]
    officer.save(id, "files", act="remove.0")
    assert officer.change(id)["data"]["resources"] == []


def test_a_published_file_keeps_its_id_when_it_is_replaced(officer, make_entry):
    entry = make_entry()
    id = re.search(r"change/([^/]+)/", officer.post(f"/desk/change/start/{entry['id']}").headers["Location"])[
        1
    ]
    before = officer.change(id)["data"]["resources"][0]
    upload(officer, id, "0", b"a,b\n1,2\n", "new.csv")
    after = officer.change(id)["data"]["resources"][0]
    assert after["id"] == before["id"] == entry["resources"][0]["id"]
    assert (after["url_type"], after["audience"]) == ("upload", before["audience"])


def test_a_link_is_taken_instead_of_a_file(officer):
    id = officer.begin()
    officer.save(
        id, "files", act="add", **{"new-url": "https://files.example/a.json", "new-name": "接口数据"}
    )
    (link,) = officer.change(id)["data"]["resources"]
    assert (link["url"], link["format"], link["audience"]) == (
        "https://files.example/a.json",
        "JSON",
        "share",
    )


@pytest.mark.parametrize("fields", [{}, {"new-url": "javascript:alert(1)"}, {"new-url": "/etc/passwd"}])
def test_neither_file_nor_address_is_refused(officer, fields):
    id = officer.begin()
    answer = officer.save(id, "files", act="add", **fields)
    assert answer.status_code == 400
    assert not officer.change(id)["data"].get("resources")


def test_a_checksum_alone_attaches_nothing(officer):
    id = officer.begin()
    officer.save(id, "files", act="add", **{"new-hash": "0" * 64, "new-url": "https://files.example/a.csv"})
    assert "hash" not in officer.change(id)["data"]["resources"][0]
