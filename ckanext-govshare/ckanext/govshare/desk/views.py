"""Pages of the desk room."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["blueprint"]

blueprint = Blueprint("govshare_desk", __name__)
