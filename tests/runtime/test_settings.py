"""Secrets and the generated configuration: nothing is a default, nothing is open."""

from __future__ import annotations

import configparser
import stat
from types import SimpleNamespace

import pytest

from ckanext.govshare.runtime import credentials, ini, stack
from ckanext.govshare.runtime.paths import LONGEST_SOCKET_PATH, Home
from ckanext.govshare.runtime.problems import Problem
from ckanext.govshare.runtime.solr import security


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "h")
    made.prepare()
    return made


@pytest.fixture
def generated(home):
    servers = stack.servers(home, 8990, print)
    secrets = credentials.load(home)
    settings = ini.settings(
        home, secrets, ini.Site(5100), ini.server_settings(servers.postgres, servers.valkey, servers.solr)
    )
    ini.write(home, settings)
    return SimpleNamespace(settings=settings, secrets=secrets, servers=servers)


def read(home: Home) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read(home.ini, encoding="utf-8")
    return dict(parser["app:main"])


def test_secrets_are_long_different_and_kept(home):
    first = credentials.load(home)
    assert credentials.load(home) == first
    assert set(first) == set(credentials.NAMES)
    assert len(set(first.values())) == len(first)
    assert all(len(value) >= 16 for value in first.values())


def test_two_homes_share_no_secret(home, tmp_path):
    other = Home(tmp_path / "other")
    other.prepare()
    assert not set(credentials.load(home).values()) & set(credentials.load(other).values())


def test_files_with_secrets_are_for_their_owner_only(home, generated):
    for path in (home.secrets, home.ini, home.local_ini):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (home.root, home.logs, home.root / "storage", home.root / "valkey"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


def test_a_file_that_was_opened_is_closed_again(home):
    credentials.load(home)
    home.secrets.chmod(0o644)
    credentials.load(home)
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o600


def test_keys_are_the_generated_ones(home, generated):
    held = read(home)
    assert held["SECRET_KEY"] == generated.secrets["secret_key"]
    assert held["api_token.jwt.encode.secret"] == "string:" + generated.secrets["token_key"]
    assert held["solr_password"] == generated.secrets["solr"]
    assert generated.secrets["postgres_ckan"] in held["sqlalchemy.url"]
    assert generated.secrets["valkey"] in held["ckan.redis.url"]


def test_services_are_on_loopback_or_sockets(home, generated):
    held = read(home)
    assert held["ckan.site_url"] == "http://127.0.0.1:5100"
    assert held["solr_url"] == "http://127.0.0.1:8990/solr/ckan"
    assert held["ckan.redis.url"].startswith("unix://")
    for key in ("sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url"):
        assert f"@/{held[key].partition('@/')[2]}" in held[key]
        assert "?host=/" in held[key]
    command = generated.servers.postgres.service().command
    assert "listen_addresses=" in command
    generated.servers.valkey.prepare()
    configuration = (home.root / "valkey" / "valkey.conf").read_text(encoding="utf-8")
    assert "port 0\n" in configuration
    assert f"requirepass {generated.secrets['valkey']}" in configuration


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("debug", "false"),
        ("ckan.auth.user_create_organizations", "false"),
        ("ckan.auth.user_create_groups", "false"),
        ("ckan.auth.create_user_via_web", "false"),
        ("ckan.auth.create_user_via_api", "false"),
        ("ckan.auth.public_user_details", "false"),
        ("ckan.auth.reveal_private_datasets", "false"),
        ("ckan.datastore.sqlsearch.enabled", "false"),
        ("ckan.cors.origin_allow_all", "false"),
        ("SESSION_COOKIE_HTTPONLY", "true"),
        ("SESSION_COOKIE_SAMESITE", "Lax"),
        ("ckan.gravatar_default", "disabled"),
        ("ckan.locale_default", "zh_Hans_CN"),
        ("ckan.display_timezone", "Asia/Shanghai"),
    ],
)
def test_defaults_are_the_safe_ones(home, generated, key, value):
    assert read(home)[key] == value


def test_without_demo_nothing_of_the_demo_is_set(home, generated):
    assert not [key for key in read(home) if "demo" in key or "allow_loopback" in key]


def test_the_demo_may_read_from_loopback(home):
    settings = ini.settings(home, credentials.load(home), ini.Site(5100, 5101), {})
    assert settings["ckanext.govshare.exchange.allow_loopback"] == "true"
    assert settings["ckanext.govshare.demo.port"] == "5101"


def test_local_settings_win_and_survive(home, generated):
    home.local_ini.write_text("[app:main]\nckan.site_title = 某市\nSECRET_KEY = mine\n", encoding="utf-8")
    ini.write(home, generated.settings)
    ini.write(home, generated.settings)
    held = read(home)
    assert held["ckan.site_title"] == "某市"
    assert held["SECRET_KEY"] == "mine"
    assert "某市" in home.local_ini.read_text(encoding="utf-8")


def test_the_first_local_ini_changes_nothing(home, generated):
    assert ini.read_local(home) == {}


def test_a_broken_local_ini_is_named(home):
    home.local_ini.write_text("ckan.site_title = x\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"local\.ini is not a valid ini file"):
        ini.read_local(home)


@pytest.mark.parametrize("name", ["d" * 120, "目录", "with space"])
def test_a_deep_or_unusual_home_gets_short_plain_sockets(tmp_path, name):
    home = Home(tmp_path / name / "h")
    home.prepare()
    place = home.sockets
    try:
        assert len(bytes(place / "pg" / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
        assert str(place).isascii()
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert Home(home.root).sockets == place
    finally:
        place.rmdir()


def test_a_folder_of_somebody_else_is_not_taken_for_sockets(tmp_path, monkeypatch):
    home = Home(tmp_path / ("d" * 120))
    home.prepare()
    other = tmp_path / "other"
    other.mkdir()
    (home.run / "sockets").write_text(str(other), encoding="utf-8")
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    place = home.sockets
    place.rmdir()
    assert place != other


def test_solr_keeps_a_hash_and_lets_nobody_else_in():
    written = security("a password", "some salt")
    assert written["authentication"]["blockUnknown"] is True
    assert "a password" not in str(written)
