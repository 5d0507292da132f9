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
    given = condition.model_dump(exclude_defaults=True, by_alias=True)
    return " and ".join(f"{key} {value}" for key, value in given.items())


def _unknown(mapping: Mapping, message: str) -> SettingsError:
    return SettingsError(
        (Problem(mapping.file, None, message),), remedy="`sis-pipeline mapping list` shows the presets."
    )
