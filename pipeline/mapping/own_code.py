"""A table made by a Python function of the user's own: named by file and function, frames of text in and a frame of text out."""

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from pipeline.errors import Problem, SettingsError

__all__ = ["run_function"]

_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
Function = Callable[[dict[str, pd.DataFrame]], pd.DataFrame]


def run_function(place: str, tables: Mapping[str, pd.DataFrame], *, name: str, file: str) -> pd.DataFrame:
    """What the function returns. place: `transforms.py:people`, the path seen from the mapping's folder.

    tables: the frames it gets, by name, text columns and `_row`; a `_row` in its result keeps the provenance. Raises
    SettingsError when the function is not there, or does not return a frame.
    """
    function = _function(place, name, file)
    try:
        result = function(dict(tables))
    except _FAILURES as exc:  # its text may hold a row
        raise _problem(file, name, f"the function {place} failed ({type(exc).__name__})") from exc
    if not isinstance(result, pd.DataFrame):
        raise _problem(file, name, f"the function {place} returned no DataFrame")
    return result


def _function(place: str, name: str, file: str) -> Function:
    script, _, function = place.rpartition(":")
    path = Path(file).parent / script
    if not script or not path.is_file():
        raise _problem(file, name, f'there is no file "{script}" beside the mapping; say `python: FILE.py:FUNCTION`')
    spec = importlib.util.spec_from_file_location(f"mapping_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Function | None = getattr(module, function, None)
    if not callable(found):
        raise _problem(file, name, f'"{script}" has no function "{function}"')
    return found


def _problem(file: str, name: str, message: str) -> SettingsError:
    return SettingsError((Problem(file, None, f'table "{name}": {message}'),))
