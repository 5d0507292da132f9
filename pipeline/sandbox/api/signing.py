"""Signed, expiring references to files: what stands behind `verifier=` and in the file store's URLs."""

import base64
import binascii
import hashlib
import hmac
import json

__all__ = ["signed", "signed_value"]


def signed(secret: bytes, purpose: str, value: int, expires_at: float) -> str:
    """A text that stands for a number until an instant (seconds since 1970), for one purpose."""
    claim = base64.urlsafe_b64encode(json.dumps([purpose, value, expires_at]).encode()).decode().rstrip("=")
    return f"{claim}.{mark(secret, claim)}"


def signed_value(secret: bytes, purpose: str, text: str, now: float) -> int | None:
    """The number that a signed text stands for; None when forged, expired, or made for another purpose."""
    claim, _, signature = text.partition(".")
    if not hmac.compare_digest(mark(secret, claim).encode(), signature.encode()):
        return None
    try:
        made_for, value, expires_at = json.loads(base64.urlsafe_b64decode(claim + "=" * (-len(claim) % 4)))
    except (binascii.Error, ValueError):
        return None
    return int(value) if made_for == purpose and now < expires_at else None


def mark(secret: bytes, claim: str) -> str:
    return hmac.new(secret, claim.encode(), hashlib.sha256).hexdigest()
