"""`check` of Canvas CSVs that any tool made: Canvas's messages to the letter, and what it would not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.canvas.file_types import column_notes
from pipeline.checks.catalogue import CodeInfo, RowRule, code_of, codes
from pipeline.checks.findings_json import exit_code
from pipeline.checks.predict.importing import Followed, follow_upload
from pipeline.checks.predict.records import Records
from pipeline.checks.predict.speaking import Said
from pipeline.checks.predict.uploads import ReadEntry, entries_of, read_entry
from pipeline.checks.predict.world import World
from pipeline.checks.row_rules import column_at_fault, failing, look_for_characters
from pipeline.checks.sheet import Sheet, fill
from pipeline.checks.tuning import CheckRules
from pipeline.checks.values import Mask
from pipeline.model.findings import findings_frame, join_findings

__all__ = ["CsvCheck", "check_canvas_csvs"]

SHOWN_COLUMNS = 10  # unknown columns that are named one by one

UNREADABLE = frozenset(
    {"file-not-utf8", "file-malformed-header", "file-malformed", "file-unknown-header", "file-not-csv", "file-broken-archive",
     "file-archive-too-large", "file-too-large", "file-unreadable"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CsvCheck:
    """The findings about some Canvas CSVs.

    files: paths inside the upload, by file_no; rows: data rows; is_unreadable: a file could not be read.
    """

    findings: pd.DataFrame
    files: tuple[str, ...]
    rows: int
    is_unreadable: bool = False

    @property
    def exit_code(self) -> int:
        """0 clean or remarks only, 4 rows would be refused, 3 a person would have to decide, 1 a file cannot be read."""
        return exit_code(self.findings, is_unreadable=self.is_unreadable)


def check_canvas_csvs(
    paths: Sequence[Path],
    known_paths: Sequence[Path] = (),
    *,
    version: str = "current",
    rules: CheckRules | None = None,
    work: Path | None = None,
) -> CsvCheck:
    """What Canvas would say of CSV files, and what it would not say, as findings.

    paths: files, folders and zips, taken as one upload; known_paths: what Canvas accepted before, each an upload of its own,
    in order; version: `current` or `2022`; work: not needed, nothing is unpacked to disk. Canvas is taken to hold nothing else.
    """
    del work
    tuning = rules or CheckRules()
    world = World(version)
    world.is_lenient = True
    unreadable: list[str] = []
    for known in known_paths:
        accepted = [read_entry(entry) for entry in entries_of([known])]
        unreadable += [known.name for entry in accepted if entry.problem in UNREADABLE]
        follow_upload(world, _importable(accepted), CheckRules())
    world.is_lenient = False
    entries = [read_entry(entry) for entry in entries_of(paths)]
    followed = iter(follow_upload(world, _importable(entries), tuning))
    findings = [
        _file_findings(number, entry, next(followed) if entry.records is not None else None, tuning)
        for number, entry in enumerate(entries)
    ]
    files = (*(entry.name for entry in entries), *unreadable)
    findings += [
        _whole_file(code_of("file-known-unreadable"), number, tuning) for number in range(len(entries), len(files))
    ]
    return CsvCheck(
        join_findings(findings),
        files,
        sum(entry.records.counted for entry in entries if entry.records),
        bool(unreadable) or any(entry.problem in UNREADABLE for entry in entries),
    )


def _whole_file(info: CodeInfo, number: int, tuning: CheckRules) -> pd.DataFrame:
    found = join_findings([part for part in [_file_finding(info, "", tuning)] if part is not None])
    return found.assign(file_no=np.full(len(found), number, dtype=np.int32))


def _importable(entries: Sequence[ReadEntry]) -> list[tuple[str, Records]]:
    return [(entry.kind.name, entry.records) for entry in entries if entry.kind and entry.records is not None]


def _file_findings(number: int, entry: ReadEntry, followed: Followed | None, tuning: CheckRules) -> pd.DataFrame:
    """All findings of one file."""
    parts = []
    if entry.problem:
        parts.append(_file_finding(code_of(entry.problem), entry.name, tuning))
    if followed is not None and entry.records is not None:
        parts += [_file_finding(info, value, tuning) for info, value in _about_columns(entry, entry.records)]
        parts.append(_row_findings(followed))
    found = join_findings([part for part in parts if part is not None])
    is_upload = not entry.name
    return found.assign(file_no=np.full(len(found), -1 if is_upload else number, dtype=np.int32))


def _file_finding(info: CodeInfo, value: str, tuning: CheckRules) -> pd.DataFrame | None:
    own = tuning.applied(info)
    if own is None:
        return None
    texts: dict[str, str | pd.Series] = {
        "code": own.code,
        "severity": str(own.severity),
        "consequence": str(own.consequence),
        "value": value if "{value}" in own.message else "",
        "message": own.message.replace("{value}", value),
        "remedy": own.remedy,
        "canvas_message": own.says,
        "canvas_severity": ("warning" if own.rule == "FILE-05" else "error") if own.says else "",
    }
    return findings_frame(1, texts)


def _about_columns(entry: ReadEntry, records: Records) -> list[tuple[CodeInfo, str]]:
    """What is odd about a file's columns, with the heading concerned."""
    assert entry.kind is not None  # a file with records has a type
    found, unknown = [], []
    for name in dict.fromkeys(records.header):
        wanted = (entry.kind.name, name.strip()) in column_notes()
        if wanted and name != name.strip():
            found.append((code_of("file-column-lost"), name))
        elif not wanted and name.strip():
            unknown.append(name)
    if len(unknown) > SHOWN_COLUMNS:
        unknown = [f"{', '.join(unknown[:SHOWN_COLUMNS])} … ({len(unknown)} columns)"]
    found += [(code_of("file-unknown-column"), name) for name in unknown]
    if records.long:
        found.append((code_of("file-long-rows"), ""))
    if not records.counted:
        found.append((code_of("file-header-only"), ""))
    return found


