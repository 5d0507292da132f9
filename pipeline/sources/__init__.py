"""Bytes → source tables: archives, encodings, delimiters, headers, ragged rows; every cell text, every row with its line."""

from pipeline.sources.inspection import Inspection, inspect_file
from pipeline.sources.read import read_drop
from pipeline.sources.rules import FileFacts, SourceRules, TableRules, facts_of

__all__ = ["FileFacts", "Inspection", "SourceRules", "TableRules", "facts_of", "inspect_file", "read_drop"]
