"""The sandbox as a whole: opened for a test, or served until somebody stops it. It listens on loopback only."""

import io
import os
import secrets
import signal
import threading
import zipfile
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

import yaml

from pipeline.sandbox.api.app import create_app
from pipeline.sandbox.api.control import put_faults
from pipeline.sandbox.api.files import FileStore
from pipeline.sandbox.api.front import Front
from pipeline.sandbox.api.gate import Gate
from pipeline.sandbox.api.registry import Registry
from pipeline.sandbox.api.server import LOOPBACK, Listener
from pipeline.sandbox.api.site import ADMIN_USER_ID, Site
from pipeline.sandbox.engine import Engine, ImportOptions, Upload

__all__ = ["Sandbox", "SandboxError", "SandboxSettings", "open_sandbox", "running_sandbox", "serve"]

CANVAS_VERSIONS = ("current", "2022")
DATABASE_NAME, REGISTRY_NAME, REPORTS_NAME, TOKEN_NAME = "canvas.sqlite", "access.sqlite", "reports.sqlite", "token"
LOAD_SECONDS = 3600.0


class SandboxError(Exception):
    """The sandbox cannot be opened as asked; the message says why and what to do."""


class SandboxSettings(TypedDict, total=False):
    """How to open a sandbox; each may be left out.

    data_dir: keeps everything there over restarts and kills (else in memory); token: the token to accept (else the one
    in the folder, else an invented one); forbidden_tokens: tokens of real instances, refused; port: 0 chooses a free one;
    canvas_version: `current` or `2022`; faults: a YAML or JSON file of rules and switches; load: a folder of CSV files
    that are imported first; production: the sandbox by which a refresh overwrites this one.
    """

    data_dir: Path | None
    token: str | None
    forbidden_tokens: AbstractSet[str]
    port: int
    canvas_version: str
    faults: Path | None
    load: Path | None
    production: "Sandbox | None"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """An open sandbox. url: where Canvas is; close it in the end."""

    site: Site
    listener: Listener
    opened: ExitStack

    @property
    def url(self) -> str:
        """Where its Canvas answers, such as `http://127.0.0.1:40123`."""
        return self.site.url

    @property
    def token(self) -> str:
        """The token that has every right in it."""
        return self.site.token

    @property
    def engine(self) -> Engine:
        """The account behind it."""
        return self.site.engine

    def close(self) -> None:
        """Answer no more, stop the import under way, give the files up."""
        self.opened.close()


@contextmanager
def running_sandbox(**settings: Unpack[SandboxSettings]) -> Iterator[Sandbox]:
    """A sandbox that answers while the context lasts. Several may run in one process."""
    sandbox = open_sandbox(**settings)
    try:
        yield sandbox
    finally:
        sandbox.close()


def serve(
    ready: Callable[[str, str], None], *, stop: threading.Event | None = None, **settings: Unpack[SandboxSettings]
) -> None:
    """Serve until `stop` is set or the process gets SIGTERM or Ctrl-C; `ready` gets URL and token before."""
    stopped = stop or threading.Event()
    with running_sandbox(**settings) as sandbox, stopping_signals(stopped):
        ready(sandbox.url, sandbox.token)
        stopped.wait()


def open_sandbox(**settings: Unpack[SandboxSettings]) -> Sandbox:
    """Open a sandbox and let it answer. Errors: SandboxError; OSError when the port is taken."""
    version = settings.get("canvas_version", "current")
    if version not in CANVAS_VERSIONS:
        raise SandboxError(f"no Canvas version {version!r}; there are {' and '.join(CANVAS_VERSIONS)}")
    data_dir = settings.get("data_dir")
    if data_dir is not None:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = chosen_token(settings.get("token"), data_dir, settings.get("forbidden_tokens", frozenset()))
    with ExitStack() as opened:
        site = open_site(version, token, data_dir, opened)
        production = settings.get("production")
        site.production = production.site if production else None
        listener = listen(site, settings.get("port", 0))
        opened.callback(listener.close)
        opened.callback(site.closing.set)
        prepare(site, faults=settings.get("faults"), load=settings.get("load"))
        return Sandbox(site, listener, opened.pop_all())


def open_site(version: str, token: str, data_dir: Path | None, opened: ExitStack) -> Site:
    """What the routes of a sandbox share; each part is closed again by `opened`."""
    registry = Registry(private(data_dir, REGISTRY_NAME))
    opened.callback(registry.close)
    engine = Engine(private(data_dir, DATABASE_NAME), canvas_version=version)
    opened.callback(engine.close)
    site = Site(engine, registry, canvas_version=version, reports_path=private(data_dir, REPORTS_NAME))
    opened.callback(site.reports.close)
    if data_dir is not None:
        site.keep_token = lambda new: write_private(data_dir / TOKEN_NAME, new)
    site.take_token(token)
    return site


def private(data_dir: Path | None, name: str) -> Path | None:
    """A file of the folder that only its owner may read; SQLite's companions of it inherit that."""
    if data_dir is None:
        return None
    path = data_dir / name
    path.touch(mode=0o600)
    return path


def listen(site: Site, port: int) -> Listener:
    """Answer on loopback from now on."""
    canvas, files = Gate(site, create_app(site)), Front(site, FileStore(site), "files")
    listener = Listener(canvas, files, port=port, lower_case=lambda: site.switches.headers_case == "lower")
    site.url, site.files_url = f"http://{LOOPBACK}:{listener.port}", f"http://{LOOPBACK}:{listener.files_port}"
    listener.start()
    return listener


def prepare(site: Site, *, faults: Path | None, load: Path | None) -> None:
    """Import what is to be there from the start, then let the faults begin."""
    if load is not None:
        import_folder(site.engine, load)
    if faults is not None:
        put_faults(site, yaml.safe_load(faults.read_text(encoding="utf-8")))


def import_folder(engine: Engine, folder: Path) -> None:
    """Import all CSV files of a folder in one import, and wait for its end."""
    names = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    if not names:
        raise SandboxError(f"{folder}: no CSV files to load")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in names:
            archive.write(path, path.name)
    import_id = engine.save_import(ADMIN_USER_ID, Upload("load.zip", packed.getvalue()))
    engine.start_import(import_id, ImportOptions())
    engine.wait_until_idle(LOAD_SECONDS)


def chosen_token(given: str | None, data_dir: Path | None, forbidden: AbstractSet[str]) -> str:
    """The token to accept: as given, else as kept in the folder, else a new one."""
    file = data_dir / TOKEN_NAME if data_dir else None
    token = given or (file.read_text(encoding="utf-8").strip() if file and file.exists() else "")
    token = token or f"sandbox-{secrets.token_urlsafe(32)}"
    if token in forbidden:
        raise SandboxError("this token belongs to a real Canvas instance; the sandbox does not take it. Leave it out.")
    return token


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, replacing it at once."""
    new = file.with_name(f"{file.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    new.replace(file)


@contextmanager
def stopping_signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set the event meanwhile; in another thread than the main one nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kinds = (signal.SIGTERM, signal.SIGINT)
    former = [signal.signal(kind, lambda *_: stop.set()) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, former, strict=True):
            signal.signal(kind, handler)
