"""Stages on which the service runs as a process of its own."""

from tests.runs.conftest import school, second_night, settled, stage

__all__ = ["school", "second_night", "settled", "stage"]
