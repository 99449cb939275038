"""Fixtures of every test that needs the services. Tests below tests/unit use none of them.

The services are the real ones (PostgreSQL, Solr, Valkey), the migrations are run by the command that operators use.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
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
    "info_items": [
        {"name": "站点名称", "type": "C", "length": "50"},
        {"name": "途经线路", "type": "C", "length": "200"},
    ],
}
FILES = [
    {"name": "公众文件", "url": "http://files.example/open.csv", "audience": "open", "format": "CSV"},
    {"name": "部门文件", "url": "http://files.example/share.csv", "audience": "share", "format": "CSV"},
]


def signature(**fields: Any) -> dict[str, Any]:
    """A department's 保密与个人信息审查 of a file, of today; keyword arguments replace fields."""
    from ckanext.govshare.kernel import clock

    return {
        "reviewer": "审查人甲",
        "opinion": "不涉及国家秘密、工作秘密和个人信息，可以公开。",
        "reviewed_on": clock.today().isoformat(),
        "basis": "《政府信息公开条例》第十四条",
        **fields,
    }


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest) -> None:
    """The schema as `ckan db upgrade` makes it, once a session."""
    ini = request.config.getoption("ckan_ini")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ckan")), "-c", str(ini), "db", "upgrade"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def loaded(migrated: None) -> Iterator[None]:
    """The plugins of test.ini, loaded once: CKAN's own fixtures load and unload them for every test."""
    from ckan import plugins
    from ckan.common import config
    from ckan.tests.pytest_ckan import ckan_setup
    from passlib.hash import pbkdf2_sha512

    plugins.load_all()
    ckan_setup._config = config.copy()  # what every test starts from
    rounds, pbkdf2_sha512.default_rounds = pbkdf2_sha512.default_rounds, 1  # people of tests have no secrets
    yield
    pbkdf2_sha512.default_rounds = rounds
    plugins.unload_all()


@pytest.fixture
def with_plugins(loaded: None) -> None:
    """CKAN's fixture of this name, for the plugins that are loaded already."""


@pytest.fixture(scope="session")
def app(loaded: None) -> Any:
    """The web application, made once."""
    from ckan.tests.helpers import _get_test_app

    return _get_test_app()


SAVED = "saved_city"


@cache
def tables() -> tuple[str, ...]:
    """Every table with rows of ours or of CKAN's, referred to before those that refer to them."""
    import sqlalchemy as sa
    from ckan import model

    with model.meta.engine.connect() as connection:
        names = [name for name, _keys in sa.inspect(connection).get_sorted_table_and_fkc_names() if name]
    return tuple(name for name in names if not name.endswith("alembic_version") and name not in KEEP)


def empty() -> None:
    """No rows, no documents."""
    import sqlalchemy as sa
    from ckan import model
    from ckan.lib.search import clear_all

    model.Session.remove()
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables()
    )
    with model.meta.engine.begin() as connection:
        filled = [f'"{name}"' for name in connection.scalars(sa.text(asked))]
        if filled:
            connection.execute(sa.text("ALTER TABLE govshare_event DISABLE TRIGGER USER"))
            connection.execute(sa.text(f"TRUNCATE {', '.join(filled)} CASCADE"))
            connection.execute(sa.text("ALTER TABLE govshare_event ENABLE TRIGGER USER"))
    clear_all()


def save() -> None:
    """Keep the rows that there are, to begin other tests with them."""
    import sqlalchemy as sa
    from ckan import model

    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SAVED} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {SAVED}"))
        for name in tables():
            if connection.execute(sa.text(f'SELECT 1 FROM "{name}" LIMIT 1')).first():
                connection.execute(sa.text(f'CREATE TABLE {SAVED}."{name}" AS TABLE "{name}"'))


def restore() -> None:
    """Put kept rows back into an empty site."""
    import sqlalchemy as sa
    from ckan import model

    with model.meta.engine.begin() as connection:
        kept = set(sa.inspect(connection).get_table_names(schema=SAVED))
        for name in tables():
            if name in kept:
                connection.execute(sa.text(f'INSERT INTO "{name}" SELECT * FROM {SAVED}."{name}"'))


@pytest.fixture
def site(loaded: None) -> Iterator[None]:
    """An empty site."""
    from ckan import model

    empty()
    yield
    model.Session.remove()


