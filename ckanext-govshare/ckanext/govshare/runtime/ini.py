"""The configuration of the embedded CKAN: generated settings, the operator's `local.ini` over them."""

from __future__ import annotations

import configparser
import io
from dataclasses import dataclass
from pathlib import Path

from ckanext.govshare.runtime.paths import Home, write_private
from ckanext.govshare.runtime.postgres import OWNER, READER, Postgres
from ckanext.govshare.runtime.problems import Problem
from ckanext.govshare.runtime.solr import USER as SOLR_USER
from ckanext.govshare.runtime.solr import Solr
from ckanext.govshare.runtime.valkey import Valkey

PLUGINS = (
    "govshare govshare_desk govshare_people govshare_catalogue govshare_exchange govshare_publication "
    "govshare_dialogue govshare_usage govshare_developers "
    "govshare_portal scheming_datasets scheming_organizations datastore dcat structured_data"
)
SCHEMAS = {
    "scheming.dataset_schemas": (
        "ckanext.govshare.schemas:catalogue.yaml ckanext.govshare.schemas:application.yaml "
        "ckanext.govshare.schemas:information-system.yaml"
    ),
    "scheming.organization_schemas": "ckanext.govshare.schemas:organization.yaml",
    "scheming.presets": "ckanext.scheming:presets.json",
}
SAFE = {
    "debug": "false",
    "ckan.auth.user_create_organizations": "false",
    "ckan.auth.user_create_groups": "false",
    "ckan.auth.user_delete_organizations": "false",
    "ckan.auth.user_delete_groups": "false",
    "ckan.auth.create_user_via_web": "false",
    "ckan.auth.create_user_via_api": "false",
    "ckan.auth.create_unowned_dataset": "false",
    "ckan.auth.anon_create_dataset": "false",
    "ckan.auth.public_user_details": "false",
    "ckan.auth.public_activity_stream_detail": "false",
    "ckan.auth.reveal_private_datasets": "false",
    "ckan.auth.allow_dataset_collaborators": "false",
    "ckan.auth.create_default_api_keys": "false",
    "ckan.datastore.sqlsearch.enabled": "false",
    "ckan.hide_version": "true",
    "ckan.cors.origin_allow_all": "false",
    "ckan.gravatar_default": "disabled",
    "ckan.user.last_active_interval": "600",
    "SESSION_TYPE": "redis",
    "SESSION_COOKIE_HTTPONLY": "true",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": "28800",
    "REMEMBER_COOKIE_HTTPONLY": "true",
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_DURATION": "604800",
    "WTF_CSRF_ENABLED": "true",
}
"""Safe choices where CKAN's own default is open (DESIGN.md §4, ckan-2.12-traps.md T14, T20, T21)."""
PLACE = {
    "ckan.locale_default": "zh_Hans_CN",
    "ckan.locales_offered": "zh_Hans_CN en",
    "ckan.locale_order": "zh_Hans_CN en",
    "ckan.display_timezone": "Asia/Shanghai",
    "ckan.site_id": "govshare",
    "ckan.base_public_folder": "public",
    "ckan.base_templates_folder": "templates",
    "ckan.max_resource_size": "500",
    "ckan.max_image_size": "2",
    "ckan.views.default_views": "",
    "ckan.webassets.use_x_sendfile": "false",
    "ckan.datastore.default_fts_lang": "simple",
}
LOGGING = """
[loggers]
keys = root, ckan, ckanext

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_ckan]
level = WARNING
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""
LOCAL = """\
# 本文件中的设置在每次启动时覆盖系统生成的 ckan.ini，不会被改写。
# Settings in this file are laid over the generated ckan.ini at every start; this file is never rewritten.
# Take the # away in front of a line to set it. 去掉行首 # 即生效，重启后起作用。

