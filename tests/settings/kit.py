"""Configurations for tests: a small right one, and the problems of a wrong one."""

from pathlib import Path
from textwrap import dedent

from pipeline.errors import SettingsError
from pipeline.settings import Settings, load

INSTANCES = """
instances:
  test: {kind: test, url: "http://127.0.0.1:3001", token: env:TEST_TOKEN}
  production: {kind: production, url: "http://127.0.0.1:3000", token: env:PRODUCTION_TOKEN}
"""
FEEDS = """
feeds:
  registrar: {drop: drop/registrar}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "pipeline.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def loaded(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    return load(write(folder, text), environ or {})


def problems(folder: Path, text: str) -> list[tuple[int | None, str]]:
    """Line and message of everything wrong; [] when nothing is."""
    try:
        loaded(folder, text)
    except SettingsError as error:
        return [(problem.line, problem.message) for problem in error.problems]
    return []


def only_problem(folder: Path, text: str) -> str:
    found = problems(folder, text)
    assert len(found) == 1, found
    return found[0][1]


def with_feed(lines: str, *, more: str = "") -> str:
    """A right configuration with one feed that has these lines (`key: value`, one per line)."""
    indented = "".join(f"    {line}\n" for line in dedent(lines).strip("\n").split("\n"))
    return f"{INSTANCES}\nfeeds:\n  registrar:\n    drop: drop/registrar\n{indented}\n{more}"


def with_instance(lines: str) -> str:
    """A right configuration but for one instance `canvas` that has these lines."""
    indented = "".join(f"    {line}\n" for line in dedent(lines).strip("\n").split("\n"))
    return f"instances:\n  canvas:\n{indented}"
