"""Secrets: named by reference in the configuration, looked up when they are needed, never printed."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from pipeline.errors import Problem, SettingsError
from pipeline.settings.kinds import refuse

__all__ = ["Reference", "Secret", "SecretReference", "SecretSource", "mode_problem", "read_env_file"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_SECRET_BYTES = 64 * 1024


class Secret:
    """A secret text. `str` and `repr` show `***`; `reveal` is called only where it is sent."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("A secret is not written anywhere.")


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is: an environment variable (`env:NAME`) or a file (`file:path`)."""

    kind: str
    name: str

    def __str__(self) -> str:
        """As written in the configuration."""
        return f"{self.kind}:{self.name}"


def _reference(value: Any, info: ValidationInfo) -> SecretReference:
    if isinstance(value, SecretReference):
        return value
    kind, colon, name = value.strip().partition(":") if isinstance(value, str) else ("", "", "")
    if not colon or kind not in {"env", "file"} or not name.strip():
        raise refuse(
            "a secret is written as a reference, `env:NAME` or `file:path`, never itself: "
            "this file is copied, mailed and backed up, and whoever reads it could act for you in Canvas"
        )
    if kind == "env":
        if not _VARIABLE.fullmatch(name.strip()):
            raise refuse("after `env:` the name of an environment variable is expected, such as `env:CANVAS_TOKEN`")
        return SecretReference("env", name.strip())
    root: Path = (info.context or {}).get("root", Path())
    return SecretReference("file", str(root / Path(name.strip()).expanduser()))


Reference = Annotated[SecretReference, BeforeValidator(_reference), PlainSerializer(str)]


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where references are looked up. environ wins over what the .env file says."""

    environ: Mapping[str, str] = field(repr=False)
    env_file: Path | None = None
    from_file: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find(self, reference: SecretReference) -> Secret:
        """The secret; SettingsError when it is missing, empty, or readable by those who should not read it."""
        text = (
            self._from_environment(reference.name) if reference.kind == "env" else self._from_file(Path(reference.name))
        )
        return Secret(text)

    def origin(self, reference: SecretReference) -> str:
        """Which source a reference is taken from, for people."""
        if reference.kind == "file":
            return f"file {reference.name}"
        return "the environment" if self.environ.get(reference.name) else f"{self.env_file}"

    def _from_environment(self, name: str) -> str:
        text = self.environ.get(name) or self.from_file.get(name) or ""
        if not text.strip():
            beside = f" or in {self.env_file}" if self.env_file else ""
            raise SettingsError(
                (Problem(f"env:{name}", None, f"the environment variable {name} is not set"),),
                remedy=f"Set {name} in the environment{beside}, or name another source in the configuration.",
            )
        return text.strip()

    def _from_file(self, path: Path) -> str:
        problem = mode_problem(path, self.environ)
        if problem is not None:
            raise SettingsError((Problem(str(path), None, problem),), remedy=f"`chmod 600 {path}`")
        try:
            content = path.read_bytes()[: _MAX_SECRET_BYTES + 1]
            text = content.decode("utf-8").strip()
        except FileNotFoundError as error:
            raise SettingsError(
                (Problem(str(path), None, "the secret file does not exist"),),
                remedy="Write the token into this file, with access for its owner only. "
                "For the sandbox: `sis-pipeline sandbox` writes it when it starts.",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                (Problem(str(path), None, "the secret file cannot be read"),), remedy="Check its rights."
            ) from error
        if not text or len(content) > _MAX_SECRET_BYTES or "\n" in text:
            raise SettingsError((Problem(str(path), None, "the secret file must hold one line of text"),))
        return text


def read_env_file(path: Path, environ: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The names and values of a .env file, nothing expanded; and what is wrong with it. A file that does not exist is a problem."""
    name = str(path)
    if not path.is_file():
        return {}, [Problem(name, None, "the file does not exist")]
    problem = mode_problem(path, environ)
    if problem is not None:
        return {}, [Problem(name, None, problem)]
    try:
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}, [Problem(name, None, "the file cannot be read as UTF-8 text")]
    empty = [Problem(name, None, f"{key} has no value") for key, value in values.items() if not value]
    return {key: value for key, value in values.items() if value}, empty


def mode_problem(path: Path, environ: Mapping[str, str]) -> str | None:
    """Why a secret file's permissions are too wide, None if they are not. Windows has none to look at.

    Nobody but its owner may write it. Others may read it only below `$CREDENTIALS_DIRECTORY` (systemd) or `/run/secrets`
    (containers), which are closed themselves.
    """
    if os.name == "nt":
        return None
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others than its owner may change this file, so it cannot be trusted with a secret"
    if mode & stat.S_IROTH and not _is_in_closed_folder(path, environ):
        return "everybody on this computer may read this file, so it must not hold a secret"
    return None


def _is_in_closed_folder(path: Path, environ: Mapping[str, str]) -> bool:
    closed = [Path("/run/secrets")]
    if environ.get("CREDENTIALS_DIRECTORY"):
        closed.append(Path(environ["CREDENTIALS_DIRECTORY"]))
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in closed)
