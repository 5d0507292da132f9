"""Paths as Canvas routes them: an escaped slash stays inside its segment, and `.json` may follow any path."""

from urllib.parse import unquote

__all__ = ["SLASH_INSIDE", "routed_path", "segment_text"]

SLASH_INSIDE = "\ue000"  # stands for %2F between decoding and reading the segment; a private-use character


def routed_path(request_uri: str) -> str:
    """The decoded path of a request target, each escaped slash replaced by `SLASH_INSIDE`."""
    raw = request_uri.partition("?")[0]
    if "://" in raw.partition("/")[0] + "//":
        raw = "/" + raw.split("/", 3)[-1] if raw.count("/") >= 3 else raw
    path = "/".join(unquote(part, errors="replace").replace("/", SLASH_INSIDE) for part in raw.split("/"))
    if path.startswith("/api/") and path.endswith(".json"):
        path = path.removesuffix(".json")
    return path.rstrip("/") or "/"


def segment_text(segment: str) -> str:
    """A path segment as the client meant it."""
    return segment.replace(SLASH_INSIDE, "/")
