"""Jobs `settle`, `freshness` and `report`: an ended import's effects, staleness of a part, pages for people. In the child process."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.delivery.trace import trace_messages
from pipeline.model.delivery import ImportMessage, Outcome
from pipeline.model.findings import join_findings
from pipeline.model.frames import read_frame
from pipeline.model.plan import Part
from pipeline.model.roster import Base
from pipeline.planning import Ending, accepted_digest, compare_counts, next_base, repair_moves, split
from pipeline.runs.import_effects import effects_of_messages
from pipeline.runs.part_files import write_part
from pipeline.runs.roster_files import load_base, load_tables, save_base, save_tables

__all__ = ["freshness", "settle"]

Emit = Callable[[Mapping[str, Any]], None]

CONCLUSIVE = frozenset({"imported", "imported_with_messages", "failed_with_messages"})
"""States after which every row without a message is in; after the others nobody knows."""


def settle(request: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """What an import made of the part that was sent: the new base, and its messages traced to the source lines.

    Writes `base/` and `messages/` into `request["folder"]`; answers numbers: errors, warnings, rows not in, rows uncertain.
    """
    folder = Path(request["folder"])
    part, outcome = _part(request), _outcome(request["outcome"])
    provenance = read_frame(Path(request["part"]["provenance.parquet"]))
    effects = effects_of_messages(outcome.messages, part.tables)
    differing = compare_counts(part, effects, outcome.counts)
    doubtful = frozenset(str(table) for table in differing["table"])
    ending = Ending(is_conclusive=outcome.state in CONCLUSIVE, doubtful=doubtful, on=request["today"])
    before = load_base(request["base"])
    base = next_base(before, part, effects, ending)
    save_base(base, folder / "base")
    traced = trace_messages(outcome.messages, provenance, tuple(request["files"]))
    save_tables({"messages": join_findings([traced, differing])}, folder / "messages")
    emit({"event": "settled", "messages": len(outcome.messages)})
    return {
        "errors": sum(message.severity == "error" for message in outcome.messages),
        "warnings": sum(message.severity == "warning" for message in outcome.messages),
        "not_in": int((effects["effect"] == "not in").sum()),
        "uncertain": sum(int((frame["uncertain"] != "").sum()) for frame in base.tables.values()),
        "doubtful": sorted(doubtful),
        "repair": _repair(part, before, base, request),
    }


def _repair(part: Part, before: Base, after: Base, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The package that gives people back what a move took from them although Canvas refused its other half; None without any."""
    parts = split(repair_moves(part, before, after), request["parameters"])
    if not parts:
        return None
    folder = Path(request["folder"]) / "repair"
    return write_part(parts[0], after, folder, installation=request["installation"])


def freshness(request: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Whether the accepted versions of a part's own rows are in the base as they were when the part was planned."""
    now = accepted_digest(_part(request), load_base(request["base"]))
    return {"is_fresh": now == request["accepted"]}


def _part(request: Mapping[str, Any]) -> Part:
    tables, _facts = load_tables(request["part"])
    return Part(request["part_number"], tables, request["parameters"], request["part_sha256"], {})


def _outcome(plain: Mapping[str, Any]) -> Outcome:
    messages = tuple(ImportMessage(**message) for message in plain["messages"])
    return Outcome(plain["import_id"], plain["state"], plain["counts"], messages, plain["statistics"])
