"""A mapping file → its typed document: options chosen, every mistake with its line and the nearest right name."""

import difflib
import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from pipeline.errors import Problem, SettingsError
from pipeline.mapping import language
from pipeline.mapping.language import Document
from pipeline.mapping.yaml_text import Path, Plain, YamlText, line_of, parse_yaml

__all__ = ["Mapping", "load_document", "nearest"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][\w-]*)\}")
_REASONS = {
    "missing": "this key is missing",
    "string_type": "must be a word or a text",
    "dict_type": "must be a list of names with values below it",
    "model_type": "must be a list of names with values below it",
    "model_attributes_type": "must be a list of names with values below it",
    "tuple_type": "must be a list",
    "literal_error": "must be one of the words that the reference names",
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, ready to be used.

    options: as chosen; file: its name, for messages; parsed: its text; origins: where each part of the document stands in it.
    """

    document: Document
    file: str
    options: Dict[str, str]
    parsed: YamlText
    origins: Dict[Path, Path] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the mapping is called."""
        return self.document.mapping

    def line(self, path: Path) -> int | None:
        """The line of a part of the document, or of the nearest thing above it."""
        return line_of(self.parsed, _origin(path, self.origins))


def nearest(name: str, known: object) -> str:
    """` Did you mean "x"?` for the known name that is most like it, "" when none is."""
    names = [str(one) for one in known] if isinstance(known, (list, tuple, set, frozenset, dict)) else []
    lowered = {one.casefold(): one for one in names}
    found = difflib.get_close_matches(name.casefold(), lowered, n=1, cutoff=0.6)
    return f' Did you mean "{lowered[found[0]]}"?' if found else ""


def load_document(text: str, file: str, options: Dict[str, str] | None = None) -> Mapping:
    """The mapping that a text describes, with these options. Raises SettingsError with every mistake of form."""
    parsed = parse_yaml(text, file)
    if not isinstance(parsed.plain, dict):
        raise SettingsError((Problem(file, 1, "a mapping begins with `mapping: NAME`"),))
    chosen = _options(parsed, options or {})
    moved: dict[Path, Path] = {}
    plain = _Chooser(parsed, chosen, moved).resolve(parsed.plain, (), ())
    try:
        document = Document.model_validate(plain)
    except ValidationError as exc:
        raise SettingsError(_problems(exc, parsed, moved)) from None  # pydantic's text may show what was typed
    return Mapping(document, file, chosen, parsed, moved)


def _options(parsed: YamlText, given: Dict[str, str]) -> dict[str, str]:
    assert isinstance(parsed.plain, dict)
    declared = parsed.plain.get("options", {})
    declared = declared if isinstance(declared, dict) else {}
    problems = [
        Problem(parsed.file, None, f'the mapping has no option "{name}".{nearest(name, declared)}')
        for name in given
        if name not in declared
    ]
    chosen: dict[str, str] = {}
    for name, said in declared.items():
        settings = said if isinstance(said, dict) else {}
        chosen[name] = str(given.get(name, settings.get("default", "")))
        choices = settings.get("choices", ())
        if choices and chosen[name] not in choices:
            allowed = ", ".join(str(choice) for choice in choices)
            message = f'option "{name}" is "{chosen[name]}"; it may be {allowed}.{nearest(chosen[name], choices)}'
            problems.append(Problem(parsed.file, parsed.lines.get(("options", name)), message))
    if problems:
        raise SettingsError(tuple(problems))
    return chosen


@dataclass(frozen=True, slots=True)
class _Chooser:
    """Replaces `{choose: OPTION, …}` by the branch chosen and `${OPTION}` by its text; remembers where things stood."""

    parsed: YamlText
    options: Dict[str, str]
    moved: dict[Path, Path]

    def resolve(self, plain: Plain, path: Path, origin: Path) -> Plain:
        """The plain value with options filled in. path: in the result; origin: in the file."""
        self.moved[path] = origin
        if isinstance(plain, str):
            return _VARIABLE.sub(lambda found: self._option(found.group(1), origin), plain)
        if isinstance(plain, list):
            return self._items(plain, path, origin)
        if "choose" in plain:
            return self._choice(plain, path, origin)
        result: dict[str, Plain] = {}
        for key, value in plain.items():
            resolved = self.resolve(value, (*path, key), (*origin, key))
            if not _is_nothing(value, resolved):
                result[key] = resolved
        return result

    def _items(self, plain: list[Plain], path: Path, origin: Path) -> Plain:
        result: list[Plain] = []
        for number, item in enumerate(plain):
            resolved = self.resolve(item, (*path, len(result)), (*origin, number))
            if not _is_nothing(item, resolved):
                result.append(resolved)
        return result

    def _choice(self, plain: dict[str, Plain], path: Path, origin: Path) -> Plain:
        name = str(plain["choose"])
        value = self._option(name, origin)
        branch = value if value in plain else "otherwise"
        if branch not in plain:
            raise SettingsError(
                (
                    Problem(
                        self.parsed.file,
                        self.parsed.lines.get(origin),
                        f'nothing is said here for "{value}", which option "{name}" is set to',
                    ),
                )
            )
        return self.resolve(plain[branch], path, (*origin, branch))

    def _option(self, name: str, origin: Path) -> str:
        if name not in self.options:
            message = f'there is no option "{name}".{nearest(name, list(self.options))}'
            raise SettingsError((Problem(self.parsed.file, line_of(self.parsed, origin), message),))
        return self.options[name]


def _is_nothing(written: Plain, resolved: Plain) -> bool:
    """A choice whose branch is `none` takes its key away."""
    return isinstance(written, dict) and "choose" in written and resolved == "none"


def _problems(exc: ValidationError, parsed: YamlText, moved: Dict[Path, Path]) -> tuple[Problem, ...]:
    found: dict[tuple[int | None, str], Problem] = {}
    for error in exc.errors(include_input=False, include_url=False, include_context=False):
        path = tuple(part for part in error["loc"] if not _is_type_tag(part))
        origin = _origin(path, moved)
        line = line_of(parsed, origin)
        where = ".".join(str(part) for part in path)
        if error["type"] == "extra_forbidden":
            name = str(path[-1])
            message = f'"{where}": the key "{name}" is not known here.{nearest(name, _known_keys())}'
        else:
            reason = _REASONS.get(error["type"], error["msg"].removeprefix("Value error, "))
            message = f'"{where}": {reason}'
        found.setdefault((line, message), Problem(parsed.file, line, message))
    return tuple(found.values())


def _is_type_tag(part: str | int) -> bool:
    return isinstance(part, str) and part in {"function-before", "tuple[str, ...]"}


def _origin(path: Path, moved: Dict[Path, Path]) -> Path:
    """Where a part of the document stands in the file. One thing may stand there where a list of one is meant."""
    at: Path = ()
    for part in path:
        if (*at, part) in moved:
            at = (*at, part)
        elif part != 0:
            return (*moved.get(at, at), part)
    return moved.get(at, at)


def _known_keys() -> list[str]:
    models = [getattr(language, name) for name in language.__all__]
    keys = {
        field.alias or name
        for model in models
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    }
    return sorted(keys)