def build_city() -> SimpleNamespace:
    """Two departments, the office, a county's office, a firm, and one person of each kind.

    :returns: ids of the organisations; the people are known by their user names
    """
    from ckan.tests import factories

    people = ("officer", "reviewer", "neighbour", "office", "county_office", "firm", "citizen")
    for person in people:
        factories.User(name=person)
    factories.Sysadmin(name="operator")

    def organization(name: str, title: str, org_type: str, users: dict[str, str], **more: str) -> str:
        values = {"government": "1", "level": "3", "region": REGION, **more}
        members = [{"name": user, "capacity": capacity} for user, capacity in users.items()]
        return factories.Organization(name=name, title=title, org_type=org_type, users=members, **values)[
            "id"
        ]

    return SimpleNamespace(
        traffic=organization(
            "jiaotong",
            "市交通运输局",
            "agency",
            {"officer": "editor", "reviewer": "admin"},
            short_names="交通局、运输局",
        ),
        school=organization("jiaoyu", "市教育局", "agency", {"neighbour": "editor"}),
        bureau=organization("office", "演示市数据局", "office", {"office": "editor"}),
        county=organization("xian", "东城区数据局", "office", {"county_office": "editor"}, region=COUNTY),
        company=organization(
            "gongsi", "演示公交公司", "public_enterprise", {"firm": "editor"}, government="0"
        ),
    )


def publish(city: SimpleNamespace, **fields: Any) -> dict[str, Any]:
    """Publish an entry of 市交通运输局 as the office; keyword arguments replace fields of ENTRY."""
    import ckan.plugins.toolkit as tk

    closed = fields.get("open_type") == "3"
    files = [dict(file) for file in FILES if not (closed and file["audience"] == "open")]
    made = tk.get_action("package_create")(
        {"user": "office"}, {"owner_org": city.traffic, "resources": files, **ENTRY, **fields}
    )
    review(made["id"])
    return tk.get_action("package_show")({"user": "office"}, {"id": made["id"]})


def reviewer_of(organization_id: str) -> str:
    """Somebody who reviews for an organisation; an account is made where there is none."""
    from ckan.tests import factories

    from ckanext.govshare import roles

    held = roles.holders(roles.Role.REVIEWER, organization_id)
    if held:
        return sorted(held)[0]
    import ckan.plugins.toolkit as tk

    name = f"reviewer-{roles.organization(organization_id).name}"
    factories.User(name=name)
    grant = {"user": name, "organization": organization_id, "role": "reviewer"}
    tk.get_action("govshare_role_grant")({"ignore_auth": True, "user": "office"}, grant)
    return name


def review(package_id: str) -> None:
    """Take the open files of an entry through the gate: its reviewer clears and signs, the office confirms.

    A file whose entry lacks what the gate demands (a machine-readable file, a licence, items) stays signed and waits.
    """
    import ckan.plugins.toolkit as tk

    office = {"user": "office"}
    package = tk.get_action("package_show")(office, {"id": package_id})
    shown = tk.get_action("govshare_opening_show")(office, {"package_id": package_id})
    for file in {file["digest"]: file for file in shown if file["state"] == "waiting"}.values():
        if file["record"] and file["record"]["confirmed"]:
            continue
        about = {"organization": package["owner_org"], "digest": file["digest"]}
        reviewer = {"user": reviewer_of(package["owner_org"])}
        for finding in file["scan"]["findings"]:
            if finding["cleared"] is None:
                cleared = {"kind": finding["kind"], "column": finding["column"], "ground": "依法公开"}
                tk.get_action("govshare_opening_clear")(dict(reviewer), {**about, **cleared})
        signed = tk.get_action("govshare_opening_sign")(dict(reviewer), {**about, **signature()})
        if signed["stage"] == "confirm":
            tk.get_action("govshare_opening_confirm")(dict(office), about)


@pytest.fixture(scope="session")
def saved_city(loaded: None) -> SimpleNamespace:
    """:func:`build_city` through every door once; what it wrote is kept."""
    empty()
    made = build_city()
    save()
    return made


@pytest.fixture
def city(saved_city: SimpleNamespace, site: None) -> SimpleNamespace:
    """An empty site with :func:`build_city`."""
    restore()
    return SimpleNamespace(**vars(saved_city))


@pytest.fixture
def make_entry(city: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """:func:`publish` for the city."""
    return lambda **fields: publish(city, **fields)


#: Fields that make an entry of each kind of sharing and opening valid.
KINDS: dict[str, dict[str, str]] = {
    "open": {},
    "open_on_condition": {
        "open_type": "2",
        "open_condition": "实名申请，用于科研",
        "share_type": "2",
        "share_scope": "全市政务部门",
        "share_condition": "按需申请",
    },
    "shared_only": {"open_type": "3", "no_open_reason": "含商业秘密", "share_type": "1"},
    "shared_on_condition": {
        "open_type": "3",
        "no_open_reason": "含个人信息",
        "share_type": "2",
        "share_scope": "市公安局",
        "share_condition": "办理案件",
    },
    "not_shared": {
        "open_type": "3",
        "no_open_reason": "法律禁止",
        "share_type": "3",
        "share_condition": "",
        "no_share_basis": "《中华人民共和国统计法》第二十五条",
        "share_mode": "",
        "share_mode_type": "",
    },
}


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
