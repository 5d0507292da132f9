"""Bytes → source tables: archives, encodings, delimiters, headers, ragged rows; every cell text, every row with its line."""

from pipeline.sources.read import read_drop
from pipeline.sources.rules import FileFacts, SourceRules, TableRules

__all__ = ["FileFacts", "SourceRules", "TableRules", "read_drop"]
