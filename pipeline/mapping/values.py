"""The cells of a column, worked out for all rows at once; and the tests of rows. What fails is a fault with its rows."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DropError
from pipeline.mapping.dates import canvas_time, contradicting, parse_date
from pipeline.mapping.faults import Fault, Said, fault_of
from pipeline.mapping.language import CodeMap, Condition, DateRule, Derived, Document, Producer, Step, Value
from pipeline.mapping.operators import OPERATORS, apply_each, over_uniques
from pipeline.mapping.rows import Mask, Rows, constant
from pipeline.mapping.trees import circles, climb, common_parent
from pipeline.model.findings import Severity

__all__ = ["PARTS", "Context", "asked_of", "columns_of", "evaluate", "is_available", "test_rows"]

PARTS = re.compile(r"\{([^{}]+)\}")  # the columns named in a template


@dataclass(frozen=True, slots=True)
class Context:
    """What values may ask for beside their rows.

    table: gives a source or derived table by name; remarks: code, table and message of what is met on the way.
    """

    document: Document
    zone: ZoneInfo
    today: date
    table: Callable[[str], Rows]
    remarks: set[tuple[str, str, str]]
    faults: list[Fault] = field(default_factory=list)

    def apart(self) -> "Context":
        """The same with faults of its own."""
        return replace(self, faults=[])


def evaluate(rows: Rows, value: Value, context: Context) -> pa.Array:
    """The cells of a value for every row, as text; faults are added to the context's."""
    column = _source(rows, value, context)
    names = columns_of(value)
    name = names[0] if names else ""
    steps = (*value.then, Step(name="codes", argument=value.codes)) if value.codes else value.then
    for step in steps:
        column = _apply(column, step, name, context)
    return column


def columns_of(value: Value) -> tuple[str, ...]:
    """The columns that a value names, in order."""
    if value.column is not None:
        return (value.column,)
    if value.template is not None:
        return tuple(PARTS.findall(value.template))
    inner: list[Value] = [*(value.join or ()), *(value.first_of or ())]
    inner += [branch.value for branch in value.when or ()]
    if value.otherwise is not None:
        inner.append(value.otherwise)
    return tuple(dict.fromkeys(name for one in inner for name in columns_of(one)))


def asked_of(plan: Derived | Producer, alias: str) -> tuple[str, ...]:
    """The columns of a look-up's table that a plan of rows asks for, sorted."""
    names = [name for lookup in plan.lookups.values() for value in lookup.value for name in _all_columns(value)]
    names += [name for value in plan.columns.values() for name in _all_columns(value)]
    names += _tested_columns(plan.where) if plan.where is not None else []
    own = alias + "."
    return tuple(sorted({name.removeprefix(own) for name in names if name.startswith(own)}))


def _all_columns(value: Value) -> list[str]:
    """The columns that a value names, those in its conditions too."""
    found = list(columns_of(value))
    for branch in value.when or ():
        found += [*_tested_columns(branch.test), *_all_columns(branch.value)]
    for inner in (*(value.join or ()), *(value.first_of or ()), *([value.otherwise] if value.otherwise else [])):
        found += _all_columns(inner)
    return found


def _tested_columns(test: Condition) -> list[str]:
    found = [test.column] if test.column is not None else []
    for inner in (*test.all, *test.any, *test.none):
        found += _tested_columns(inner)
    for value in (test.value, test.same_as):
        found += _all_columns(value) if value is not None else []
    return found


def is_available(rows: Rows, value: Value, document: Document) -> bool:
    """Whether the files have what a value needs: a Canvas column made from an absent column alone is absent too.

    A value that says what a blank means has all that it needs.
    """
    names = columns_of(value)
    steps = {step.name: step.argument for step in value.then}
    codes = value.codes or steps.get("codes", "")
    says_blank = "default" in steps or (codes and document.codes[codes].blank.startswith("="))
    if value.when is not None or value.text is not None or not names or says_blank:
        return True
    return any(rows.has(name) for name in names)


def _source(rows: Rows, value: Value, context: Context) -> pa.Array:
    if value.column is not None:
        return rows.column(value.column)
    if value.text is not None:
        return constant(value.text, len(rows))
    if value.template is not None:
        return _template(rows, value.template)
    if value.join is not None:
        return _joined([evaluate(rows, one, context) for one in value.join], value.by)
    if value.first_of is not None:
        return _first_of(rows, value.first_of, context)
    return _when(rows, value, context)


def _template(rows: Rows, template: str) -> pa.Array:
    """The text with its columns filled in; blank as soon as one of them is blank, so that no half id comes about."""
    pieces = re.split(r"\{[^{}]+\}", template)
    columns = [rows.column(name) for name in PARTS.findall(template)]
    if not columns:
        return constant(template, len(rows))
    parts: list[object] = [pieces[0]] if pieces[0] else []
    for column, piece in zip(columns, pieces[1:], strict=True):
        parts.append(column)
        if piece:
            parts.append(piece)
    text = pc.binary_join_element_wise(*parts, "")
    blank = None
    for column in columns:
        if pc.min(pc.binary_length(column)).as_py() == 0:
            is_blank = pc.equal(column, "")
            blank = is_blank if blank is None else pc.or_(blank, is_blank)
    return text if blank is None else pc.if_else(blank, "", text)


