"""The lock files, the jars and what a built wheel holds."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ckanext.govshare.runtime import install, jars
from ckanext.govshare.runtime.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ckanext/govshare"


def test_every_jar_is_pinned_by_version_and_checksum():
    found = jars.locked()
    assert len(found) > 100
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in found)
    assert not [jar.path for jar in found if "SNAPSHOT" in jar.path or "LATEST" in jar.path]
    names = {jar.name for jar in found}
    assert {"solr-core-9.10.1.jar", "jetty-xml-10.0.26.jar", "jakarta.inject-api-2.0.1.jar"} <= names


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path, monkeypatch):
    wrong = tmp_path / "maven" / "a" / "a.jar"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"something else")
    monkeypatch.setenv("M2_REPO", str(tmp_path / "maven"))
    monkeypatch.setenv("GOVSHARE_MAVEN_URL", "http://127.0.0.1:9")
    jar = jars.Jar("a/a.jar", hashlib.sha256(b"the right one").hexdigest())
    with pytest.raises(Problem, match="GOVSHARE_MAVEN_URL"):
        jars.bring(jar, tmp_path)
    assert not (tmp_path / "a.jar").exists()
    wrong.write_bytes(b"the right one")
    jars.bring(jar, tmp_path)
    assert (tmp_path / "a.jar").read_bytes() == b"the right one"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements.build.lock"])
def test_every_locked_package_has_a_version_and_hashes_and_no_registry(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert blocks
    for block in blocks:
        assert re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]
    assert "index-url" not in text
    assert "://" not in text
    assert "\npsycopg2==" not in text


def test_the_installer_takes_single_packages_out_of_the_lock():
    part = install.locked(ROOT / "requirements.lock", ("uv",))
    assert part.startswith("uv==")
    assert "--hash=sha256:" in part
    assert "setuptools==" not in part


def test_pips_configuration_is_handed_on_to_uv():
    config = (
        "global.index-url='https://mirror.example/simple'\n"
        "global.cert='/etc/ssl/own.pem'\n"
        ":env:.index-url='https://other.example/simple'\n"
        "install.trusted-host='mirror.example'\n"
    )
    environ = install.uv_environment(config, {"PATH": "/bin"})
    assert environ["UV_DEFAULT_INDEX"] == "https://other.example/simple"
    assert environ["SSL_CERT_FILE"] == "/etc/ssl/own.pem"
    assert environ["UV_INSECURE_HOST"] == "mirror.example"
    assert environ["PATH"] == "/bin"
    assert install.uv_environment(config, {"UV_DEFAULT_INDEX": "x"})["UV_DEFAULT_INDEX"] == "x"
    assert "UV_DEFAULT_INDEX" not in install.uv_environment("", {})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> list[str]:
    """Names in the wheel, built from a copy: a build must not leave anything in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "..", "."],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    built = next(folder.glob("*.whl"))
    return zipfile.ZipFile(built).namelist()


@pytest.mark.parametrize(
    "pattern",
    [
        rf"{PACKAGE}/plugin\.py",
        rf"{PACKAGE}/config_declaration\.yaml",
        rf"{PACKAGE}/schemas/catalogue\.yaml",
        rf"{PACKAGE}/schemas/organization\.yaml",
        rf"{PACKAGE}/schemas/codes/.+\.yaml",
        rf"{PACKAGE}/harvesters/http\.py",
        rf"{PACKAGE}/migration/govshare/versions/001_.+\.py",
        rf"{PACKAGE}/migration/govshare/alembic\.ini",
        rf"{PACKAGE}/migration/govshare/env\.py",
        rf"{PACKAGE}/portal/templates/.+\.html",
        rf"{PACKAGE}/portal/assets/.+\.css",
        rf"{PACKAGE}/portal/assets/webassets\.yml",
        rf"{PACKAGE}/publication/templates/.+\.html",
        rf"{PACKAGE}/solr/conf/schema\.xml",
        rf"{PACKAGE}/solr/conf/solrconfig\.xml",
        rf"{PACKAGE}/solr/embedded/jgo\.lock\.toml",
        rf"{PACKAGE}/solr/embedded/webapp/WEB-INF/web\.xml",
        rf"{PACKAGE}/runtime/console\.py",
        rf"{PACKAGE}/i18n/zh_Hans_CN/LC_MESSAGES/ckanext-govshare\.mo",
        r"ckanext_govshare-.+\.dist-info/entry_points\.txt",
        r"ckanext_govshare-.+\.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_holds(wheel, pattern):
    assert [name for name in wheel if re.fullmatch(pattern, name)]


def test_the_wheel_leaves_ckans_namespace_alone(wheel):
    assert "ckanext/__init__.py" not in wheel
    assert not [name for name in wheel if name.startswith(("tests/", "schemas/", "i18n/", "harvesters/"))]
