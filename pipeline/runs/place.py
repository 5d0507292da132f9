"""What the conductor works with: configuration, ledger, store, clock and Canvas, handed to every step as one value."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.canvas.client import CanvasClient, connect
from pipeline.canvas.http import Endpoint, is_loopback
from pipeline.delivery.waiting import Pace, nobody_stops
from pipeline.errors import PipelineError
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.owner import Owner
from pipeline.ledger.store import Store
from pipeline.model.clock import Clock
from pipeline.model.files import make_folder
from pipeline.settings import Feed, Settings

__all__ = ["USER_AGENT", "Hearing", "Place", "Tell", "keep_quiet", "open_place"]

USER_AGENT = "sis-pipeline/0.1 (+https://github.com/sis-pipeline)"

Tell = Callable[[str, Mapping[str, Any]], None]
"""Told what goes on: a run id, and an event such as `{"event": "progress", "percent": 40}`. For people, never for records."""


def keep_quiet(_run_id: str, _event: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whom the conductor tells what goes on, and who tells it to stop."""

    tell: Tell = keep_quiet
    should_stop: Callable[[], bool] = nobody_stops


QUIET = Hearing()


@dataclass(frozen=True, slots=True)
class Place:
    """One installation. root: the folder that relative paths of the configuration start from."""

    settings: Settings
    root: Path
    ledger: Ledger
    store: Store
    clock: Clock
    owner: Owner
    tell: Tell = keep_quiet
    should_stop: Callable[[], bool] = nobody_stops

    def feed(self, name: str) -> Feed:
        """The settings of one feed."""
        return self.settings.feed(name)

    def last_instance(self, feed: str) -> str:
        """The instance of a feed that must be right: the last of its chain; plans are made against its base."""
        return str(self.feed(feed).deliver.to[-1])

    def next_instance(self, feed: str, instance: str) -> str | None:
        """The instance after this one in the feed's chain, None after the last."""
        chain = list(self.feed(feed).deliver.to)
        place = chain.index(instance)
        return chain[place + 1] if place + 1 < len(chain) else None

    def client(self, instance: str) -> CanvasClient:
        """A client of one instance, with the token that sends."""
        return self._client(instance, "token", "send")

    def reading_client(self, instance: str) -> CanvasClient:
        """A client of one instance with the token that reads, which is the one that sends where there is no other."""
        has_own = self.settings.instance(instance).read_token is not None
        return self._client(instance, "read_token" if has_own else "token", "read")

    def _client(self, instance: str, key: str, purpose: str) -> CanvasClient:
        settings = self.settings.instance(instance)
        endpoint = Endpoint(instance, settings.url, USER_AGENT, settings.ca_file)

        def token() -> str:
            """Looked up anew each time: a renewed one is taken up."""
            credential = settings.read_token if key == "read_token" else settings.token
            if credential is None or credential.token is None:
                raise PipelineError(
                    f"Instance {instance} has no token to {purpose} with.",
                    remedy=f"Write `{key}: env:NAME` or `{key}: file:PATH` under `instances: {instance}:` in the configuration.",
                )
            return self.settings.secret(credential.token).reveal()

        return connect(endpoint, token, clock=self.clock)

    def pace(self, instance: str) -> Pace:
        """How often an import is looked at: a sandbox on this machine is quick and costs nothing to ask."""
        url = self.settings.instance(instance).url
        return Pace(first=0.25, growth=1.3, longest=2.0) if is_loopback(url) else Pace()

    def stored(self, sha256: str) -> dict[str, str]:
        """The files of a stored folder, as the child process takes them: paths by name."""
        return {name: str(path) for name, path in self.store.folder_paths(sha256).items()}

    @contextmanager
    def work_folder(self, run_id: str) -> Iterator[Path]:
        """A fresh folder of the state for one step of one run; removed afterwards, whatever happened."""
        import shutil

        folder = make_folder(self.settings.work_folder / run_id / uuid4().hex[:8])
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_place(
    settings: Settings,
    root: Path,
    *,
    clock: Clock,
    owner: Owner,
    hearing: Hearing = QUIET,
) -> Iterator[Place]:
    """Open ledger and store of this configuration, making the state folder if need be.

    owner: who opens it, for whoever waits for a lease of it.
    """
    make_folder(settings.state)
    with Ledger.open(settings.ledger_url, clock) as ledger:
        yield Place(
            settings,
            root,
            ledger,
            Store(make_folder(settings.store_folder), clock),
            clock,
            owner,
            hearing.tell,
            hearing.should_stop,
        )