def _joined(parts: list[pa.Array], by: str) -> pa.Array:
    """The filled parts with a text between them."""
    result, *others = parts
    for part in others:
        both = pc.binary_join_element_wise(result, part, by)  # Arrow's own skipping of nulls loses rows of nulls alone
        result = pc.if_else(pc.equal(part, ""), result, pc.if_else(pc.equal(result, ""), part, both))
    return result


def _first_of(rows: Rows, values: tuple[Value, ...], context: Context) -> pa.Array:
    result, open_rows = constant("", len(rows)), np.ones(len(rows), bool)
    for value in values:
        apart = context.apart()
        column = evaluate(rows, value, apart)
        context.faults.extend(fault.narrowed(open_rows) for fault in apart.faults)
        result = pc.if_else(pa.array(open_rows), column, result)
        open_rows &= pc.equal(column, "").to_numpy(zero_copy_only=False)
        if not open_rows.any():
            break
    return result


def _when(rows: Rows, value: Value, context: Context) -> pa.Array:
    result, open_rows = constant("", len(rows)), np.ones(len(rows), bool)
    cases = [(branch.test, branch.value) for branch in value.when or ()]
    for test, inner in cases:
        chosen = open_rows & test_rows(rows, test, context)
        result = _branch(rows, inner, result, chosen, context)
        open_rows &= ~chosen
    if value.otherwise is not None:
        result = _branch(rows, value.otherwise, result, open_rows, context)
    return result


def _branch(rows: Rows, value: Value, result: pa.Array, chosen: Mask, context: Context) -> pa.Array:
    if not chosen.any():
        return result
    apart = context.apart()
    column = evaluate(rows, value, apart)
    context.faults.extend(fault.narrowed(chosen) for fault in apart.faults)
    return pc.if_else(pa.array(chosen), column, result)


def _apply(column: pa.Array, step: Step, name: str, context: Context) -> pa.Array:
    if step.name == "codes":
        return _decode(column, context.document.codes[step.argument], step.argument, name, context)
    if step.name == "date":
        rule_name = step.argument or step.settings.get("as", "")
        return _dates(column, context.document.dates[rule_name], step, name, context)
    if step.name == "climb":
        _tell_circles(step, context)
        return climb(column, step.settings, context.table)
    if step.name == "common_parent":
        return _common_parent(column, step, name, context)
    operator = OPERATORS[step.name]
    if operator.whole is not None:
        return operator.whole(column, step)
    assert operator.each is not None
    return apply_each(column, step, operator.each)


def _decode(column: pa.Array, codes: CodeMap, list_name: str, name: str, context: Context) -> pa.Array:
    """A code list. Unknown codes are never taken for active: they refuse their rows, or do what `otherwise` says."""
    table = {_folded(code, codes): text for code, text in codes.map.items()}
    skip = {_folded(code, codes) for code in codes.skip}
    encoded = column.dictionary_encode()
    results = [_decoded(text, _folded(text, codes), table, skip, codes) for text in encoded.dictionary.to_pylist()]
    fates = {kind: [fate == kind for _, fate in results] for kind in ("skip", "refuse", "tell", "blank")}
    decoded = pa.array([text for text, _ in results], pa.string()).take(encoded.indices)
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    remedy = "Add the code to the mapping, with what it means, or mend it in the export."
    unknown = f'The code "{{value}}" in "{name}" is not in the code list "{list_name}"'
    said = {
        "skip": Said("code-skipped", name, ""),
        "refuse": Said("code-unknown", name, unknown + ".", remedy),
        "tell": Said("code-left-blank", name, unknown + "; it was left blank.", remedy, Severity.WARNING),
        "blank": Said(
            "code-blank", name, f'"{name}" is blank, and "{list_name}" does not say what that means.', remedy
        ),
    }
    for kind, marks in fates.items():
        if any(marks):
            how = "refuse" if kind == "blank" else kind
            context.faults.append(fault_of(how, np.asarray(marks, bool)[indices], column, said[kind]))
    return decoded


def _folded(code: str, codes: CodeMap) -> str:
    return code.casefold() if codes.ignore_case else code


def _decoded(text: str, key: str, table: dict[str, str], skip: set[str], codes: CodeMap) -> tuple[str, str]:
    """What a code becomes, and what that means for its rows: "" goes on, skip, refuse or blank."""
    if key in table:
        return table[key], ""
    if key in skip:
        return "", "skip"
    rule = codes.otherwise if text else codes.blank
    if rule.startswith("="):
        return rule[1:], ""
    if rule == "keep" or (not text and not rule):
        return text, ""
    if rule in {"skip", "tell"}:
        return "", rule
    return "", "refuse" if text else "blank"


