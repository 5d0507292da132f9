"""Where a Canvas column's values come from, in words, from the mapping itself."""

from pipeline.errors import Problem, SettingsError
from pipeline.mapping.document import Mapping, nearest
from pipeline.mapping.language import Branch, Condition, Step, Value

__all__ = ["explain"]


def explain(mapping: Mapping, column: str) -> str:
    """Where the values of `table.column` come from, one line per kind of row that makes it.

    Raises SettingsError for a table or column that the mapping does not make, with the nearest name.
    """
    table, _, name = column.partition(".")
    made = mapping.document.canvas
    if table not in made:
        raise _unknown(mapping, f'it makes no table "{table}".{nearest(table, made)}')
    producers = [producer for producer in made[table].rows if name in producer.columns]
    if name in made[table].clear:
        return f"{column}: always blank; the mapping clears it in Canvas."
    if not producers:
        names = sorted({one for producer in made[table].rows for one in producer.columns})
        raise _unknown(mapping, f'it does not map "{column}"; what Canvas has is kept.{nearest(name, names)}')
    lines = []
    for producer in producers:
        lines.append(f"{column}, from each row of {producer.source}: {_value(producer.columns[name])}")
        lines += [
            f"  {found} is the row of {lookup.table} whose {', '.join(lookup.key)} is "
            f"{', '.join(_value(value) for value in lookup.value)}; where there is none: {lookup.missing}"
            for found, lookup in producer.lookups.items()
        ]
        if producer.where is not None:
            lines.append(f"  only rows where {_condition(producer.where)}")
    return "\n".join(lines)


def _value(value: Value) -> str:
    text = _source(value)
    if value.codes:
        text += f", by the code list {value.codes}"
    return text + "".join(f", {_step(step)}" for step in value.then)


def _source(value: Value) -> str:
    if value.column is not None:
        return f"column {value.column}"
    if value.text is not None:
        return f'always "{value.text}"'
    if value.template is not None:
        return f'the text "{value.template}"'
    if value.join is not None:
        return f'{" and ".join(_value(one) for one in value.join)}, joined by "{value.by}"'
    if value.first_of is not None:
        return f"the first that is not blank of: {'; '.join(_value(one) for one in value.first_of)}"
    branches = [_branch(branch) for branch in value.when or ()]
    rest = f"; else {_value(value.otherwise)}" if value.otherwise is not None else ""
    return "; ".join(branches) + rest


def _branch(branch: Branch) -> str:
    return f"if {_condition(branch.test)}: {_value(branch.value)}"


def _step(step: Step) -> str:
    settings = "".join(f" {name}={value}" for name, value in step.settings.items())
    return f"{step.name}{' ' + step.argument if step.argument else ''}{settings}"


def _condition(condition: Condition) -> str:
    """A test in words."""
    parts = [" and ".join(f"({_condition(one)})" for one in condition.all)] if condition.all else []
    parts += [" or ".join(f"({_condition(one)})" for one in condition.any)] if condition.any else []
    parts += [f"not ({_condition(one)})" for one in condition.none]
    tests = [*_cell_tests(condition), *_row_tests(condition)]
    return " and ".join([*parts, *tests])


def _cell_tests(condition: Condition) -> list[str]:
    """Tests of one value."""
    cell = f"column {condition.column}" if condition.column else _value(condition.value) if condition.value else ""
    cell += "".join(f", {_step(step)}," for step in condition.then)
    tests = []
    if condition.equals is not None:
        tests.append(f'{cell} is "{condition.equals}"')
    if condition.one_of is not None:
        tests.append(f"{cell} is one of {', '.join(condition.one_of)}")
    if condition.not_one_of is not None:
        tests.append(f"{cell} is none of {', '.join(condition.not_one_of)}")
    if condition.is_blank is not None:
        tests.append(f"{cell} is {'' if condition.is_blank else 'not '}blank")
    if condition.matches is not None:
        tests.append(f"{cell} has the form {condition.matches}")
    if condition.before_today is not None:
        tests.append(f"{cell} is before today")
    if condition.by_today is not None:
        tests.append(f"{cell} has come, or is blank")
    if condition.same_as is not None:
        tests.append(f"{cell} is the same as {_value(condition.same_as)}")
    return tests


def _row_tests(condition: Condition) -> list[str]:
    """Tests of a look-up."""
    tests = [f"{condition.found} was found"] if condition.found else []
    return tests + ([f"{condition.not_found} was not found"] if condition.not_found else [])


def _unknown(mapping: Mapping, message: str) -> SettingsError:
    return SettingsError(
        (Problem(mapping.file, None, message),), remedy="`sis-pipeline mapping list` shows the presets."
    )
