"""Tests of single rows, as `rules/*.yaml` name them, over whole columns."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow.compute as pc

from pipeline.checks import values
from pipeline.checks.catalogue import RowRule, code_of
from pipeline.checks.sheet import NUMBERS, Sheet
from pipeline.checks.values import Mask

__all__ = ["apply_row_rules", "check_far_dates", "column_at_fault", "failing", "look_for_characters"]

FIRST_FAULT_ONLY = frozenset({"parse"})  # of these phases Canvas reports a row's first fault and goes to the next row

_FORMULA = r"^[=+\-@\t\r]"
_WIDE = r"[\x{ff01}-\x{ff5e}]"
_DECIMAL = r"^[0-9]+\.0$"
_DAMAGED = r"\x{fffd}|\x{00c3}[\x{0080}-\x{00bf}]|\x{00e2}\x{20ac}"  # replaced, or UTF-8 read as Windows-1252
FAR_YEARS = 15  # beyond so many years a date is doubted

_MANGLED = r"^(?:\d[.,]\d+E\+?\d+|\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{1,2})$"


def apply_row_rules(sheet: Sheet) -> None:
    """Report every fault of single rows: Canvas's own checks in its order, then ours."""
    ended = np.zeros(len(sheet), dtype=bool)
    for rule in sheet.rules.rules:
        mask = failing(sheet, rule) & ~ended
        if rule.phase in FIRST_FAULT_ONLY or rule.info.code.endswith("-nul"):
            ended |= mask
        if mask.any():
            sheet.report(rule.info, mask, column=column_at_fault(sheet, rule))
    look_for_characters(sheet, ended)


def failing(sheet: Sheet, rule: RowRule) -> Mask:
    """Which rows a rule is about: those for which all its tests hold."""
    found = np.ones(len(sheet), dtype=bool)
    for name, arguments in rule.when:
        if not found.any():
            break
        found &= TESTS[name](sheet, arguments)
    return found


def column_at_fault(sheet: Sheet, rule: RowRule) -> str | np.ndarray:
    """The first of the rule's columns, or, where it has two, the one that fails by itself."""
    columns = rule.info.columns
    test, arguments = rule.when[0]
    if len(columns) < 2 or not isinstance(arguments, list) or test not in {"bad_date", "doubtful_date"}:
        return columns[0] if columns else ""
    return np.where(TESTS[test](sheet, columns[0]), columns[0], columns[1]).astype(object)


def look_for_characters(sheet: Sheet, ended: Mask) -> None:
    """Report what cannot be seen in ids and texts, damaged letters, formulas, and ids that a spreadsheet has changed."""
    prefix = sheet.rules.thing.replace(" ", "-")
    for name in _present(sheet, sheet.rules.ids):
        column = sheet.column(name)
        hidden = (values.with_control(column) | values.with_hidden(column)) & ~ended
        sheet.report(code_of(f"{prefix}-hidden-character"), hidden, column=name)
    for name in _present(sheet, sheet.rules.texts):
        column = sheet.column(name)
        sheet.report(code_of(f"{prefix}-control-character"), values.with_control(column) & ~ended, column=name)
        formula = values.to_mask(pc.match_substring_regex(column, _FORMULA))
        sheet.report(code_of(f"{prefix}-formula"), formula & ~ended, column=name)
        if values.has_odd_bytes(column):
            damaged = values.to_mask(pc.match_substring_regex(column, _DAMAGED))
            sheet.report(code_of(f"{prefix}-damaged-letters"), damaged & ~ended, column=name)
    if sheet.rules.key and sheet.has(sheet.rules.key):
        _look_at_key(sheet, prefix, ended)


def _look_at_key(sheet: Sheet, prefix: str, ended: Mask) -> None:
    """Ids that came out of a spreadsheet, a number column, or a keyboard for wide characters."""
    key = sheet.rules.key
    for ending, pattern in (("mangled-id", _MANGLED), ("wide-digits", _WIDE), ("decimal-id", _DECIMAL)):
        found = sheet.matching(key, pattern)
        sheet.report(code_of(f"{prefix}-{ending}"), found & ~ended)


