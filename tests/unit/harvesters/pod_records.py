"""A record of Project Open Data, and what was found in it."""

from __future__ import annotations

from ckanext.govshare.kernel.rules import Severity

RECORD = {
    "identifier": "T-1", "title": "Bus stops", "description": "All stops.", "accessLevel": "public",
    "modified": "2026-03-01", "keyword": ["bus", "stop"], "publisher": {"name": "Transport"},
    "distribution": [{"downloadURL": "https://example.gov/stops.csv", "mediaType": "text/csv",
        "title": "Stops"}],
}  # fmt: skip


def slugs(mapped, severity=Severity.REFUSE):
    return {(finding.slug, finding.field) for finding in mapped.findings if finding.severity is severity}
