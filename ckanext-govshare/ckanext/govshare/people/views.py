"""Pages of the people room."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["blueprint"]

blueprint = Blueprint("govshare_people", __name__)
