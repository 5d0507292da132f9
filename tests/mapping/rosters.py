"""Rosters made from texts through a mapping or preset, for tests."""

from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.mapping import Mapping, load_mapping, load_preset, map_tables, reading_rules
from pipeline.model.roster import Roster
from pipeline.sources import SourceRules, read_drop
from tests.sources.drops import drop_of, make_drop

TODAY = date(2026, 9, 14)


def roster_of(mapping: Mapping, folder: Path, files: dict[str, str | bytes]) -> Roster:
    rules = SourceRules.from_plain({"unterminated": "trust", **reading_rules(mapping)})
    return map_tables(
        read_drop(make_drop(folder, files), rules, work=folder), mapping, zone="America/Denver", today=TODAY
    )


def preset_roster(preset: str, *paths: Path, **options: str) -> Roster:
    mapping = load_preset(preset, options)
    rules = SourceRules.from_plain({"unterminated": "trust", **reading_rules(mapping)})
    return map_tables(
        read_drop(drop_of(*paths), rules, work=paths[0].parent), mapping, zone="America/Denver", today=TODAY
    )


def mapped(text: str, folder: Path, files: dict[str, str | bytes], **options: str) -> Roster:
    return roster_of(load_mapping(text, "test.yaml", options), folder, files)


def rows(roster: Roster, table: str, *columns: str) -> list[list[str]]:
    frame: pd.DataFrame = roster.tables[table]
    return [list(row) for row in frame[list(columns)].itertuples(index=False)]


def protected(roster: Roster, *columns: str) -> list[list[str]]:
    return [list(row) for row in roster.protections[list(columns)].itertuples(index=False)]
