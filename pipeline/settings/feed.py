"""One feed: its drop folder, what it expects, its limits, and where it goes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from pipeline.settings.guards import Guards
from pipeline.settings.kinds import (
    Count,
    Days,
    Duration,
    Flag,
    FolderMode,
    LocalDate,
    LocalTime,
    Names,
    ProjectPath,
    Text,
    refuse,
)
from pipeline.settings.names import nearest
from pipeline.settings.strict import CANVAS_TABLES, Strict

__all__ = ["Deadline", "Deliver", "Feed", "ImportOptions", "Promote"]

ExportKind = Literal["full", "delta", "by_manifest"]


class Share(Strict):
    """Who else may use the drop folder and its outbox."""

    group: str = ""
    """Group that the folder is given to; blank: the owner's alone."""
    mode: FolderMode = "0770"
    """Permissions of the folder, once a group is set; nobody outside the group gets any."""


class Export(Strict):
    """What the SIS writes: everything in its scope, or only changes."""

    every: ExportKind = "full"
    """For all tables; `full`: all rows, `delta`: changes only, `by_manifest`: as the export's manifest says."""
    tables: dict[str, ExportKind] = Field(default_factory=dict)
    """Canvas tables that differ."""


class CheckRule(Strict):
    """A change to what one finding means."""

    as_: Literal["ignore", "warn", "refuse", "hold"] = Field(alias="as")
    """What becomes of it."""
    reason: Text
    """Why; it is printed beside the finding."""
    until: LocalDate | None = None
    """Last day on which the change is in force."""


class Terms(Strict):
    """Which terms the export speaks for."""

    mine: Names = ()
    """Term ids, or patterns of them (`2026*`), that are this feed's; blank: those that occur in the export."""
    closed: Names = ()
    """Term ids that have ended: their rows stay as they are."""


