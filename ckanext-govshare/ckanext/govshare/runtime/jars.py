"""The jars of the embedded Solr: exactly those of `jgo.lock.toml`, each checked by its SHA-256.

`jgo` resolves and writes the lock (`make lock`). It is not used for installing: jgo 3.2 resolves anew from
224 POM files (47 s here) and does not compare the checksums of its own lock (a changed one was accepted).
This module asks for the named jars only and refuses a wrong one.

Sources, in this order: the local Maven repository (`M2_REPO`, else `~/.m2/repository`), the address in
`GOVSHARE_MAVEN_URL`, the `[repositories]` of jgo's own configuration file, Maven Central.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ckanext.govshare.runtime.paths import SOLR_FILES
from ckanext.govshare.runtime.problems import Problem

LOCK = SOLR_FILES / "embedded" / "jgo.lock.toml"
SYSTEM_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
AT_ONCE = 8
TRIES = 3
TIMEOUT = (10, 60)
"""Seconds to connect, and between two parts of the answer."""


@dataclass(frozen=True)
class Jar:
    """One locked artifact.

    :param path: its place in a Maven repository
    :param sha256: its checksum, hexadecimal
    """

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """File name."""
        return self.path.rpartition("/")[2]


def locked(lock: Path = LOCK) -> list[Jar]:
    """The jars that the lock file names, without native libraries of other systems."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    found = []
    for entry in tomllib.loads(lock.read_text(encoding="utf-8"))["dependencies"]:
        classifier = entry.get("classifier")
        if classifier and classifier.startswith(("osx", "windows")):
            continue
        group, artifact, version = entry["groupId"], entry["artifactId"], entry["version"]
        file = f"{artifact}-{version}{'-' + classifier if classifier else ''}.{entry['packaging']}"
        found.append(Jar(f"{group.replace('.', '/')}/{artifact}/{version}/{file}", entry["sha256"]))
    return found


def install(target: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """Bring all locked jars into a folder; what is there already is kept.

    :param target: folder, made if absent; a complete one has a stamp with the digest of the lock
    :param progress: called with the number of jars that are there and their total
    :returns: the folder
    :raises Problem: a jar cannot be had, or is not the one that the lock names
    """
    stamp = target / ".complete"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return target
    target.mkdir(parents=True, exist_ok=True)
    jars = locked()
    for stranger in {path.name for path in target.glob("*.jar")} - {jar.name for jar in jars}:
        (target / stranger).unlink()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, _ in enumerate(pool.map(lambda jar: bring(jar, target), jars), start=1):
            progress(number, len(jars))
    stamp.write_text(digest, encoding="ascii")
    return target


def is_complete(target: Path) -> bool:
    """Whether a folder holds all jars of the present lock."""
    stamp = target / ".complete"
    return (
        stamp.exists() and stamp.read_text(encoding="ascii") == hashlib.sha256(LOCK.read_bytes()).hexdigest()
    )


def bring(jar: Jar, target: Path) -> None:
    """Bring one jar into a folder, unless it is there.

    :raises Problem: it cannot be had, or is not the one that is asked for
    """
    place = target / jar.name
    if place.exists() and _sha256(place) == jar.sha256:
        return
    partial = place.with_name(place.name + ".part")
    local = Path(os.environ.get("M2_REPO") or Path.home() / ".m2" / "repository") / jar.path
    if local.exists() and _sha256(local) == jar.sha256:
        shutil.copyfile(local, partial)
        partial.replace(place)
        return
    reasons = []
    for base in repositories():
        reason = _download(f"{base}/{jar.path}", partial)
        if reason is None and _sha256(partial) == jar.sha256:
            partial.replace(place)
            return
        reasons.append(f"{base}: {reason or 'the file is not the one of the lock file (SHA-256 differs)'}")
        partial.unlink(missing_ok=True)
    raise Problem(
        "jar-unavailable",
        f"{jar.name} cannot be fetched ({'; '.join(reasons)}). Where there is no way to Maven Central, set "
        "GOVSHARE_MAVEN_URL to a mirror and start again.",
        f"无法下载 {jar.name}。若无法访问 Maven 中央仓库，请将 GOVSHARE_MAVEN_URL 设为镜像地址后重新启动。",
    )


def repositories() -> Iterator[str]:
    """Addresses to ask, best first."""
    given = os.environ.get("GOVSHARE_MAVEN_URL")
    if given:
        yield given.rstrip("/")
        return
    settings = configparser.ConfigParser()
    settings.read(os.environ.get("JGO_CONFIG_FILE") or Path.home() / ".config" / "jgo.conf")
    if settings.has_section("repositories"):
        for _, url in settings.items("repositories"):
            yield url.rstrip("/")
    from jgo.constants import MAVEN_CENTRAL_URL

    yield MAVEN_CENTRAL_URL


def trusted() -> str | bool:
    """Certificates to trust: those that the environment names, else the system's, else certifi's."""
    named = [os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "PIP_CERT", "SSL_CERT_FILE")]
    return next((path for path in (*named, *SYSTEM_CERTIFICATES) if path and Path(path).is_file()), True)


def _download(url: str, place: Path) -> str | None:
    """Fetch a file; answers the reason when that fails."""
    import requests

    reason = "no answer"
    for _ in range(TRIES):
        try:
            with requests.get(url, stream=True, timeout=TIMEOUT, verify=trusted()) as answer:
                if answer.status_code == 404:
                    return "404"
                answer.raise_for_status()
                with place.open("wb") as file:
                    for part in answer.iter_content(1 << 16):
                        file.write(part)
        except requests.RequestException as error:
            reason = type(error).__name__ + (
                f" {error.response.status_code}" if error.response is not None else ""
            )
        else:
            return None
    return reason


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()
