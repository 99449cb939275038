"""A department and the office in the middle of their work, for the browser: entries, changes, files, systems."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.govshare.kernel import clock
from tests.catalogue.changes.test_systems import SYSTEM
from tests.conftest import ENTRY, build_city, empty, publish

PASSWORD = "Only-for-this-test-1"
NAMES = {"officer": "张晓明", "reviewer": "李卫东", "office": "王芳", "neighbour": "赵敏"}
CONTENT = {key: value for key, value in ENTRY.items() if key != "type"}
PERSONAL = "站点,巡查员,手机号\n市政府,张三,13812345678\n人民医院,李四,13912345678\n"
WRONG = (
    "信息资源名称,信息资源摘要,类分类,信息项名称,数据类型,数据长度,共享类型,更新周期,发布日期\n"
    + "\n".join(
        (
            "长途客运班次,全市长途客运班次和票价。,部门信息资源,班次,字符,20,无条件共享,每天,2026-13-01",
            "出租车驾驶员,从业人员名单。,部门信息资源,姓名,字符型,abc,有条件共享,每年,2026-03-18",
            ",没有名称的条目。,部门信息资源,编号,字符型,10,无条件共享,每日,2026-03-18",
        )
    )
)


def call(action: str, user: str, **data: Any) -> Any:
    """An action as a person, with its auth function."""
    person = model.User.get(user)
    return tk.get_action(f"govshare_{action}")({"user": user, "auth_user_obj": person}, data)


def begun(days: int, **fields: Any) -> str:
    """A complete draft of the officer, some days old."""
    with clock.frozen(clock.now() - timedelta(days=days)):
        return call("change_create", "officer", data={**CONTENT, **fields})["id"]


def moved(days: int, change: str, *acts: tuple[str, str, dict[str, str]]) -> str:
    """Acts on a change, some days ago."""
    with clock.frozen(clock.now() - timedelta(days=days)):
        for act, person, words in acts:
            call(f"change_{act}", person, id=change, **words)
    return change


SUBMIT, SIGN = ("submit", "officer", {}), ("approve", "reviewer", {"opinion": "内容属实"})


def fill() -> dict[str, str]:
    """Empty the site and fill it.

    :returns: ids by what they are: ``changed`` (a change with a difference), ``conflict``, ``returned``, ``entry``,
        ``target``, ``waiting`` (an entry whose open file waits for its review), ``clean`` (a change whose
        file nobody has signed for), ``bad`` (a file with faults)
    """
    empty()
    city = build_city()
    for name, full in NAMES.items():
        person = model.User.get(name)
        person.fullname, person.password = full, PASSWORD
    model.Session.commit()
    entry = publish(city, title="城区公交站点信息")
    for number, title in enumerate(("公交客流统计", "道路客运站信息", "公路桥梁信息"), start=2):
        publish(city, title=title, resource_code=f"307001004/{number:04}")
    publish(city, title="中小学校名录", resource_code="307001004/0009", owner_org=city.school)
    found = {"entry": entry["id"], "returned": _changes(city), **_changed(entry["id"])}
    _systems(city)
    _points(city)
    found["waiting"] = _waiting(city)
    found["clean"] = _unsigned(city)
    found["bad"] = _sheet(city)
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    return found | {"target": _targets()}


def _targets() -> str:
    """Targets of several measures and scopes; the id of the last one."""
    year = {"due": "2026-12-31"}
    shared = {"title": "开放数据集", "measure": "open_datasets"}
    days = [{"due": "2026-03-31", "at_least": 20}, {**year, "at_least": 80}]
    call("target_create", "office", **shared, milestones=days)
    call("target_create", "office", **shared, **year, at_least=8, scope="field", field="14")
    data = {"title": "交通局目录挂接率达到90%以上", "measure": "hook_up", "at_least": 90, "scope": "department"}
    return call("target_create", "office", **data, **year, organization="jiaotong")["id"]


def _changes(city: Any) -> str:
    words = {"reason": "信息项“票价”缺少数据长度；摘要请说明覆盖的线路范围。"}
    returned = begun(6, title="长途客运班次和票价")
    moved(3, returned, SUBMIT)
    moved(1, returned, ("return", "reviewer", words))
    begun(2, title="网约车平台名单")
    call("change_create", "officer", data={"title": "公共停车场信息"})
    for days, title in ((7, "出租汽车企业名录"), (2, "机动车维修企业名录")):
        moved(days, begun(days + 1, title=title), SUBMIT)
    for days, title in ((9, "货运企业信用评价结果"), (3, "港口码头基本信息"), (0, "公路养护计划")):
        moved(days, begun(days + 2, title=title), SUBMIT, SIGN)
    call(
        "change_submit",
        "neighbour",
        id=call("change_create", "neighbour", data={**CONTENT, "title": "校车线路"})["id"],
    )
    return returned


def _changed(entry: str) -> dict[str, str]:
    items = [
        {"name": "站点名称", "type": "C", "length": "100"},
        {"name": "经度", "type": "N", "length": "12"},
        {"name": "纬度", "type": "N", "length": "12"},
    ]
    new = {"notes": "含站点名称、经纬度和途经线路，不含郊区线路。", "update_cycle": "3", "info_items": items}
    changed = call("change_create", "officer", id=entry, data=new)["id"]
    other = call("change_create", "officer", id=entry, data={"notes": "含站点名称和全部途经线路。"})["id"]
    moved(1, other, SUBMIT, SIGN)
    call("change_approve", "office", id=other)
    call("change_merge", "officer", id=changed, choices={"notes": "mine"})
    conflict = call("change_create", "officer", id=entry, data={"notes": "含站点名称。"})["id"]
    moved(2, changed, SUBMIT)
    call("change_approve", "reviewer", id=changed)
    last = call(
        "change_create",
        "officer",
        id=entry,
        data={"notes": "含公交站点名称及途经线路。", "update_cycle": "4"},
    )
    moved(0, last["id"], SUBMIT, SIGN)
    call("change_approve", "office", id=last["id"])
    return {"changed": _again(changed), "conflict": conflict}


def _again(change: str) -> str:
    """The base moved once more: put the change on top, and through the department again."""
    call("change_return", "office", id=change, reason="请与最新版本合并")
    call("change_merge", "officer", id=change, choices={"notes": "mine", "update_cycle": "mine"})
    return moved(0, change, SUBMIT, SIGN)


def _systems(city: Any) -> None:
    for title in ("公交智能调度系统", "道路运政管理系统"):
        change = call(
            "change_create", "officer", package_type="information-system", data={**SYSTEM, "title": title}
        )
        moved(0, change["id"], SUBMIT, SIGN)
        call("change_approve", "office", id=change["id"])
    publish(city, title="公交车辆信息", resource_code="307001004/0030", source_system="公交智能调度系统")


def _points(city: Any) -> None:
    for name, title in (("jiaotong-front", "交通前置库"), ("jiaotong-catalogue", "目录接口")):
        point = {"name": name, "title": title, "organization": city.traffic, "kind": "data_json"}
        point |= {"url": "https://data.example/data.json", "default_class": "307001004"}
        point |= {"share_scope": "全市政务部门", "share_condition": "按需申请"}
        call("exchange_point_create", "officer", **point)
    for step in ("review", "assess", "accept"):
        call(f"exchange_point_{step}", "office", id="jiaotong-front")


def _waiting(city: Any) -> str:
    file = FileStorage(io.BytesIO(PERSONAL.encode()), filename="巡查安排.csv")
    resource = {"name": "站点巡查安排", "audience": "open", "format": "CSV", "url": "", "upload": file}
    made = tk.get_action("package_create")(
        {"user": "office"},
        {
            "owner_org": city.traffic,
            **ENTRY,
            "title": "站点巡查安排",
            "resource_code": "307001004/0031",
            "resources": [resource],
        },
    )
    return made["name"]


def _unsigned(city: Any) -> str:
    file = FileStorage(io.BytesIO("站点,线路\n市政府,1路\n人民医院,3路\n".encode()), filename="站点.csv")
    resource = {"name": "站点线路表", "audience": "open", "format": "CSV", "url": "", "upload": file}
    return call("change_submit", "officer", id=_drafted(resource))["id"]


def _drafted(resource: dict[str, Any]) -> str:
    context = {"user": "officer", "auth_user_obj": model.User.get("officer")}
    stored = tk.get_action("govshare_file_store")(context, {"upload": resource.pop("upload")})
    call("opening_scan", "officer", digest=stored["hash"])
    data = {**CONTENT, "title": "公交站点线路表", "resources": [{**resource, "hash": stored["hash"]}]}
    return call("change_create", "officer", data=data)["id"]


def _sheet(city: Any) -> str:
    upload = FileStorage(io.BytesIO(WRONG.encode("gb18030")), filename="交通局目录2026.csv")
    return call("catalogue_import", "officer", organization=city.traffic, upload=upload, wait=True)["id"]
