"""Source tables → roster, by a declarative mapping; presets for known exports."""

from pipeline.mapping.document import Mapping
from pipeline.mapping.examples import ExampleResult, run_examples
from pipeline.mapping.explain import explain
from pipeline.mapping.load import (
    load_mapping,
    load_preset,
    option_help,
    preset_text,
    presets,
    reading_rules,
    recognise,
)
from pipeline.mapping.map import map_tables

__all__ = [
    "ExampleResult",
    "Mapping",
    "explain",
    "load_mapping",
    "load_preset",
    "map_tables",
    "option_help",
    "preset_text",
    "presets",
    "reading_rules",
    "recognise",
    "run_examples",
]
