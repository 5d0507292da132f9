"""The file-upload workflow: the file of an import is sent afterwards, to another host and without the token.

Source: Canvas documentation, SIS Imports API, `pre_attachment`; the form of the answer is that of content migrations.
"""

import secrets
import threading
from dataclasses import dataclass
from typing import Any

from pipeline.sandbox.api.params import Params
from pipeline.sandbox.engine import ImportOptions

__all__ = ["Expected", "PreUploads", "asked_name"]

URL_SECONDS = 1800.0  # Canvas documentation: an upload URL is valid for 30 minutes


@dataclass(frozen=True, slots=True)
class Expected:
    """A file that is to come: for which import, with which options, under which name, until when (seconds)."""

    import_id: int
    options: ImportOptions
    name: str
    expires_at: float


class PreUploads:
    """Files that are to come, each behind a key that is used once; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[str, Expected] = {}

    def clear(self) -> None:
        """Expect nothing any more."""
        with self._lock:
            self._expected.clear()

    def expect(self, expected: Expected, files_url: str) -> dict[str, Any]:
        """The `pre_attachment` object that tells a client where to send the file."""
        key = secrets.token_urlsafe(24)
        with self._lock:
            self._expected[key] = expected
        return {
            "upload_url": f"{files_url}/uploads/{key}",
            "upload_params": {"filename": expected.name, "content_type": "application/octet-stream"},
            "file_param": "file",
        }

    def take(self, key: str, now: float) -> Expected | None:
        """What was expected behind a key; None when nothing was, or not any more."""
        with self._lock:
            expected = self._expected.pop(key, None)
        return expected if expected and now < expected.expires_at else None

    @staticmethod
    def until(now: float) -> float:
        """When an upload URL given out now expires."""
        return now + URL_SECONDS


def asked_name(asked: Params) -> str | None:
    """The name of the file that is to come; None when the workflow was not asked for."""
    return asked.branch("pre_attachment").text("name") or None
