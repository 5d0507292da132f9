"""The rooms and what each may know: enforced from the code's own imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "pipeline"

STAGES = {"intake", "sources", "mapping", "checks", "planning", "delivery", "reports", "notices", "verify"}
VALUES = {"model", "errors"}
ALLOWED = {
    "model": VALUES,
    "errors": set(),
    "canvas": VALUES | {"canvas"},
    "settings": VALUES | {"settings", "canvas"},
    "ledger": VALUES | {"ledger"},
    **{stage: VALUES | {"canvas", stage} for stage in STAGES},
    "sandbox": {"sandbox", "canvas"},
    "runs": VALUES | STAGES | {"runs", "canvas", "ledger", "settings"},
    "service": VALUES | {"service", "runs", "settings", "ledger", "intake", "notices"},
    "cli": VALUES | STAGES | {"cli", "runs", "service", "settings", "ledger", "sandbox", "canvas"},
}
HEAVY = ("pandas", "pyarrow", "pydantic", "sqlalchemy", "requests", "flask")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def modules() -> list[Path]:
    return sorted(
        path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.read_text(encoding="utf-8")
    )


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_knows_only_the_rooms_below_it(path):
    room = room_of(path)
    if room == "__init__":
        return

    known = {name.split(".")[1] for name in imports_of(path) if name.startswith("pipeline.")}

    assert known <= ALLOWED[room] | ({"model"} if room == "canvas" else set()), (
        f"{path.name} imports {known - ALLOWED[room]}"
    )


def test_the_sandbox_takes_only_data_of_canvas():
    taken = {
        name
        for path in (PACKAGE / "sandbox").rglob("*.py")
        for name in imports_of(path)
        if name.startswith("pipeline.canvas")
    }

    assert all(name.startswith("pipeline.canvas.file_types") or name == "pipeline.canvas" for name in taken), taken


def test_requests_is_imported_in_one_module_alone():
    users = {
        p.relative_to(PACKAGE).as_posix()
        for p in modules()
        if any(i.split(".")[0] == "requests" for i in imports_of(p))
    }

    assert users == {"canvas/http.py"}


@pytest.mark.parametrize("room", sorted({"sources", "mapping", "checks", "planning"}))
def test_pure_rooms_have_no_clock_network_log_or_environment(room):
    forbidden = {"os", "time", "requests", "logging", "random", "sqlalchemy", "socket"}

    for path in (PACKAGE / room).rglob("*.py"):
        used = {name.split(".")[0] for name in imports_of(path)} & forbidden
        assert not used, f"{path.name} imports {used}"


def loaded_after(code: str) -> set[str]:
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in answer.stdout.split()}


def test_help_loads_no_heavy_library():
    assert loaded_after("import pipeline.cli.main").isdisjoint(HEAVY)


def test_the_service_never_loads_pandas():
    assert loaded_after("import pipeline.service.serve").isdisjoint({"pandas", "pyarrow"})
