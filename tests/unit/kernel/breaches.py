"""One breach, at least, of every rule: a good entry with a patch, and what each profile says of it.

The table is for every door: form, API, Excel and harvest must name the same rule at the same field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.unit.kernel.kernel_entries import CONDITIONAL, GOOD, NOT_SHARED

REFUSE, WARN = "refuse", "warn"
SYSTEM = MappingProxyType({
    "title": "公交智能调度系统", "system_code": "xt990100/0001", "owner_org": "traffic", "owner_unit": "信息中心",
    "owner_level": "1", "notes": "公交线路排班、车辆调度和到站预报。", "system_class": "01", "use_scope": "3",
    "users_month": "120", "logins_month": "3600", "approving_body": "市发展和改革委员会",
    "approved_on": "2019-05-20", "build_mode": "1", "fund_build": "1", "fund_run": "1", "build_state": "4",
    "network": "2", "cloud_state": "1", "protection_grade": "3", "protection_on": "2020-03-02",
    "contact_name": "张三", "contact_phone": "000-00000000",
})  # fmt: skip
BASES: Mapping[str, Mapping[str, Any]] = {"dataset": GOOD, "information-system": SYSTEM}
TITLE_KEY = "公共停车场基本信息"


@dataclass(frozen=True)
class Breach:
    """A patch that breaks one rule.

    :param slug: the rule
    :param number: its number in the fact base
    :param type: package type, whose good entry is in `BASES`
    :param entry_patch: what makes the good entry a bad one
    :param field: the field that the finding names
    :param national: weight in the national profile, None where it says nothing
    :param federated: weight in the federated profile
    :param facts: what lies beside the entry (keyword arguments of `Facts`)
    """

    slug: str
    number: str
    field: str
    national: str | None
    federated: str | None
    entry_patch: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    type: str = "dataset"

    def entry(self) -> dict[str, Any]:
        """The bad entry."""
        return {**BASES[self.type], **self.entry_patch}


def _of_systems(slug: str, number: str, name: str, federated: str | None, **patch: Any) -> Breach:
    return Breach(slug, number, name, REFUSE, federated, patch, type="information-system")


BASE_CLASS = {"class_lei": "1", "class_xiang": "101", "class_mu": "101001", "class_ximu": "",
    "resource_code": ""}  # fmt: skip
BREACHES: list[Breach] = [
    Breach("required", "", "title", REFUSE, REFUSE, {"title": ""}),
    Breach("required", "", "owner_org", REFUSE, REFUSE, {"owner_org": ""}),
    Breach("required", "", "share_type", REFUSE, REFUSE, {"share_type": "", "open_type": "2",
        "open_condition": "实名申请"}),
    Breach("required", "", "open_type", REFUSE, REFUSE, {"open_type": ""}),
    Breach("required", "", "notes", REFUSE, WARN, {"notes": " "}),
    Breach("required", "", "class_mu", REFUSE, WARN, {"class_mu": "", "class_ximu": "", "resource_code": ""}),
    Breach("required", "", "format_type", REFUSE, WARN, {"format_type": ""}),
    Breach("required", "", "update_cycle", REFUSE, WARN, {"update_cycle": ""}),
    Breach("required", "", "pub_date", REFUSE, WARN, {"pub_date": ""}),
    Breach("unknown_code", "", "open_domain", REFUSE, REFUSE, {"open_domain": "99"}),
    Breach("unknown_code", "", "data_level", REFUSE, REFUSE, {"data_level": "9"}),
    Breach("unknown_code", "", "format_class", REFUSE, WARN, {"format_class": "9", "format_type": "自定义"}),
    Breach("unknown_code", "", "class_ximu", REFUSE, WARN, {"class_ximu": "307001999", "resource_code": ""}),
    Breach("too_long", "V19", "title", REFUSE, WARN, {"title": "长" * 51}),
    Breach("too_long", "V19", "notes", REFUSE, WARN, {"notes": "长" * 257}),
    Breach("too_long", "V19", "info_items", REFUSE, WARN,
        {"info_items": [{"name": "长" * 101, "type": "D"}]}),
    Breach("plain_number", "V15", "stat_total_gb", REFUSE, WARN, {"stat_total_gb": "12G"}),
    Breach("plain_number", "V15", "stat_records_wan", REFUSE, WARN, {"stat_records_wan": "1,200"}),
    Breach("code_shape", "V1", "resource_code", REFUSE, REFUSE, {"resource_code": "307001004-0007"}),
    Breach("code_shape", "V1", "resource_code", REFUSE, REFUSE, {"resource_code": "307001005/0007"}),
    Breach("title_form", "V19", "title", REFUSE, WARN, {"title": "公共停车场　基本信息"}),
    Breach("share_conditions", "V3", "share_condition", REFUSE, REFUSE, {"share_condition": "仅限公安部门"}),
    Breach("share_conditions", "V3", "share_scope", REFUSE, REFUSE, {**CONDITIONAL, "share_scope": ""}),
    Breach("share_conditions", "V3", "no_share_basis", REFUSE, REFUSE, {**NOT_SHARED, "no_share_basis": ""}),
    Breach("share_reason", "", "share_reason", WARN, None, {**CONDITIONAL, "share_reason": ""}),
    Breach("basis_level", "V3", "no_share_basis_level", WARN, None,
        {**NOT_SHARED, "no_share_basis_level": "city_policy"}),
    Breach("basis_level", "V3", "no_share_basis_level", WARN, None,
        {**NOT_SHARED, "no_share_basis_level": ""}),
    Breach("share_and_open", "V4", "resources", REFUSE, REFUSE,
        {**NOT_SHARED, "resources": [{"name": "文件", "audience": "open"}]}),
    Breach("open_reason", "V5", "open_condition", REFUSE, REFUSE, {"open_type": "2", "open_condition": "无"}),
    Breach("open_reason", "V5", "no_open_reason", REFUSE, REFUSE, {"open_type": "3", "no_open_reason": ""}),
    Breach("secret", "V12", "secret", REFUSE, REFUSE, {"secret": "1"}),
    Breach("open_beyond_share", "V20", "share_type", REFUSE, REFUSE, {**CONDITIONAL, "open_type": "1"}),
    Breach("secrecy_wording", "V12", "notes", WARN, WARN, {"notes": "仅限内部使用的名单。"}),
    Breach("class_parent", "V2", "class_ximu", REFUSE, WARN,
        {"class_lei": "2", "class_xiang": "201", "class_mu": "201001", "class_ximu": "202001001",
         "resource_code": "", "lead_org": "traffic"}),
    Breach("format_type", "V6", "format_type", REFUSE, WARN, {"format_type": "pdf"}),
    Breach("format_type", "V6", "format_desc", REFUSE, WARN, {"format_class": "6", "format_type": "json"}),
    Breach("share_mode", "V8", "share_mode", REFUSE, WARN, {"share_mode": ""}),
    Breach("share_mode", "V8", "share_mode_type", REFUSE, WARN, {"share_mode_type": "1"}),
    Breach("pub_date", "V10", "pub_date", REFUSE, WARN, {"pub_date": "2026-02-30"}),
    Breach("pub_date", "V10", "pub_date", REFUSE, WARN, {"pub_date": "2099-01-01"}),
    Breach("update_cycle", "V11", "update_cycle", REFUSE, REFUSE, {"update_cycle": "9"}),
    Breach("related_codes", "V13", "related_codes", REFUSE, REFUSE, {"related_codes": ["307001004"]}),
    Breach("lead_org", "V16", "lead_org", REFUSE, WARN, BASE_CLASS),
    Breach("lead_org", "V16", "lead_org", REFUSE, WARN, {**BASE_CLASS, "lead_org": "市无此局"},
        {"organizations": frozenset(["traffic"])}),
    Breach("code_taken", "V1", "resource_code", REFUSE, REFUSE, {},
        {"taken_codes": frozenset(["307001004/0007"])}),
    Breach("title_taken", "V19", "title", REFUSE, REFUSE, {"title": "公共停车场基本信息"},
        {"titles": {TITLE_KEY: "307001004/0001"}}),
    Breach("related_known", "V13", "related_codes", REFUSE, WARN, {"related_codes": ["307001004/9999"]},
        {"known_codes": frozenset()}),
    Breach("stricter", "V18", "share_type", REFUSE, WARN, {**CONDITIONAL},
        {"before": {"share_type": "1", "open_type": "2"}}),
    Breach("stricter", "V18", "open_type", REFUSE, WARN, {"open_type": "3", "no_open_reason": "含个人隐私"},
        {"before": {"share_type": "1", "open_type": "1"}}),
    Breach("provider_uscc", "V9", "owner_org", WARN, None, {}, {"provider_uscc": ""}),
    Breach("provider_uscc", "V9", "owner_org", WARN, None, {}, {"provider_uscc": "11330283002982634G"}),
    Breach("system_known", "", "source_system", WARN, None, {"source_system": "未登记的系统"},
        {"systems": frozenset(["xt990100/0001"])}),
    Breach("items", "V7", "info_items", REFUSE, WARN, {"info_items": []}),
    Breach("items", "V7", "info_items", REFUSE, WARN, {"info_items": [{"name": "泊位数", "type": "I"}]}),
    Breach("item_names", "V14", "info_items", REFUSE, WARN,
        {"info_items": [{"name": "地址", "type": "M"}, {"name": "地 址", "type": "M"}]}),
    Breach("item_share", "V17", "info_items", REFUSE, REFUSE,
        {**CONDITIONAL, "info_items": [{"name": "地址", "type": "M", "share_type": "1"}]}),
    Breach("standard_item_unknown", "", "info_items", REFUSE, REFUSE,
        {"info_items": [{"name": "性别", "type": "C", "length": "1", "standard": "DE999"}]}),
    Breach("standard_item_conflict", "", "info_items", WARN, WARN,
        {"info_items": [{"name": "性别", "type": "I", "length": "4", "standard": "DE003"}]}),
    _of_systems("required", "", "approving_body", WARN, approving_body=""),
    _of_systems("required", "", "protection_on", WARN, protection_on=""),
    _of_systems("unknown_code", "", "network", REFUSE, network="9"),
    _of_systems("too_long", "V19", "title", WARN, title="长" * 101),
    _of_systems("plain_number", "V15", "users_month", WARN, users_month="约120人"),
    _of_systems("day", "V10", "approved_on", WARN, approved_on="2019年5月"),
    _of_systems("code_shape", "V1", "system_code", REFUSE, system_code="307001004/0007"),
    _of_systems("title_form", "V19", "title", WARN, title=" 公交智能调度系统"),
]  # fmt: skip