def check_far_dates(sheet: Sheet, today: date) -> None:
    """Report dates that are many years away, of rows that go on."""
    code = f"{sheet.rules.thing}-far-date"
    if code not in sheet.rules.infos:
        return
    for name in _present(sheet, ("start_date", "end_date")):
        moments = values.instants(sheet.column(name))
        middle = datetime(today.year, today.month, 1, tzinfo=UTC).timestamp()
        far = np.abs(moments - middle) > FAR_YEARS * 366 * 86400
        sheet.report(code_of(code), far & ~sheet.refused, column=name)


def _present(sheet: Sheet, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if sheet.has(name)]


def _names(argument: Any) -> list[str]:
    return [argument] if isinstance(argument, str) else list(argument)


def _any_of(test: Callable[[values.Text], Mask]) -> Callable[[Sheet, Any], Mask]:
    """The test on one column or on several, of which one is enough."""

    def on_sheet(sheet: Sheet, argument: Any) -> Mask:
        found = np.zeros(len(sheet), dtype=bool)
        for name in _names(argument):
            if sheet.has(name):
                found |= test(sheet.column(name))
        return found

    return on_sheet


def _blank(sheet: Sheet, argument: Any) -> Mask:
    found = np.ones(len(sheet), dtype=bool)
    for name in _names(argument):
        if sheet.has(name):
            found &= values.blank(sheet.column(name))
    return found


def _filled(sheet: Sheet, argument: Any) -> Mask:
    found = np.ones(len(sheet), dtype=bool)
    for name in _names(argument):
        found &= ~_blank(sheet, name)
    return found


def _any_filled(sheet: Sheet, argument: Any) -> Mask:
    return ~_blank(sheet, argument)


def _like(sheet: Sheet, argument: Any) -> Mask:
    return values.like(sheet.column(argument[0]), argument[1])


def _unlike(sheet: Sheet, argument: Any) -> Mask:
    return ~_like(sheet, argument)


def _longer(sheet: Sheet, argument: Any) -> Mask:
    return values.longer(sheet.column(argument[0]), argument[1]) if sheet.has(argument[0]) else _none(sheet)


def _longer_together(sheet: Sheet, argument: Any) -> Mask:
    """Whether two texts, joined, have more than so many characters."""
    first, second, limit = argument
    lengths = pc.add(pc.utf8_length(sheet.column(first)), pc.utf8_length(sheet.column(second)))
    return values.to_mask(pc.greater(lengths, limit))


def _shorter(sheet: Sheet, argument: Any) -> Mask:
    return values.to_mask(pc.less(pc.utf8_length(sheet.column(argument[0])), argument[1]))


def _none(sheet: Sheet) -> Mask:
    return np.zeros(len(sheet), dtype=bool)


def _nul(sheet: Sheet, _argument: Any) -> Mask:
    found = _none(sheet)
    for name in sheet.frame.columns:
        if name not in NUMBERS:
            column = sheet.column(name)
            if values.has_odd_bytes(column):
                found |= values.to_mask(pc.match_substring(column, "\0"))
    return found


def _backwards(sheet: Sheet, argument: Any) -> Mask:
    start, end = argument
    if not (sheet.has(start) and sheet.has(end)):
        return _none(sheet)
    return np.less(values.instants(sheet.column(end)), values.instants(sheet.column(start)))


def _one_of(sheet: Sheet, argument: Any) -> Mask:
    first, second = argument
    return _blank(sheet, first) ^ _blank(sheet, second)


def _same(sheet: Sheet, argument: Any) -> Mask:
    return values.to_mask(pc.equal(sheet.column(argument[0]), sheet.column(argument[1])))


TESTS: dict[str, Callable[[Sheet, Any], Mask]] = {
    "blank": _blank,
    "filled": _filled,
    "any_filled": _any_filled,
    "like": _like,
    "unlike": _unlike,
    "longer": _longer,
    "longer_together": _longer_together,
    "shorter": _shorter,
    "nul": _nul,
    "not_email": _any_of(values.not_email),
    "unprintable": _any_of(values.unprintable),
    "bad_date": _any_of(values.bad_dates),
    "doubtful_date": _any_of(values.doubtful_dates),
    "backwards": _backwards,
    "one_of": _one_of,
    "same": _same,
}