def _row_findings(followed: Followed) -> pd.DataFrame:
    """The findings of one file's rows: Canvas's own first checks, dates, our own checks, then what later checks would say."""
    sheet, reached = followed.sheet, followed.reached()
    for number, rule in enumerate(followed.rules):
        _report_reached(sheet, rule, followed.ended == number, reached)
    if followed.date_rule is not None:
        _report_reached(sheet, followed.date_rule, followed.bad_dates, reached)
    going = followed.ended < 0
    for rule in sheet.rules.rules:
        if not rule.info.rule:
            sheet.report(rule.info, failing(sheet, rule) & going, column=column_at_fault(sheet, rule))
    look_for_characters(sheet, ~going)
    _report_said(sheet, followed.said)
    if followed.crashed_at is not None:
        mask = np.zeros(len(sheet), dtype=bool)
        mask[followed.crashed_at] = True
        sheet.report(code_of("file-breaks-off"), mask, without_row=True)
    return sheet.findings()


def _report_reached(sheet: Sheet, rule: RowRule, mask: Mask, reached: Mask) -> None:
    """Report a rule; of rows that Canvas never comes to, it says nothing."""
    if mask.any():
        column = column_at_fault(sheet, rule)
        sheet.report(rule.info, mask & reached, column=column)
        sheet.report(rule.info, mask & ~reached, column=column, says="")


def _report_said(sheet: Sheet, said: Sequence[Said]) -> None:
    """Messages of later checks as findings, grouped by code; a second message of one code on one row makes a group of its own."""
    groups: dict[tuple[str, bool, int], dict[int, str]] = {}
    for one in said:
        code, turn = _code_for(sheet, one), 0
        while one.about in groups.setdefault((code, one.at is None, turn), {}):
            turn += 1
        groups[code, one.at is None, turn][one.about] = one.text
    for (code, without_row, _), texts in groups.items():
        at = np.fromiter(texts, dtype=np.int64)
        mask = np.zeros(len(sheet), dtype=bool)
        mask[at] = True
        column = np.full(len(sheet), "", dtype=object)
        column[at] = list(texts.values())
        extra = {"said": pa.array(column, pa.string())}
        sheet.report(code_of(code), mask, extra=extra, says="{said}", without_row=without_row)


def _code_for(sheet: Sheet, said: Said) -> str:
    """Our code of a message: by its rule, and where several share one, by the text."""
    candidates = [info for info in codes() if info.rule == said.rule and info.table in {sheet.rules.table, "*"}]
    if len(candidates) > 1:
        at = pa.array([said.about])
        values = {name: sheet.column(name).take(at) for name in sheet.frame.columns if name in sheet.text_columns}
        for info in candidates:
            if fill(info.says, values, 1)[0].as_py() == said.text and not info.is_of_csv:
                return info.code
        return next((info.code for info in reversed(candidates) if info.is_of_csv), candidates[0].code)
    return candidates[0].code
