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
    """The preset for files with these headings: the one that knows the most of them, and of these the most columns.

    header_sets: the headings of each file of a drop. None when no preset knows any, or two know them equally well.
    """
    headers = [frozenset(_plain(heading) for heading in header) for header in header_sets]
    scores: dict[str, tuple[int, int]] = {}
    for name in presets():
        needs = _needs_of(name)
        hits = [max((_columns_found(header, need) for need in needs), default=0) for header in headers]
        if any(hits):
            scores[name] = (sum(hit > 0 for hit in hits), sum(hits))
    best = max(scores.values(), default=(0, 0))
    winners = [name for name, score in scores.items() if score == best]
    return winners[0] if len(winners) == 1 else None


def _needs_of(preset: str) -> list[Need]:
    """The source tables of a preset; none for one that is another under its own name."""
    parsed = parse_yaml(preset_text(preset), preset).plain
    needs = parsed.get("needs", {}) if isinstance(parsed, dict) else {}
    return [Need.model_validate(need) for need in needs.values()] if isinstance(needs, dict) else []


def _columns_found(header: frozenset[str], need: Need) -> int:
    """How many columns of a source table stand in a header; 0 when it is another table."""

    def has(column: str) -> bool:
        return any(_plain(heading) in header for heading in (column, *need.aliases.get(column, ())))

    is_whole = all(has(column) for column in need.required) and all(
        any(has(column) for column in group) for group in need.any_of
    )
    if not is_whole or any(_plain(column) in header for column in need.forbidden):
        return 0
    return sum(has(column) for column in (*need.required, *need.optional))


def _plain(heading: str) -> str:
    """A heading without case, blanks and punctuation, as the readers compare them."""
    return "".join(character for character in heading.casefold() if character.isalnum())


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
