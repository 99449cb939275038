"""Receipts for people without an account: a secret that opens what they handed in, and nothing else does.

A form carries a number of chance; the secret is made of it, so that one form always leads to one receipt however often
it is sent. Tables keep only the hash of a secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timezone

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock

NONCE_DIGITS = 32
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that is taken for something else
CODE_LENGTH = 20  # 100 bits
ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def secret() -> bytes:
    """What only this site knows."""
    return str(tk.config["SECRET_KEY"]).encode()


def new_nonce() -> str:
    """The number that a form carries, so that sending it twice hands in once."""
    return secrets.token_hex(NONCE_DIGITS // 2)


def _made_of(purpose: str, nonce: str) -> bytes:
    if len(nonce) != NONCE_DIGITS or not set(nonce) <= set("0123456789abcdef"):
        return secrets.token_bytes(32)
    return hmac.new(secret(), f"{purpose}:{nonce}".encode(), hashlib.sha256).digest()


def token_of(purpose: str, nonce: str = "") -> str:
    """The token of a receipt, for an address; nobody can guess it, and one form always leads to the same.

    :param purpose: what it is a receipt of
    :param nonce: as :func:`new_nonce` made it; anything else gives a token of chance
    """
    return base64.urlsafe_b64encode(_made_of(purpose, nonce)).decode().rstrip("=")


def code_of(purpose: str, nonce: str = "") -> str:
    """The same as a code that people can write down: ``7KQ2-…``, five groups of four letters and digits."""
    letters = [CODE_LETTERS[byte % 32] for byte in _made_of(purpose, nonce)[:CODE_LENGTH]]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, CODE_LENGTH, 4))


def plain_code(typed: str) -> str:
    """A code as people type it, in the one way it is written; what is none comes out as none."""
    letters = typed.upper().translate(ALIKE)
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def hash_of(token: str) -> str:
    """What the table keeps of a token or code."""
    return hashlib.sha256(f"govshare receipt {token}".encode("utf-8", "surrogatepass")).hexdigest()


def stamp(nonce: str) -> str:
    """When a form was drawn, so that nobody but this site can say it: seconds and a signature."""
    began = str(int(clock.now().timestamp()))
    return f"{began}.{_signature(nonce, began)}"


def age(nonce: str, stamped: str) -> float:
    """Seconds since a form was drawn; less than 0 where the stamp is not ours."""
    began, _dot, signature = stamped.partition(".")
    if not began.isdecimal() or len(began) > 12 or not signature.isascii():
        return -1
    if not hmac.compare_digest(signature, _signature(nonce, began)):
        return -1
    return (clock.now() - datetime.fromtimestamp(int(began), timezone.utc)).total_seconds()


def _signature(nonce: str, began: str) -> str:
    text = f"form:{nonce}:{began}".encode("utf-8", "surrogatepass")
    return hmac.new(secret(), text, hashlib.sha256).hexdigest()[:32]