def _dates(column: pa.Array, rule: DateRule, step: Step, name: str, context: Context) -> pa.Array:
    at = step.settings.get("at", "start")

    def work(texts: Sequence[str]) -> tuple[list[str], list[bool]]:
        wrong = contradicting(texts, rule)
        if wrong is not None:
            raise DropError(
                f'"{name}": "{wrong}" cannot be {rule.formats[0]}, as this source was set up. Nothing was imported.',
                code="dates-contradict",
                remedy="Correct the declared order of day and month in the mapping.",
            )
        result, bad = [], []
        for text in texts:
            moment = None if not text or text in rule.none else parse_date(text, rule)
            result.append(canvas_time(moment, context.zone, at) if moment else "")
            bad.append(bool(text) and text not in rule.none and moment is None)
        return result, bad

    result, mask = over_uniques(column, work)
    if mask is not None:
        said = Said("date-unreadable", name, f'"{{value}}" in "{name}" is not a date.', "Write the date as declared.")
        context.faults.append(fault_of("refuse", mask, column, said))
    return result


def _tell_circles(step: Step, context: Context) -> None:
    """Rows that are above themselves (M75)."""
    for one in circles(step.settings, context.table):
        name = step.settings["tree"]
        message = (
            f'"{one}" in {name} names itself as a parent, at once or by way of others. It was treated as having none.'
        )
        context.remarks.add(("parent-circle", name, message))


def _common_parent(column: pa.Array, step: Step, name: str, context: Context) -> pa.Array:
    _tell_circles(step, context)
    result, mask = common_parent(column, step.settings, context.table)
    if mask is not None:
        said = Said(
            "terms-ambiguous",
            name,
            f'"{{value}}" in "{name}" names several terms, and none of them holds the others.',
            "Decide in the mapping which term such rows belong to, or mend the export.",
            Severity.HOLD,
        )
        context.faults.append(fault_of("refuse", mask, column, said))
    return result


def test_rows(rows: Rows, test: Condition, context: Context) -> Mask:
    """Which rows a condition holds for."""
    result = np.ones(len(rows), bool)
    for inner in test.all:
        result &= test_rows(rows, inner, context)
    if test.any:
        result &= np.logical_or.reduce([test_rows(rows, inner, context) for inner in test.any])
    for inner in test.none:
        result &= ~test_rows(rows, inner, context)
    if test.found is not None:
        result &= rows.found[test.found].picks >= 0
    if test.not_found is not None:
        result &= rows.found[test.not_found].picks < 0
    if test.column is None and test.value is None:
        return result
    value = test.value or Value(column=test.column)
    column = evaluate(rows, value, context)
    for step in test.then:
        column = _apply(column, step, test.column or "", context)
    return result & _compare(rows, column, test, context)


test_rows.__test__ = False  # type: ignore[attr-defined]  # pytest must not take it for a test


def _compare(rows: Rows, column: pa.Array, test: Condition, context: Context) -> Mask:
    masks: list[pa.Array] = []
    if test.equals is not None:
        masks.append(pc.equal(column, test.equals))
    if test.one_of is not None:
        masks.append(pc.is_in(column, value_set=pa.array(test.one_of, pa.string())))
    if test.not_one_of is not None:
        masks.append(pc.invert(pc.is_in(column, value_set=pa.array(test.not_one_of, pa.string()))))
    if test.is_blank is not None:
        blank = pc.equal(column, "")
        masks.append(blank if test.is_blank else pc.invert(blank))
    if test.matches is not None:
        masks.append(pc.and_(pc.match_substring_regex(column, test.matches), pc.not_equal(column, "")))
    if test.same_as is not None:
        masks.append(pc.equal(column, evaluate(rows, test.same_as, context)))
    if test.before_today is not None:
        masks.append(_is_past(column, context.document.dates[test.before_today], context))
    if test.by_today is not None:
        masks.append(_has_come(column, context.document.dates[test.by_today], context))
    result = np.ones(len(rows), bool)
    for mask in masks:
        result &= mask.to_numpy(zero_copy_only=False)
    return result


def _is_past(column: pa.Array, rule: DateRule, context: Context) -> pa.Array:
    """Whether the day of each cell is over; a cell without a day is not."""
    encoded = column.dictionary_encode()
    days = [_day(text, rule) for text in encoded.dictionary.to_pylist()]
    return pa.array([day is not None and day < context.today for day in days], pa.bool_()).take(encoded.indices)


def _has_come(column: pa.Array, rule: DateRule, context: Context) -> pa.Array:
    """Whether the day of each cell is today or over; a cell without a day counts as come."""
    encoded = column.dictionary_encode()
    days = [_day(text, rule) for text in encoded.dictionary.to_pylist()]
    return pa.array([day is None or day <= context.today for day in days], pa.bool_()).take(encoded.indices)


def _day(text: str, rule: DateRule) -> date | None:
    moment = None if not text or text in rule.none else parse_date(text, rule)
    return moment.day if moment else None
