"""Competition keys: what two candidates share where only one of them can count.

Candidates that share no key, not even by way of others, are judged independently of each other.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

from ckanext.govshare.kernel.counting_facts import ApplicationFacts, DatasetFacts
from ckanext.govshare.kernel.counting_series import core_title

LONGEST_KEY = 200  # characters; the index of a database takes no key of any length


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _key(*parts: str) -> str:
    text = ":".join(parts)
    if len(text) <= LONGEST_KEY:
        return text
    return f"{parts[0]}#{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def dataset_keys(facts: DatasetFacts) -> set[str]:
    """Equal titles of one provider, and equal files of anybody."""
    title, digests = _plain(facts.title), sorted(file.digest for file in facts.files)
    keys = {_key("title", facts.organization, title)} if title else set()
    return keys | ({_key("files", " ".join(digests))} if digests and all(digests) else set())


def series_keys(facts: DatasetFacts) -> set[str]:
    """Members of one series: a provider's entries with the same items, whose titles differ by time or area only.

    Who describes no items, or has a title of nothing but time and area, belongs to no series.
    """
    columns = sorted({_plain(name) for name in facts.columns} - {""})
    core = _plain(core_title(facts.title))
    if not (facts.organization and columns and len(core) > 1):
        return set()
    return {_key("series", facts.organization, core, "|".join(columns))}


def application_keys(facts: ApplicationFacts) -> set[str]:
    """The identifier by which an application is unique, if it names any."""
    identifier = application_identifier(facts)
    return {_key("application", identifier)} if identifier else set()


def application_identifier(facts: ApplicationFacts) -> str:
    """The key by which an application is unique: address, app id in its form, or DOI or file of a report.

    :returns: a normalised key, empty when the application names none
    """
    if facts.form == "web":
        return _address_key(facts.url)
    if facts.form == "report":
        doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", facts.doi.strip().casefold())
        return f"report:{doi or facts.file_digest}" if doi or facts.file_digest else ""
    return f"{facts.form}:{facts.app_id.strip().casefold()}" if facts.app_id.strip() else ""


def _address_key(url: str) -> str:
    """One key for http and https, with and without www. and a closing slash; the path keeps its case."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:  # brackets or a port that no address has
        return f"web:{url.strip()}"
    tail = parts.path.rstrip("/") + f"?{parts.query}#{parts.fragment}"
    return f"web:{host}:{port or ''}{tail}" if host else ""
