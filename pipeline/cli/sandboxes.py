"""Serving embedded sandboxes from the command line: one, or all loopback instances of a configuration."""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.canvas.http import is_loopback
from pipeline.cli.output import say
from pipeline.errors import PipelineError
from pipeline.model.files import make_folder, write_durably
from pipeline.sandbox.embedded import Sandbox, SandboxError, open_sandbox, serve
from pipeline.settings import Instance, Settings

__all__ = ["serve_instances", "serve_one", "tokens_of_real_instances"]


def serve_one(port: int, settings: dict[str, Any], forbidden: frozenset[str]) -> None:
    """Serve one sandbox until Ctrl-C or SIGTERM; its URL and token are told on stderr."""

    def ready(url: str, token: str) -> None:
        say(f"Sandbox: {url}\nToken:   {token}\nStop it with Ctrl-C.")

    try:
        serve(ready, port=port, forbidden_tokens=forbidden, **settings)
    except (SandboxError, OSError) as exc:
        raise _unusable(exc, port) from exc


def serve_instances(settings: Settings, root: Path, **options: Any) -> None:
    """Serve every loopback instance of a configuration on its port, with its token in its file, until Ctrl-C or SIGTERM."""
    local = {name: instance for name, instance in settings.instances.items() if is_loopback(instance.url)}
    if not local:
        raise PipelineError(
            "The configuration has no instance on this computer.", remedy="Use --port to run a sandbox of its own."
        )
    stop = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stop.set())
    forbidden = tokens_of_real_instances(settings)
    with ExitStack() as stack:
        for name, instance in sorted(local.items(), key=lambda item: item[1].kind != "production"):
            opened = _opened(name, instance, settings, forbidden, options)
            stack.callback(opened.close)
            _write_token(instance, root, opened)
            say(f"{name}: {opened.url}")
        say("Tokens are written where the configuration looks for them. Stop with Ctrl-C.")
        stop.wait()


def tokens_of_real_instances(settings: Settings) -> frozenset[str]:
    """The tokens of instances that are no sandbox, as far as they can be read here."""
    found = set()
    for instance in settings.instances.values():
        credential = instance.token
        if is_loopback(instance.url) or credential is None or credential.token is None:
            continue
        try:
            found.add(settings.secret(credential.token).reveal())
        except PipelineError:
            continue  # a token that cannot be read here cannot be handed to the sandbox either
    return frozenset(found)


def _opened(
    name: str, instance: Instance, settings: Settings, forbidden: frozenset[str], options: dict[str, Any]
) -> Sandbox:
    port = urlsplit(instance.url).port or 80
    folder = make_folder(settings.state / "sandbox" / name)
    try:
        return open_sandbox(data_dir=folder, port=port, forbidden_tokens=forbidden, **options)
    except (SandboxError, OSError) as exc:
        raise _unusable(exc, port) from exc


def _write_token(instance: Instance, root: Path, opened: Sandbox) -> None:
    """Put the sandbox's token where each file reference of the instance looks for it."""
    for credential in (instance.token, instance.undo_token, instance.read_token):
        if credential is not None and credential.token is not None and credential.token.kind == "file":
            path = root / credential.token.name
            make_folder(path.parent)
            write_durably(path, [opened.token.encode()])


def _unusable(cause: Exception, port: int) -> PipelineError:
    if isinstance(cause, SandboxError):
        return PipelineError(f"The sandbox cannot run: {cause}.")
    return PipelineError(
        f"The sandbox cannot listen on port {port}.",
        remedy="Another program may have it: stop that one, or use --port.",
    )
