"""What the demo keeps on an installation: addresses and passwords of its sources of records, accounts."""

from __future__ import annotations

import secrets
from pathlib import Path


def settings(state: Path, port: int) -> dict[str, str]:
    """What the demo adds to the site's configuration: its front-end databases, a folder, an account.

    Args:
        state: folder of the demo below the home of the embedded stack.
        port: port of the demo's server of records.

    Returns:
        Settings by name. The PostgreSQL database is left out where there is no embedded server.
    """
    from ckanext.govshare.runtime.demo.frontends import reader_url

    prefix = "ckanext.govshare.exchange."
    found = {
        f"{prefix}database.qixiang": f"sqlite:///{weather_path(state)}",
        f"{prefix}folder.nongye": str(drop_path(state)),
        f"{prefix}account.wenlv": f"http://127.0.0.1:{port} Authorization: Bearer {interface_token(state)}",
    }
    superuser = superuser_url(state)
    if superuser:
        found[f"{prefix}database.jiaoyi"] = reader_url(superuser, reader_password(state))
    return found


def weather_path(state: Path) -> Path:
    """The SQLite file of the meteorological bureau."""
    return state.absolute() / "qixiang-front.sqlite"


def superuser_url(state: Path) -> str | None:
    """Address of the embedded server's superuser; None where the home of `state` has no embedded server."""
    from ckanext.govshare.runtime import credentials
    from ckanext.govshare.runtime.paths import Home
    from ckanext.govshare.runtime.postgres import SUPERUSER, Postgres

    home = Home(state.absolute().parent)
    if not home.secrets.exists():
        return None
    return Postgres(home, credentials.load(home)).url(SUPERUSER, "postgres")


def drop_path(state: Path) -> Path:
    """The folder of the agriculture bureau's front-end machine."""
    return state.absolute() / "nongye-front"


def interface_path(state: Path) -> Path:
    """What the interface of the culture and tourism bureau answers from."""
    return state.absolute() / "wenlv-interface.json"


def reader_password(state: Path) -> str:
    """Password of the account that reads the trading centre's database: generated once, mode 600."""
    return _secret(state, "reader")


def interface_token(state: Path) -> str:
    """Token that the interface of the culture and tourism bureau asks for: generated once, mode 600."""
    return _secret(state, "interface")


def _secret(state: Path, name: str) -> str:
    from ckanext.govshare.runtime.paths import read_json, write_json

    path = state / "front-ends.json"
    kept = read_json(path)
    if not kept.get(name):
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept[name] = secrets.token_urlsafe(24)
        write_json(path, kept)
    return kept[name]


def read_accounts(state: Path) -> dict[str, str]:
    """Passwords of the demo accounts by name."""
    from ckanext.govshare.runtime.paths import read_json

    return read_json(accounts_path(state))


def keep_accounts(state: Path, passwords: dict[str, str]) -> None:
    """Write the passwords of the demo accounts, mode 600."""
    from ckanext.govshare.runtime.paths import write_json

    write_json(accounts_path(state), passwords)


def accounts_path(state: Path) -> Path:
    """`demo-accounts.json` in the home, beside `admin.json`."""
    return state.absolute().parent / "demo-accounts.json"