def _promote(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    words = value.split()
    if words[:1] == ["when_no_worse_than"] and len(words) == 2 and words[1].isascii() and words[1].isdigit():
        return {"when": "when_no_worse_than", "refusals": words[1]}
    if value.strip() in {"manual", "when_clean"}:
        return {"when": value.strip()}
    raise refuse(
        "`manual`, `when_clean` or `when_no_worse_than` with a number, such as `when_no_worse_than 5`, is expected"
    )


class Promote(Strict):
    """When a rehearsed package goes on by itself. Written as `manual`, `when_clean` or `when_no_worse_than 5`."""

    when: Literal["manual", "when_clean", "when_no_worse_than"] = "manual"
    """`manual`: only when a person says so."""
    refusals: Count = 0
    """Refusals that the last instance does not know yet and that are put up with."""


class ImportOptions(Strict):
    """Options of Canvas's import, sent with every package."""

    override_sis_stickiness: Flag = False
    """Overwrite what was changed by hand in Canvas."""
    add_sis_stickiness: Flag = False
    """Make the values sent as sticky as if they were typed by hand; needs `override_sis_stickiness`."""
    clear_sis_stickiness: Flag = False
    """Make the values sent no longer sticky; needs `override_sis_stickiness`."""
    update_sis_id_if_login_claimed: Flag = False
    """A login that belongs to somebody else moves to the new SIS id, instead of being skipped."""
    skip_deletes: Flag = False
    """Canvas passes over rows that delete."""


class Deliver(Strict):
    """Where packages go, and how."""

    to: Names = ()
    """Instances in order; the last one is what must be right. Blank: all instances, test first, production last."""
    send: Literal["changes", "full", "canvas_diffing", "canvas_batch"] = "changes"
    """What a package holds: only changes, everything, or everything with Canvas working out the changes."""
    rehearse: Literal["always", "when_setup_changed", "never"] = "always"
    """Whether a package is tried on the earlier instances first."""
    rehearsal_patience: Duration = timedelta(hours=4)
    """How long to wait for an earlier instance that cannot be reached, before the package is held as not rehearsed."""
    catch_up: Literal["touched", "full", "never"] = "touched"
    """Which rows of an earlier instance are brought level with the last one before a rehearsal."""
    promote: Annotated[Promote, BeforeValidator(_promote)] = Promote()
    """When a rehearsed package goes on to the next instance."""
    valid_for: Duration = timedelta(hours=24)
    """How long a rehearsal counts as evidence."""
    options: ImportOptions = ImportOptions()
    """Options of Canvas's import."""


class Deadline(Strict):
    """When an export must have come."""

    at: LocalTime
    """Local time of day."""
    days: Days = (0, 1, 2, 3, 4, 5, 6)
    """Days on which an export is expected: `mon-fri`, `[mon, wed]`, `daily`."""
    except_: Names = Field(default=(), alias="except")
    """Dates on which none is expected, and `pauses` for those of the timetable."""

    @field_validator("except_")
    @classmethod
    def _dates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            try:
                if word != "pauses":
                    date.fromisoformat(word)
            except ValueError as error:
                raise refuse("dates such as `2026-11-26`, and `pauses`, are expected") from error
        return value


class Retention(Strict):
    """How long things are kept."""

    days: Count = 400
    """Days after which sources, packages, Canvas's messages and history are deleted."""


def _export(value: Any) -> Any:
    if isinstance(value, str):
        return {"every": value}
    if isinstance(value, dict) and not {"every", "tables"} & value.keys():
        return {"tables": value}
    return value


class Feed(Strict):
    """One SIS source's stream of exports into Canvas."""

    name: str
    """The feed's name: its key under `feeds`."""
    drop: ProjectPath
    """Folder into which the SIS writes its export."""
    share: Share = Share()
    """Who else may use that folder."""
    watch: Literal["events", "polling"] = "events"
    """`polling` for network shares, where the system tells nothing about changes."""
    settle: Duration | None = None
    """A file is complete when size and time stand still for so long; blank: 30s, with `polling` 60s."""
    expects: Names = ()
    """The files of one export: a name is one file, a pattern (`enroll_*.csv`) one or more. Blank: one archive, or all files."""
    expect_window: Duration = timedelta(hours=6)
    """The files of one export are not further apart than this."""
    done: str = ""
    """Marker by which the SIS says that it has finished: `.done` for one beside each file (`users.csv.done`), or the name of
    one file for the whole export. Blank: none."""
    manifest: str = ""
    """Name of a file that lists the export's files, as OneRoster's `manifest.csv`. Blank: used only if `expects` names it,
    or if nothing is expected by name."""
    export: Annotated[Export, BeforeValidator(_export)] = Export()
    """`full`, `delta` or `by_manifest`, for the feed, or per Canvas table: `{users: delta}`."""
    process: Literal["on_drop", "at_times"] = "on_drop"
    """Whether a drop runs as soon as it is complete, or waits for the timetable."""
    mapping: str = "preset:oneroster-1.1"
    """`preset:NAME`, or the path of a mapping file."""
    mapping_options: dict[str, str] = Field(default_factory=dict)
    """Choices that a preset leaves to the school, as its description names them: `{login: email}`."""
    allow_columns: Names = ()
    """Source columns that look like passwords, birth dates or government ids and are read all the same."""
    checks: dict[str, CheckRule] = Field(default_factory=dict)
    """Changes to what findings mean, by code: `{enrollment-closed-term: {as: warn, reason: …, until: 2026-12-31}}`."""
    absent: dict[str, str] = Field(default_factory=dict)
    """What a row missing from a full export means, by Canvas table: keep, deleted, completed, inactive; users: keep,
    suspended, deleted. Blank: deleted for enrollments, xlists, user_observers and groups_membership, keep for all others."""
    terms: Terms = Terms()
    """Which terms the export speaks for."""
    fields_from: dict[str, str] = Field(default_factory=dict)
    """For a row that several feeds send: the feed whose fields count, by Canvas table. Blank: the first in this file."""
    guards: Guards = Guards()
    """Limits beyond which a plan waits for a person."""
    on_guard: Literal["hold_part", "hold_all"] = "hold_part"
    """Whether the harmless part of a plan goes ahead while another part is held."""
    approval_expires: Duration = timedelta(hours=72)
    """How long an approval counts."""
    deliver: Deliver = Deliver()
    """Where packages go, and how."""
    deadline: Deadline | None = None
    """When an export must have come; blank: nobody is told that none came."""
    retention: Retention | None = None
    """How long this feed's things are kept; blank: as for all."""

    @field_validator("absent")
    @classmethod
    def _absences(cls, value: dict[str, str]) -> dict[str, str]:
        for table, word in value.items():
            _require_table(table)
            allowed = (
                ("keep", "suspended", "deleted") if table == "users" else ("keep", "deleted", "completed", "inactive")
            )
            if word not in allowed:
                raise refuse(f"for {table}, one of {', '.join(allowed)} is expected")
        return value

    @field_validator("fields_from")
    @classmethod
    def _tables(cls, value: dict[str, str]) -> dict[str, str]:
        for table in value:
            _require_table(table)
        return value

    @field_validator("mapping")
    @classmethod
    def _mapping(cls, value: str, info: ValidationInfo) -> str:
        if not value.startswith("preset:"):
            root: Path = (info.context or {}).get("root", Path())
            return str(root / value)
        if not value.removeprefix("preset:").strip():
            raise refuse("after `preset:` the name of a preset is expected")
        return value

    @property
    def settle_seconds(self) -> float:
        """How long a file has to stand still."""
        if self.settle is not None:
            return self.settle.total_seconds()
        return 60.0 if self.watch == "polling" else 30.0

    @property
    def absences(self) -> dict[str, str]:
        """What a missing row means, for every Canvas table."""
        ended = {"enrollments", "xlists", "user_observers", "groups_membership"}
        return {table: self.absent.get(table, "deleted" if table in ended else "keep") for table in CANVAS_TABLES}

    def plain(self) -> dict[str, Any]:
        """Everything as JSON values, for a child process: durations in seconds, times as `HH:MM`, paths as text. No secrets."""
        dumped = self.model_dump(mode="json", by_alias=True)
        return {**dumped, "settle": self.settle_seconds, "absent": self.absences}


def _require_table(table: str) -> None:
    if table not in CANVAS_TABLES:
        raise refuse(f"`{table[:40]}` is not a Canvas table{nearest(table, CANVAS_TABLES)}")
