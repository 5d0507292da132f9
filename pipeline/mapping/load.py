"""Loading mappings: from a text, or a preset of the package; with every mistake of meaning named at once."""

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from importlib.resources import files

from pipeline.errors import Problem, SettingsError
from pipeline.mapping.document import Mapping, load_document, nearest
from pipeline.mapping.language import Need
from pipeline.mapping.meaning import problems_of
from pipeline.mapping.yaml_text import parse_yaml

__all__ = ["load_mapping", "load_preset", "option_help", "preset_text", "presets", "reading_rules", "recognise"]

_SUFFIX = ".yaml"


def load_mapping(text: str, file_name: str, options: Dict[str, str] | None = None) -> Mapping:
    """The mapping that a text describes. Raises SettingsError with all its mistakes, each with its line.

    A text that says `verified: no` is a draft; it is refused until a person has gone through it and says `yes`.
    """
    mapping = load_document(text, file_name, options)
    problems = problems_of(mapping)
    if problems:
        raise SettingsError(problems, remedy="The mapping language is described in docs/mapping.md.")
    if not mapping.document.verified:
        raise SettingsError(
            (
                Problem(
                    file_name,
                    mapping.parsed.lines.get(("verified",)),
                    "this mapping is a draft that nobody has verified",
                ),
            ),
            remedy="Copy it, go through it with an export of yours, run its examples, and set `verified: yes` in the copy.",
        )
    return mapping


def presets() -> tuple[str, ...]:
    """The names of the presets in the package."""
    folder = files("pipeline.mapping").joinpath("presets")
    return tuple(sorted(item.name.removesuffix(_SUFFIX) for item in folder.iterdir() if item.name.endswith(_SUFFIX)))


def preset_text(name: str) -> str:
    """A preset's YAML, to be copied and changed. Raises SettingsError for a name that is none."""
    if name not in presets():
        message = f'there is no preset "{name}".{nearest(name, presets())}'
        raise SettingsError((Problem("preset", None, message),), remedy=f"Presets: {', '.join(presets())}.")
    return files("pipeline.mapping").joinpath("presets", name + _SUFFIX).read_text(encoding="utf-8")


def load_preset(name: str, options: Dict[str, str] | None = None) -> Mapping:
    """A preset with these options. One that is like another is that one, with defaults of its own."""
    text = preset_text(name)
    plain = parse_yaml(text, name).plain
    if isinstance(plain, dict) and isinstance(plain.get("like"), str):
        own = plain.get("defaults", {})
        defaults = {key: str(value) for key, value in own.items()} if isinstance(own, dict) else {}
        return load_preset(str(plain["like"]), {**defaults, **(options or {})})
    return load_mapping(text, f"preset:{name}", options)


def option_help(name: str) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Per option of a preset: what it is for, its default, and its choices (none: free text)."""
    declared = load_preset(name).document.options
    return {key: (option.help, option.default, option.choices) for key, option in declared.items()}


def reading_rules(mapping: Mapping) -> dict[str, object]:
    """The plain settings by which `pipeline.sources` finds the mapping's tables: `tables` and `ignores`."""
    document = mapping.document
    return {
        "tables": [_plain_need(name, need) for name, need in document.needs.items()],
        "ignores": list(document.ignores),
    }


def recognise(header_sets: Iterable[Iterable[str]]) -> str | None:
    """The preset for files with these headings: the one whose tables they are; None when no preset fits, or several do.

    header_sets: the headings of each file of a drop.
    """
    headers = [frozenset(heading.strip().casefold() for heading in header) for header in header_sets]
    scores: dict[str, int] = {}
    for name in presets():
        mapping = _needs_of(name)
        hits = sum(any(_fits(header, need) for need in mapping.values()) for header in headers)
        needed = [need for need in mapping.values() if need.get("may_be_absent") not in {"yes", "true"}]
        is_whole = all(any(_fits(header, need) for header in headers) for need in needed)
        if hits and is_whole:
            scores[name] = hits
    best = max(scores.values(), default=0)
    winners = [name for name, score in scores.items() if score == best]
    return winners[0] if len(winners) == 1 else None


def _needs_of(preset: str) -> dict[str, dict[str, object]]:
    parsed = parse_yaml(preset_text(preset), preset).plain
    assert isinstance(parsed, dict)
    needs = parsed.get("needs", {})
    assert isinstance(needs, dict)
    return {name: dict(need) for name, need in needs.items() if isinstance(need, dict)}


def _fits(header: frozenset[str], need: Dict[str, object]) -> bool:
    return _folded(need.get("required")) <= header and not _folded(need.get("forbidden")) & header


def _folded(names: object) -> frozenset[str]:
    return frozenset(str(name).casefold() for name in names) if isinstance(names, list) else frozenset()


def _plain_need(name: str, need: Need) -> dict[str, object]:
    return {
        "name": name,
        "required": list(need.required),
        "optional": list(need.optional),
        "aliases": {column: list(others) for column, others in need.aliases.items()},
        "any_of": [list(group) for group in need.any_of],
        "forbidden": list(need.forbidden),
        "files": list(need.files),
        "positions": list(need.positions),
        "layout": [_layout_column(column, place) for column, place in need.layout.items()],
        "short_rows": need.short_rows,
        "may_be_absent": need.may_be_absent,
        "tell_unread": need.tell_unread,
    }


def _layout_column(column: str, place: str) -> dict[str, object]:
    start, width = place.split()
    return {"name": column, "start": int(start), "width": int(width)}