[app:main]
# ckan.site_title = 演示市政务信息资源共享开放平台
# ckan.site_url = https://data.example.gov.cn
# ckanext.govshare.site.city = 演示市
# ckanext.govshare.site.sponsor = 演示市数据局
# ckanext.govshare.site.operator = 演示市大数据中心
# ckanext.govshare.site.phone = 000-00000000
# ckanext.govshare.site.icp =
# ckanext.govshare.site.police =
# ckanext.govshare.site.code =
# ckanext.govshare.exchange.networks = {"政务外网": ["10.0.0.0/8"], "互联网": [], "部门专网": []}
# ckanext.govshare.exchange.database.front = postgresql://reader:secret@10.0.0.5/front
"""


@dataclass(frozen=True)
class Site:
    """What the web process is told apart from the servers.

    :param port: port of the web process on 127.0.0.1
    :param demo_port: port of the demo's source of records, None without demo
    """

    port: int
    demo_port: int | None = None

    @property
    def url(self) -> str:
        """Address of the site."""
        return f"http://127.0.0.1:{self.port}"


def server_settings(postgres: Postgres, valkey: Valkey, solr: Solr) -> dict[str, str]:
    """Addresses of the servers as CKAN's settings."""
    names = postgres.databases
    return {
        "sqlalchemy.url": postgres.url(OWNER, names.main),
        "ckan.datastore.write_url": postgres.url(OWNER, names.datastore),
        "ckan.datastore.read_url": postgres.url(READER, names.datastore),
        "ckan.redis.url": valkey.url,
        "solr_url": solr.url,
        "solr_user": SOLR_USER,
        "solr_password": solr.secrets["solr"],
    }


def settings(home: Home, secrets: dict[str, str], site: Site, servers: dict[str, str]) -> dict[str, str]:
    """All generated settings of `[app:main]`.

    :param home: the home
    :param secrets: generated keys
    :param site: address and demo
    :param servers: what `server_settings` answers
    """
    found = {
        "use": "egg:ckan",
        "ckan.plugins": PLUGINS,
        "ckan.site_url": site.url,
        "ckan.site_title": "演示市政务信息资源共享开放平台" if site.demo_port else "政务信息资源共享开放平台",
        "ckan.storage_path": str(home.root / "storage"),
        "ckan.webassets.path": str(home.root / "webassets"),
        "SECRET_KEY": secrets["secret_key"],
        "WTF_CSRF_SECRET_KEY": secrets["csrf_key"],
        "api_token.jwt.encode.secret": f"string:{secrets['token_key']}",
        "api_token.jwt.decode.secret": f"string:{secrets['token_key']}",
        **SAFE,
        **PLACE,
        **SCHEMAS,
        **servers,
    }
    if site.demo_port:
        found.update({
            "ckanext.govshare.site.demo": "true",
            "ckanext.govshare.developers.registration": "true",
            "ckanext.govshare.site.sponsor": "演示市数据局",
            "ckanext.govshare.site.operator": "演示市大数据中心",
            "ckanext.govshare.site.phone": "0000-8001002",
            "ckanext.govshare.exchange.allow_loopback": "true",
            "ckanext.govshare.demo.port": str(site.demo_port),
            "ckanext.govshare.demo.state": str(home.root / "demo"),
            **demo_settings(home.root / "demo", site.demo_port),
        })  # fmt: skip
    return {key: value.replace("%", "%%") for key, value in found.items()}


def demo_settings(state: Path, port: int) -> dict[str, str]:
    """What the demo adds: its front-end databases, if it says so (`runtime.demo.settings`)."""
    from ckanext.govshare.runtime import demo

    ask = getattr(demo, "settings", None)
    return dict(ask(state, port)) if ask else {}


def read_local(home: Home) -> dict[str, str]:
    """The operator's settings.

    :raises Problem: the file cannot be read as an ini file; file and line are named
    """
    parser = _parser()
    try:
        parser.read(str(home.local_ini), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Problem(
            "local-ini",
            f"{home.local_ini} is not a valid ini file: {error}. Correct it and start again.",
            f"{home.local_ini} 格式有误：{error}。请改正后重新启动。",
        ) from error
    return dict(parser["app:main"]) if parser.has_section("app:main") else {}


def write(home: Home, generated: dict[str, str]) -> dict[str, str]:
    """Write `ckan.ini`, and `local.ini` if there is none.

    :returns: the settings that hold
    """
    if not home.local_ini.exists():
        write_private(home.local_ini, LOCAL)
    merged = {**generated, **read_local(home)}
    parser = _parser()
    parser["app:main"] = merged
    text = io.StringIO()
    text.write(
        "# Written by `govshare up` at every start. Your own settings belong in local.ini beside this file.\n"
    )
    parser.write(text)
    write_private(home.ini, text.getvalue() + LOGGING)
    return merged


def _parser() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # CKAN's keys are case-sensitive
    return parser
