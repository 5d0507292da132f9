"""The reference of all configuration keys, made from the models: `python -m pipeline.settings.document`."""

import sys
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.settings.feed import Export, Promote
from pipeline.settings.models import Credential, Settings
from pipeline.settings.secret import SecretReference

__all__ = ["REFERENCE", "reference"]

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"

_INTRODUCTION = """# Configuration

All keys of `config/pipeline.yaml`, with what they mean when they are left out. This page is made from the code
(`python -m pipeline.settings.document`).

Every value is read as the text that was typed: `NO`, `22:30` and `00123` mean just that. Durations are written with their
unit (`30s`, `15m`, `6h`, `2d`), times of day as `02:00`, dates as `2026-08-15`, percentages as `5` or `2.5%`. A key with nothing
after it counts as left out. Unknown and repeated keys are refused, with the nearest right one. Relative paths start from the
project folder: the one above `config/`.

A secret is never written here, but named: `env:NAME` is an environment variable (or a line of `.env`), `file:path` is a file
with one line, which only its owner may change and not everybody may read.
"""

_KINDS: dict[Any, str] = {
    str: "text",
    int: "number",
    float: "percentage",
    bool: "true or false",
    timedelta: "duration",
    time: "time of day",
    date: "date",
    Path: "path",
    SecretReference: "reference",
    Export: "`full`, `delta`, `by_manifest`, or these by table",
    Credential: "reference, or `{oauth: {…}}`",
    Promote: "one of `manual`, `when_clean`, `when_no_worse_than N`",
}


_NAMED = {"instances": "instances.NAME", "feeds": "feeds.NAME", "checks": "checks.CODE"}


def reference() -> str:
    """The whole page, Markdown: one table for each kind of section, under all the places where it stands."""
    places: dict[type[BaseModel], list[str]] = {Settings: [""]}
    _gather(Settings, "", places)
    sections = [line for model, found in places.items() for line in _section(model, found)]
    return "\n".join([_INTRODUCTION, *sections])


def _gather(model: type[BaseModel], prefix: str, places: dict[type[BaseModel], list[str]]) -> None:
    for name, field in model.model_fields.items():
        below = _model_in(field.annotation)
        if below is None or below is Promote:
            continue
        key = field.alias or name
        place = f"{prefix}{_NAMED.get(key, key)}{'[]' if _is_list(field.annotation) else ''}"
        places.setdefault(below, []).append(place)
        _gather(below, f"{place}.", places)


def _section(model: type[BaseModel], places: list[str]) -> Iterator[str]:
    yield f"## {_title(places)}\n"
    yield f"{' '.join((model.__doc__ or '').split())}\n"
    if len(places) > 1:
        yield f"Also: {', '.join(f'`{place}`' for place in places[1:])}.\n"
    yield "| key | value | left out | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        if name != "name":
            yield f"| `{field.alias or name}` | {_kind(field.annotation)} | {_default(field)} | {_meaning(field)} |"
    yield ""


def _title(places: list[str]) -> str:
    return f"`{places[0]}`" if places[0] else "Top level"


def _kind(annotation: Any) -> str:
    """What may be written, in words."""
    annotation = _without_none(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    below = _model_in(annotation)
    if annotation in _KINDS:
        return _KINDS[annotation]
    if origin is Literal:
        return "one of " + ", ".join(f"`{word}`" for word in arguments)
    if origin is dict:
        return "keys by name" if below else f"{_kind(arguments[1])} by name"
    if origin is tuple:
        return _LISTS.get(arguments) or ("list of keys" if below else f"list of {_kind(arguments[0])}")
    return "keys"


_LISTS = {(int, Ellipsis): "days: `mon-fri`, `[mon, wed]`, `daily`", (time, time): "hours: `08:00-17:00`"}


def _default(field: FieldInfo) -> str:
    """What holds when the key is left out."""
    if field.is_required():
        return "*required*"
    value = field.get_default(call_default_factory=True)
    if value in ("", (), {}, None):
        return "–"
    shown = next((show(value) for kind, show in _SHOWN.items() if isinstance(value, kind)), None)
    return f"`{shown}`" if shown else "–"


def _days_or_list(value: tuple[Any, ...]) -> str:
    return "daily" if value == tuple(range(7)) else f"[{', '.join(map(str, value))}]"


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds}s"


_SHOWN: dict[type, Callable[[Any], str]] = {
    Promote: lambda value: value.when,
    BaseModel: lambda _value: "",
    bool: lambda value: str(value).lower(),
    timedelta: _duration,
    float: lambda value: f"{value:g}",
    tuple: _days_or_list,
    object: str,
}
"""How a default is written, by the first of these types that it has."""


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split()).replace("|", "\\|")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not get_origin(annotation) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    kept = next(argument for argument in get_args(annotation) if argument is not type(None))
    return get_args(kept)[0] if get_origin(kept) is Annotated else kept


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def main() -> int:
    """Write the page beside the other documents."""
    REFERENCE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{REFERENCE.name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
