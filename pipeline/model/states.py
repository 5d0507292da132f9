"""A run's states and the transitions between them. Imports no frames."""

from enum import StrEnum

__all__ = ["ENDED", "TRANSITIONS", "RunState", "Waiting"]


class RunState(StrEnum):
    """Where a run stands."""

    RECEIVED = "received"
    READ = "read"
    MAPPED = "mapped"
    CHECKED = "checked"
    PLANNED = "planned"
    HELD = "held"
    APPROVED = "approved"
    PACKAGED = "packaged"
    SUBMITTING = "submitting"
    IMPORTING = "importing"
    RECORDED = "recorded"
    ARCHIVED = "archived"
    NOTHING_TO_DO = "nothing_to_do"
    INCOMPLETE = "incomplete"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    ABORTED = "aborted"
    FAILED = "failed"


class Waiting(StrEnum):
    """What a run in `packaged` waits for."""

    NOTHING = ""
    PROMOTION = "promotion"
    PAUSE = "pause"
    TOKEN = "token"  # noqa: S105  # a word, not a secret
    INSTANCE = "instance"


ENDED = frozenset(
    {
        RunState.ARCHIVED,
        RunState.NOTHING_TO_DO,
        RunState.INCOMPLETE,
        RunState.DISCARDED,
        RunState.SUPERSEDED,
        RunState.ABORTED,
        RunState.FAILED,
    }
)

_EARLY_ENDS = frozenset({RunState.SUPERSEDED, RunState.ABORTED, RunState.FAILED})

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.RECEIVED: frozenset({RunState.READ, RunState.INCOMPLETE}) | _EARLY_ENDS,
    RunState.READ: frozenset({RunState.MAPPED}) | _EARLY_ENDS,
    RunState.MAPPED: frozenset({RunState.CHECKED}) | _EARLY_ENDS,
    RunState.CHECKED: frozenset({RunState.PLANNED}) | _EARLY_ENDS,
    RunState.PLANNED: frozenset({RunState.HELD, RunState.PACKAGED, RunState.NOTHING_TO_DO}) | _EARLY_ENDS,
    RunState.HELD: frozenset({RunState.APPROVED, RunState.DISCARDED}) | _EARLY_ENDS,
    RunState.APPROVED: frozenset({RunState.PACKAGED, RunState.HELD, RunState.DISCARDED}) | _EARLY_ENDS,
    RunState.PACKAGED: frozenset({RunState.SUBMITTING, RunState.DISCARDED}) | _EARLY_ENDS,
    RunState.SUBMITTING: frozenset({RunState.IMPORTING, RunState.PACKAGED, RunState.ABORTED, RunState.FAILED}),
    RunState.IMPORTING: frozenset({RunState.RECORDED, RunState.ABORTED, RunState.FAILED}),
    RunState.RECORDED: frozenset({RunState.ARCHIVED}),
    **{state: frozenset() for state in ENDED},
}
