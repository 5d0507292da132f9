"""Tools that a user's machine may lack: a test that needs one skips visibly there, and fails where all are required."""

import os
import shutil
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"  # material that may not be copied; absent in a stranger's clone


def need_tool(*names: str) -> str:
    """The path of the first of these programs that is there; otherwise the test skips, or fails where tools are required."""
    for name in names:
        if found := shutil.which(name):
            return found
    reason = f"needs {' or '.join(names)}, which is not installed"
    if os.environ.get("SIS_PIPELINE_REQUIRE_TOOLS"):
        pytest.fail(reason)
    pytest.skip(reason)


def need_shared(*parts: str) -> Path:
    """A path of the shared material; the test skips where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/{'/'.join(parts)}, which may not be copied into the project")
    return path
