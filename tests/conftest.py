"""Fixtures of every test that needs the services. Tests below tests/unit use none of them.

The services are the real ones (PostgreSQL, Solr, Valkey), the migrations are run by the command that operators use.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
REGION, COUNTY = "990100", "990101"
KEEP = {"spatial_ref_sys"}

ENTRY = {
    "type": "dataset",
    "title": "城区公交站点信息",
    "class_lei": "3",
    "class_xiang": "307",
    "class_mu": "307001",
    "class_ximu": "307001004",
    "notes": "含站点名称和途经线路。",
    "format_class": "2",
    "format_type": "xlsx",
    "share_type": "1",
    "share_condition": "无条件",
    "share_mode": "1",
    "share_mode_type": "2",
    "open_type": "1",
    "update_cycle": "2",
    "pub_date": "2026-03-18",
    "open_domain": "14",
    "license_id": "cc-by",
    "info_items": [{"name": "站点名称", "type": "C", "length": "50"}, {"name": "途经线路", "type": "C", "length": "200"}],
}
FILES = [
    {"name": "公众文件", "url": "http://files.example/open.csv", "audience": "open", "format": "CSV"},
    {"name": "部门文件", "url": "http://files.example/share.csv", "audience": "share", "format": "CSV"},
]


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest) -> None:
    """The schema as `ckan db upgrade` makes it, once a session."""
    ini = request.config.getoption("ckan_ini")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ckan")), "-c", str(ini), "db", "upgrade"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def site(migrated: None, with_plugins: Any, tmp_path: Path, ckan_config: Any) -> Iterator[None]:
    """An empty site: no rows, no documents, a file store of its own."""
    import sqlalchemy as sa
    from ckan import model
    from ckan.lib.search import clear_all

    model.Session.remove()
    with model.meta.engine.begin() as connection:
        names = sa.inspect(connection).get_table_names()
        tables = [f'"{name}"' for name in names if not name.endswith("alembic_version") and name not in KEEP]
        connection.execute(sa.text("ALTER TABLE govshare_event DISABLE TRIGGER USER"))
        connection.execute(sa.text(f"TRUNCATE {', '.join(tables)} CASCADE"))
        connection.execute(sa.text("ALTER TABLE govshare_event ENABLE TRIGGER USER"))
    clear_all()
    former = ckan_config.get("ckan.storage_path")
    ckan_config["ckan.storage_path"] = str(tmp_path / "storage")
    yield
    ckan_config["ckan.storage_path"] = former
    model.Session.remove()


def _organization(name: str, title: str, org_type: str, **more: str) -> dict[str, Any]:
    from ckan.tests import factories

    values = {"government": "1", "level": "3", "region": REGION, **more}
    return factories.Organization(name=name, title=title, org_type=org_type, **values)


@pytest.fixture
def city(site: None) -> SimpleNamespace:
    """Two departments, the office, a county's office, a firm, and one person of each kind (values are user names)."""
    from ckan.tests import factories

    people = ("officer", "reviewer", "neighbour", "office", "county_office", "firm", "citizen")
    for person in people:
        factories.User(name=person)
    factories.Sysadmin(name="operator")

    def member(name: str, capacity: str) -> list[dict[str, str]]:
        return [{"name": name, "capacity": capacity}]

    found = {
        "traffic": _organization(
            "jiaotong", "市交通运输局", "agency", short_names="交通局、运输局",
            users=member("officer", "editor") + member("reviewer", "admin"),
        ),
        "school": _organization("jiaoyu", "市教育局", "agency", users=member("neighbour", "editor")),
        "bureau": _organization("office", "演示市数据局", "office", users=member("office", "editor")),
        "county": _organization("xian", "东城区数据局", "office", region=COUNTY, users=member("county_office", "editor")),
        "company": _organization("gongsi", "演示公交公司", "public_enterprise", government="0", users=member("firm", "editor")),
    }  # fmt: skip
    return SimpleNamespace(people=people, **{key: value["id"] for key, value in found.items()})


@pytest.fixture
def make_entry(city: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """Publish an entry of 市交通运输局 as the office; keyword arguments replace its fields."""
    import ckan.plugins.toolkit as tk

    def make(**fields: Any) -> dict[str, Any]:
        closed = fields.get("open_type") == "3"
        files = [dict(file) for file in FILES if not (closed and file["audience"] == "open")]
        data = {"owner_org": city.traffic, "resources": files, **ENTRY, **fields}
        made = tk.get_action("package_create")({"user": "office"}, data)
        return tk.get_action("package_show")({"user": "office"}, {"id": made["id"]})

    return make


#: Fields that make an entry of each kind of sharing and opening valid.
KINDS: dict[str, dict[str, str]] = {
    "open": {},
    "open_on_condition": {
        "open_type": "2", "open_condition": "实名申请，用于科研", "share_type": "2",
        "share_scope": "全市政务部门", "share_condition": "按需申请",
    },
    "shared_only": {"open_type": "3", "no_open_reason": "含商业秘密", "share_type": "1"},
    "shared_on_condition": {
        "open_type": "3", "no_open_reason": "含个人信息", "share_type": "2",
        "share_scope": "市公安局", "share_condition": "办理案件",
    },
    "not_shared": {
        "open_type": "3", "no_open_reason": "法律禁止", "share_type": "3", "share_condition": "",
        "no_share_basis": "《中华人民共和国统计法》第二十五条", "share_mode": "", "share_mode_type": "",
    },
}  # fmt: skip


@pytest.fixture
def frozen() -> Callable[[datetime], Any]:
    """Freeze the one clock of the project: ``with frozen(datetime(…, tzinfo=…)): …``."""
    from ckanext.govshare.kernel import clock

    return clock.frozen


@pytest.fixture
def shared_data() -> Path:
    """Real input of real institutions, beside the project; absent in a clone that stands alone."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not there: real input is not part of the project")
    return SHARED
