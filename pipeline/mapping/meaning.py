"""What a well-formed mapping says wrong: tables, columns, code lists, dates, operators and options that do not exist."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.canvas.file_types import file_types
from pipeline.canvas.identity import KEYS
from pipeline.errors import Problem
from pipeline.mapping.dates import FORMATS
from pipeline.mapping.document import Mapping, nearest
from pipeline.mapping.language import Condition, Derived, Lookup, Merge, Need, Producer, Rows, Step, Value, Winner
from pipeline.mapping.operators import OPERATORS
from pipeline.mapping.trees import CLIMB_SETTINGS, COMMON_SETTINGS
from pipeline.mapping.values import columns_of
from pipeline.mapping.yaml_text import Path

__all__ = ["columns_known", "problems_of"]

_SPECIAL = {
    "codes": "text",
    "date": "as, at",
    "climb": ", ".join(CLIMB_SETTINGS),
    "common_parent": ", ".join(COMMON_SETTINGS),
}
_AT = ("start", "end", "before", "time", "end_time")


@dataclass(slots=True)
class _Check:
    """Walks through a mapping and collects problems. path: where it is, for the line."""

    mapping: Mapping
    problems: list[Problem] = field(default_factory=list)

    def say(self, path: Path, message: str) -> None:
        """Note a mistake at a path of the document."""
        problem = Problem(self.mapping.file, self.mapping.line(path), message)
        if problem not in self.problems:
            self.problems.append(problem)

    def must_know(self, path: Path, kind: str, name: str, known: Collection[str]) -> bool:
        """Say that a name is unknown, with the nearest right one; whether it is known."""
        if name in known:
            return True
        self.say(path, f'there is no {kind} "{name}".{nearest(name, list(known))}')
        return False


def problems_of(mapping: Mapping) -> tuple[Problem, ...]:
    """Every mistake of meaning, in the order of the file."""
    check = _Check(mapping)
    document = mapping.document
    for name, need in document.needs.items():
        _check_need(check, name, need)
    for name, rule in document.dates.items():
        for one in rule.formats:
            check.must_know(("dates", name, "formats"), "date format", one, list(FORMATS))
    for name, derived in document.tables.items():
        _check_derived(check, name, derived)
    for name, codes in document.codes.items():
        for code in set(codes.skip) & set(codes.map):
            check.say(("codes", name), f'the code "{code}" is both mapped and skipped')
    _check_canvas(check)
    _check_circles(check)
    return tuple(sorted(check.problems, key=lambda problem: problem.line or 0))


def _check_need(check: _Check, name: str, need: Need) -> None:
    wanted = {*need.required, *need.optional}
    named = [*need.aliases, *(one for group in need.any_of for one in group), *need.layout]
    for column in (*named, *(column for column in need.blank_words if column != "*")):
        check.must_know(("needs", name), f"column of {name}", column, wanted)
    for column, place in need.layout.items():
        if not re.fullmatch(r"[1-9]\d*\s+[1-9]\d*", place):
            check.say(("needs", name, "layout", column), f'"{column}" needs a start and a width, e.g. `12 8`')


def columns_known(mapping: Mapping, table: str, above: frozenset[str] = frozenset()) -> frozenset[str]:
    """The columns that a source or derived table can have. above: the tables that ask, for circles."""
    document = mapping.document
    if table in document.needs:
        need = document.needs[table]
        return frozenset((*need.required, *need.optional))
    derived = document.tables.get(table)
    if derived is None:
        return frozenset()
    own = (
        set(derived.columns)
        | set(derived.count)
        | set(derived.returns)
        | ({derived.split.to} if derived.split else set())
    )
    for other in (*derived.union, derived.source):
        if other and other not in above:
            own |= columns_known(mapping, other, above | {table, other})
    return frozenset(own)


def _tables(check: _Check) -> list[str]:
    return [*check.mapping.document.needs, *check.mapping.document.tables]


def _check_derived(check: _Check, name: str, derived: Derived) -> None:
    path: Path = ("tables", name)
    if name in check.mapping.document.needs:
        check.say(path, f'"{name}" is already a table of `needs`')
    if bool(derived.source) + bool(derived.union) + bool(derived.sql) + bool(derived.python) != 1:
        check.say(path, f'"{name}" needs exactly one of from, union, sql, python')
        return
    if (derived.sql or derived.python) and not derived.returns:
        check.say(path, f'"{name}" needs `returns`, the columns that it gives')
    for other in (*derived.union, *derived.takes, *([derived.source] if derived.source else [])):
        if not check.must_know(path, "table", other, _tables(check)):
            return
    _check_derived_columns(check, name, derived)
    if derived.merge is not None:
        _check_merge(check, name, derived.merge)


def _check_derived_columns(check: _Check, name: str, derived: Derived) -> None:
    path: Path = ("tables", name)
    scope = _check_rows(check, path, derived)
    scope = scope.union(*(columns_known(check.mapping, other) for other in derived.union))
    for alias, lookup in derived.lookups.items():
        if lookup.missing == "refuse":
            check.say((*path, "lookups", alias), "a derived table cannot refuse rows: say `missing: blank` or `skip`")
    for column, value in derived.columns.items():
        _check_value(check, (*path, "columns", column), value, scope, derived)
    for column in (one for by in derived.count.values() for one in by):
        check.must_know((*path, "count"), f"column of {name}", column, columns_known(check.mapping, name))


def _check_merge(check: _Check, name: str, merge: Merge) -> None:
    path: Path = ("tables", name, "merge")
    known = columns_known(check.mapping, name)
    if not merge.by:
        check.say(path, "the merge of a derived table needs `by`")
    for column in (*merge.by, *_winner_columns(merge.winner)):
        check.must_know(path, f"column of {name}", column, known)


def _check_canvas(check: _Check) -> None:
    known = {file_type.table: file_type.columns for file_type in file_types() if file_type.table in KEYS}
    for name, table in check.mapping.document.canvas.items():
        path: Path = ("canvas", name)
        if not check.must_know(path, "Canvas table", name, list(known)):
            continue
        for column in table.clear:
            check.must_know((*path, "clear"), f"Canvas column of {name}", column, list(known[name]))
        made: set[str] = set()
        for number, producer in enumerate(table.rows):
            made |= set(producer.columns)
            _check_producer(check, (*path, "rows", number), producer, name, known[name])
        for column in (*table.merge.by, *_winner_columns(table.merge.winner)):
            check.must_know((*path, "merge"), f"column of {name} here", column, made)


def _check_producer(check: _Check, path: Path, producer: Producer, name: str, known: Sequence[str]) -> None:
    if not producer.source:
        check.say(path, "`from` says whose rows these are; it is missing")
        return
    if not check.must_know((*path, "from"), "table", producer.source, _tables(check)):
        return
    scope = _check_rows(check, path, producer)
    for column, value in producer.columns.items():
        if not column.startswith("_"):
            check.must_know((*path, "columns", column), f"Canvas column of {name}", column, known)
        if column in KEYS[name] and value.join is not None:
            check.say(
                (*path, "columns", column),
                "a key is made by a template, which is blank when a part of it is; not by join",
            )
        _check_value(check, (*path, "columns", column), value, scope, producer)


def _check_rows(check: _Check, path: Path, rows: Rows) -> frozenset[str]:
    """The columns that can be named for these rows, after their look-ups and their condition are checked."""
    scope = columns_known(check.mapping, rows.source) if rows.source else frozenset()
    if rows.split is not None:
        check.must_know((*path, "split"), f"column of {rows.source}", rows.split.column, scope)
        scope = scope | {rows.split.to}
    for alias, lookup in rows.lookups.items():
        columns = _check_lookup(check, (*path, "lookups", alias), lookup, scope, rows)
        scope = scope | {f"{alias}.{column}" for column in columns}
    if rows.where is not None:
        _check_condition(check, (*path, "where"), rows.where, scope, rows)
    return scope


def _check_lookup(check: _Check, path: Path, lookup: Lookup, scope: frozenset[str], rows: Rows) -> frozenset[str]:
    if not check.must_know(path, "table", lookup.table, _tables(check)):
        return frozenset()
    columns = columns_known(check.mapping, lookup.table)
    for column in lookup.key:
        check.must_know(path, f"column of {lookup.table}", column, columns)
    if len(lookup.key) != len(lookup.value):
        check.say(path, f"`key` has {len(lookup.key)} columns and `value` has {len(lookup.value)}")
    for value in lookup.value:
        _check_value(check, path, value, scope, rows)
    return columns


def _check_value(check: _Check, path: Path, value: Value, scope: frozenset[str], rows: Rows) -> None:
    if value.when is None and value.join is None and value.first_of is None:
        for column in columns_of(value):
            check.must_know(path, "column", column, scope)
    for inner in (*(value.join or ()), *(value.first_of or ())):
        _check_value(check, path, inner, scope, rows)
    for branch in value.when or ():
        _check_condition(check, path, branch.test, scope, rows)
        _check_value(check, path, branch.value, scope, rows)
    if value.otherwise is not None:
        _check_value(check, path, value.otherwise, scope, rows)
    if value.codes is not None:
        check.must_know(path, "code list", value.codes, list(check.mapping.document.codes))
    for step in value.then:
        _check_step(check, path, step)


def _check_condition(check: _Check, path: Path, test: Condition, scope: frozenset[str], rows: Rows) -> None:
    for inner in (*test.all, *test.any, *test.none):
        _check_condition(check, path, inner, scope, rows)
    for value in (test.value, test.same_as):
        if value is not None:
            _check_value(check, path, value, scope, rows)
    dates = list(check.mapping.document.dates)
    for kind, name, known in (
        ("column", test.column, scope),
        ("look-up", test.found, list(rows.lookups)),
        ("look-up", test.not_found, list(rows.lookups)),
        ("date rule", test.before_today, dates),
        ("date rule", test.by_today, dates),
    ):
        if name is not None:
            check.must_know(path, kind, name, known)
    if test.matches is not None and not _is_pattern(test.matches):
        check.say(path, "`matches` is no valid regular expression")
    for step in test.then:
        _check_step(check, path, step)


def _check_step(check: _Check, path: Path, step: Step) -> None:
    known = {**{name: operator.argument for name, operator in OPERATORS.items()}, **_SPECIAL}
    if not check.must_know(path, "operator", step.name, list(known)):
        return
    takes = known[step.name]
    for setting in step.settings:
        check.must_know(path, f"setting of {step.name}", setting, takes.split(", "))
    if takes in {"text", "number"} and not step.argument:
        check.say(path, f'the operator "{step.name}" needs a {takes}')
    if takes == "number" and step.argument and not step.argument.isdigit():
        check.say(path, f'the operator "{step.name}" needs a number, not "{step.argument}"')
    _SPECIFIC.get(step.name, _no_more)(check, path, step)


def _check_codes(check: _Check, path: Path, step: Step) -> None:
    check.must_know(path, "code list", step.argument, list(check.mapping.document.codes))


def _check_date(check: _Check, path: Path, step: Step) -> None:
    check.must_know(path, "date rule", step.argument or step.settings.get("as", ""), list(check.mapping.document.dates))
    if "at" in step.settings:
        check.must_know(path, "end of the day", step.settings["at"], _AT)


def _check_tree(check: _Check, path: Path, step: Step) -> None:
    for setting in ("tree", "id", "parent") + (("to",) if step.name == "climb" else ("start", "end")):
        if setting not in step.settings:
            check.say(path, f'the operator "{step.name}" needs the setting "{setting}"')
    for setting in ("tree", "to"):
        if setting in step.settings:
            check.must_know(path, "table", step.settings[setting], _tables(check))
    columns = columns_known(check.mapping, step.settings.get("tree", ""))
    for setting in ("id", "parent", "start", "end", "kind"):
        if setting in step.settings and columns:
            check.must_know(path, f"column of {step.settings.get('tree', '')}", step.settings[setting], columns)


def _check_pattern(check: _Check, path: Path, step: Step) -> None:
    if not _is_pattern(step.argument or step.settings.get("pattern", "")):
        check.say(path, f'the operator "{step.name}" has no valid regular expression')


def _no_more(check: _Check, path: Path, step: Step) -> None:
    _ = check, path, step


_SPECIFIC: dict[str, Callable[[_Check, Path, Step], None]] = {
    "codes": _check_codes,
    "date": _check_date,
    "climb": _check_tree,
    "common_parent": _check_tree,
    "extract": _check_pattern,
    "substitute": _check_pattern,
}


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _winner_columns(rules: Sequence[Winner]) -> Iterator[str]:
    for rule in rules:
        yield from rule.prefer
        yield from (name for name in (rule.newest, rule.oldest) if name)


def _check_circles(check: _Check) -> None:
    """Derived tables that need each other can never be made."""
    tables = check.mapping.document.tables
    uses = {
        name: {derived.source, *derived.union, *derived.takes, *(lookup.table for lookup in derived.lookups.values())}
        for name, derived in tables.items()
    }
    done: set[str] = set()
    while True:
        ready = {name for name, others in uses.items() if name not in done and not (others & uses.keys()) - done}
        if not ready:
            break
        done |= ready
    for name in sorted(uses.keys() - done):
        check.say(("tables", name), f'"{name}" depends on itself through other tables')
