"""A good entry, variations of it, and what the rules find in them."""

from __future__ import annotations

from types import MappingProxyType

from ckanext.govshare.kernel.rules import NATIONAL, check_entry
from ckanext.govshare.schemas import load_codelists

CODES = load_codelists()
GOOD = MappingProxyType({
    "title": "公共停车场基本信息", "owner_org": "traffic", "notes": "全市公共停车场名称、地址、泊位数。",
    "class_lei": "3",
    "class_xiang": "307", "class_mu": "307001", "class_ximu": "307001004",
    "resource_code": "307001004/0007",
    "format_class": "2", "format_type": "csv", "share_type": "1", "share_condition": "无条件",
    "share_mode": "1",
    "share_mode_type": "2", "open_type": "1", "update_cycle": "4", "pub_date": "2026-03-01", "secret": "0",
    "info_items": [{"name": "停车场名称", "type": "C", "length": "100"},
        {"name": "泊位数", "type": "10", "length": "4"}],
})  # fmt: skip
CONDITIONAL = {"share_type": "2", "share_condition": "办理业务时申请", "share_scope": "全市政务部门",
    "share_reason": "含有个人信息", "open_type": "2",
               "open_condition": "实名申请"}  # fmt: skip
NOT_SHARED = {"share_type": "3", "share_condition": "", "no_share_basis": "《统计法》第九条",
    "no_share_basis_level": "law", "open_type": "3",
              "no_open_reason": "涉及个人隐私", "share_mode": "", "share_mode_type": ""}  # fmt: skip


def found(profile=NATIONAL, **changes):
    """Slug, field and weight of every finding in the good entry with changes."""
    findings = check_entry({**GOOD, **changes}, profile, CODES)
    return {(finding.slug, finding.field, finding.severity.value) for finding in findings}
