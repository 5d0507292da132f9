"""Listening on loopback: one waitress loop in a thread, which serves Canvas and, on a second port, its file store."""

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher, WSGITask

__all__ = ["LOOPBACK", "Listener", "reset_connection"]

LOOPBACK = "127.0.0.1"
THREADS = 12
MAX_BODY_BYTES = 8 << 30
JOIN_SECONDS = 5.0
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LowerCaseTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Waitress's answer with lower-case header names, as hosted Canvas sends them since 2024."""

    def build_response_header(self) -> bytes:
        """The head of the answer; waitress itself capitalises every name."""
        head: bytes = super().build_response_header()
        first, *lines = head.split(b"\r\n")
        if self.channel.server.lower_case():
            lines = [name.lower() + colon + value for name, colon, value in (line.partition(b":") for line in lines)]
        return b"\r\n".join([first, *lines])


class LowerCaseChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose answers are made by `LowerCaseTask`."""

    task_class = LowerCaseTask


class Listener:
    """Two applications on two loopback ports, served by one loop until `close`."""

    def __init__(self, canvas: WsgiApp, files: WsgiApp, *, port: int, lower_case: Callable[[], bool]) -> None:
        self._map: dict[int, Any] = {}
        self._dispatcher = ThreadedTaskDispatcher()
        try:
            self._canvas = self._open(canvas, port, lower_case)
            self._files = self._open(files, 0, lower_case)
        except OSError:
            self._stop_all()
            raise
        self._dispatcher.set_thread_count(THREADS)
        logging.getLogger("waitress").setLevel(logging.ERROR)  # it would warn of every answer that a fault cuts
        self._thread = threading.Thread(target=self._canvas.run, name="sandbox", daemon=True)

    @property
    def port(self) -> int:
        """The port of Canvas."""
        return int(self._canvas.effective_port)

    @property
    def files_port(self) -> int:
        """The port of the file store."""
        return int(self._files.effective_port)

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def close(self) -> None:
        """Close both ports and every connection, and wait for the requests under way."""
        with suppress(OSError):  # another thread's pull may have run it already, which closes the trigger
            self._canvas.trigger.pull_trigger(self._stop_all)
        self._thread.join(JOIN_SECONDS)
        self._dispatcher.shutdown(timeout=JOIN_SECONDS)

    def _open(self, app: WsgiApp, port: int, lower_case: Callable[[], bool]) -> Any:
        server = create_server(
            app,
            map=self._map,
            _dispatcher=self._dispatcher,
            host=LOOPBACK,
            port=port,
            threads=THREADS,
            ident="Apache",
            max_request_body_size=MAX_BODY_BYTES,
            expose_tracebacks=False,
        )
        server.channel_class = LowerCaseChannel
        server.lower_case = lower_case
        return server

    def _stop_all(self) -> None:
        """Close every socket of the loop, which ends it."""
        for dispatcher in list(self._map.values()):
            dispatcher.close()
        self._map.clear()


def reset_connection(environ: dict[str, Any]) -> None:
    """End the request's connection without an answer, by a TCP reset; does not return."""
    channel = getattr(environ.get("waitress.client_disconnected"), "__self__", None)
    if channel is not None and channel.socket is not None:
        channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ClientDisconnected
