"""Inspecting files with every preset's tables at hand."""

import contextlib
from functools import lru_cache
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.mapping import load_preset, presets, reading_rules
from pipeline.sources import Inspection, SourceRules, TableRules, inspect_file

__all__ = ["inspected"]


def inspected(path: Path) -> tuple[Inspection, ...]:
    """What is in a file, and which presets know it."""
    return inspect_file(path, _known_tables())


@lru_cache(maxsize=1)
def _known_tables() -> dict[str, tuple[TableRules, ...]]:
    known = {}
    for name in presets():
        with contextlib.suppress(
            SettingsError
        ):  # a draft is no mapping yet: it has to be copied and gone through first
            known[name] = SourceRules.from_plain(reading_rules(load_preset(name))).tables
    return known
