"""Progress at work: a department's part and its repairs, the office's view of everybody, and who comes in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.desk.conftest import words
from tests.publication.progress_world import GONE, Reader, world


@pytest.fixture(scope="module")
def made(loaded):
    with world() as built:
        yield built


@pytest.fixture
def read(app, made: SimpleNamespace) -> Reader:
    return Reader(app)


def test_who_comes_in(read, made):
    for path in ("/desk/progress", "/office/progress"):
        read.get(path, status=302)
        for user in ("citizen", "operator"):
            read.get(path, user, status=403)
    read.get("/desk/progress", "officer")
    read.get("/desk/progress", "firm", status=403)
    read.get("/desk/progress?organization=jiaoyu", "officer", status=404)
    read.get("/desk/progress?organization=jiaoyu", "office")
    read.get("/office/progress", "officer", status=403)


def test_a_department_sees_its_targets_and_its_part(read, made):
    page = read.get("/desk/progress", "officer").body
    body = words(page)
    assert "交通局 10 个" in body
    assert made.inner in page
    assert "开放数据集 3" in body


def test_what_does_not_count_leads_to_the_form(read, made):
    page = read.get("/desk/progress", "officer").body
    body = words(page)
    assert GONE in body
    assert "链接失效" in body
    assert "修复或更换链接" in body
    assert f"/desk/change/start/{made.gone}" in page
    assert GONE not in words(read.get("/desk/progress", "neighbour").body)
    assert GONE not in words(read.get("/desk/progress?reason=no_licence", "officer").body)


def test_odd_parameters_do_no_harm(read, made):
    for query in ("target=x", "reason=%27", "page=-1", "page=99", "order=x"):
        read.get(f"/desk/progress?{query}", "officer")
        read.get(f"/office/progress?{query}", "office")


def test_the_front_page_tells_where_the_department_stands(read, made):
    page = read.get("/desk", "officer").body
    assert f"/desk/progress?organization=jiaotong&amp;target={made.main}" in page


def test_the_office_sees_the_ranking(read, made):
    page = read.get("/office/progress", "office").body
    body = words(page)
    assert body.index("市交通运输局 3") < body.index("市教育局 1")
    assert made.inner in page
    for order in ("share", "new", "overdue", "late"):
        read.get(f"/office/progress?order={order}", "office")


def test_the_matrix_marks_what_is_missing(read, made):
    page = read.get("/office/progress", "office").body
    assert "gs-matrix__gap" in page
    assert f"/progress/{made.field}?organization=jiaotong" in page


def test_another_office_sees_only_its_region(read, made):
    assert "年底 80 个" not in words(read.get("/office/progress", "county_office").body)


def test_english_is_complete(read, made):
    for path, user in (("/en/desk/progress", "officer"), ("/en/office/progress", "office")):
        body = words(read.get(path, user).body)
        for chinese in ("开放进度", "未计入", "各部门", "率先", "导出"):
            assert chinese not in body, (path, chinese)
