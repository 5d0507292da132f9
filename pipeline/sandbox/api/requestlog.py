"""Every request since the last reset, for those who want to see what a client did."""

import hashlib
import re
import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

__all__ = ["Received", "RequestLog", "fingerprint"]

KEPT = 200_000  # requests
CHUNK_BYTES = 1 << 20
SECRET = re.compile(r"(?i)(^|&)(access_token|api_key|verifier|client_secret|refresh_token|signature|code)=[^&]*")


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came, and the status of its answer (0: the connection was reset).

    size and sha256 are of the body; token is the token's name, never the token; with_token says whether it carried an
    `Authorization` header; server is `canvas` or `files`.
    """

    time: str
    method: str
    path: str
    query: str
    size: int
    sha256: str
    status: int
    token: str | None
    user_agent: str | None
    with_token: bool = False
    server: str = "canvas"


class RequestLog:
    """The requests of one sandbox, oldest first; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received: deque[Received] = deque(maxlen=KEPT)

    def add(self, received: Received) -> None:
        """Keep one more; secrets in the query are not kept."""
        with self._lock:
            self._received.append(received)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._received.clear()

    def shown(self) -> list[dict[str, Any]]:
        """All of them as JSON values."""
        with self._lock:
            return [asdict(received) for received in self._received]


def without_secrets(query: str) -> str:
    """A query string whose secrets are replaced by three stars."""
    return SECRET.sub(lambda found: f"{found[1]}{found[2]}=***", query)


def fingerprint(body: BinaryIO, length: int) -> tuple[int, str]:
    """Size and SHA-256 of a request body, which is left at its start again."""
    digest, size = hashlib.sha256(), 0
    while length and (chunk := body.read(min(CHUNK_BYTES, length - size) or 0)):
        digest.update(chunk)
        size += len(chunk)
    if size:
        body.seek(0)
    return size, digest.hexdigest()
