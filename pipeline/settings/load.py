"""Reading the configuration: all its mistakes at once, each with file, line and the nearest right name."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import Problem, SettingsError
from pipeline.settings.conflicts import complaints
from pipeline.settings.models import Settings
from pipeline.settings.names import nearest
from pipeline.settings.secret import SecretSource, read_env_file
from pipeline.settings.text import Place, Tree, Written, read_tree

__all__ = ["load", "project_root"]

_INSTANCE_ORDER = {"test": 0, "beta": 1}

_CANVAS_WORDS = {
    "batch_mode": "write `send: canvas_batch` under `deliver`; Canvas drops diffing silently when both are asked for",
    "diffing_data_set_identifier": "write `send: canvas_diffing` under `deliver`; the identifier is made from feed and instance",
    "diffing_remaster_data_set": "a remaster is asked for by itself, when it is due",
    "multi_term_batch_mode": "write `send: canvas_batch` under `deliver`",
    "batch_mode_term_id": "the terms come from the plan; `terms: {mine: …}` narrows them",
    "change_threshold": "thresholds for Canvas are worked out from each plan; your own limits are under `guards`",
    "password": "there are no passwords in this file; write a reference such as `env:NAME`",
}
"""Words that people know from Canvas and look for here, with what to write instead."""


def load(path: Path, environ: Mapping[str, str], *, env_file: Path | None = None) -> Settings:
    """The configuration in a file. Raises SettingsError with all problems found.

    Relative paths are taken from the project folder: the folder of the file, or the one above when that is `config/`.
    environ: where `env:` references are looked up first; env_file: a .env file that is looked at after it, None for none.
    """
    tree, problems = read_tree(path)
    from_file: dict[str, str] = {}
    if env_file is not None:
        from_file, env_problems = read_env_file(env_file, environ)
        problems += env_problems
    root = project_root(path)
    content, name_problems = _completed(tree)
    problems += name_problems
    settings, rest, value_problems = _validated(tree, content, root)
    problems += value_problems
    if settings is not None:
        names = {section: _keys(tree.content.get(section)) for section in ("instances", "feeds")}
        found = [(_written(place, rest), message) for place, message in complaints(settings, names=names)]
        problems += [Problem(tree.file, tree.line(place), _worded(place, message)) for place, message in found]
    if problems or settings is None:
        raise SettingsError(tuple(sorted(set(problems), key=_order)), remedy="docs/configuration.md lists every key.")
    settings._source = SecretSource(environ, env_file, from_file)  # noqa: SLF001  # pydantic's own way to hold what is no setting
    settings._file = path  # noqa: SLF001
    settings._sha256 = hashlib.sha256(path.read_bytes()).hexdigest()  # noqa: SLF001
    return settings


def project_root(path: Path) -> Path:
    """The folder that relative paths of a configuration start from."""
    folder = path.absolute().parent
    return folder.parent if folder.name == "config" else folder


def _completed(tree: Tree) -> tuple[dict[str, Any], list[Problem]]:
    """The file's content with what follows from it: each feed's name and instances."""
    content: dict[str, Any] = {"archive": {}, **tree.content}
    feeds, instances = content.get("feeds"), content.get("instances")
    if not isinstance(feeds, dict):
        return content, []
    problems = []
    completed: dict[str, Any] = {}
    for name, feed in feeds.items():
        if not isinstance(feed, dict):
            completed[name] = feed
            continue
        if "name" in feed:
            problems.append(
                Problem(
                    tree.file, tree.line(("feeds", name, "name")), f"feeds.{name}: a feed's name is its key, `{name}`"
                )
            )
        completed[name] = {**feed, "name": name}
        deliver = feed.get("deliver", {})
        if isinstance(deliver, dict) and not deliver.get("to") and isinstance(instances, dict):
            completed[name]["deliver"] = {**deliver, "to": _in_order(instances)}
    return {**content, "feeds": completed}, problems


def _in_order(instances: dict[str, Written]) -> list[str]:
    def rank(name: str) -> int:
        instance = instances[name]
        kind = instance.get("kind") if isinstance(instance, dict) else None
        return _INSTANCE_ORDER.get(str(kind), 2)

    return sorted(instances, key=rank)


class _Numbered(list[Any]):
    """A list that knows which positions its items had in the file, when some of them were left out."""

    def __init__(self, items: Iterable[Any], numbers: Iterable[int]) -> None:
        super().__init__(items)
        self.numbers = list(numbers)


def _validated(tree: Tree, content: dict[str, Any], root: Path) -> tuple[Settings | None, Any, list[Problem]]:
    """The settings, the content that they were made of, and what is wrong with single values.

    What is wrong is left out and the rest looked at again, so that what does not fit together is found in the same go.
    """
    told: dict[Place, Problem] = {}
    rest = _numbered(content)
    for _ in range(20):  # each round leaves something out, so this ends long before
        try:
            return Settings.model_validate(rest, context={"root": root}), rest, list(told.values())
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        found = [(_place(detail["loc"], rest), detail) for detail in details]
        for place, detail in found:
            written = _written(place, rest)
            # what lacks something that was left out is not a second mistake
            if not any(earlier[: len(written)] == written for earlier in told):
                told[written] = Problem(tree.file, tree.line(written), _worded(written, _message(detail)))
        # from the back, so that positions in lists stay right
        for place, detail in sorted(found, key=lambda pair: [str(step).rjust(9) for step in pair[0]], reverse=True):
            rest = _without(rest, place[:-1] if detail["type"] == "missing" else place)
    return None, rest, list(told.values())


def _numbered(here: Any) -> Any:
    if isinstance(here, dict):
        return {key: _numbered(value) for key, value in here.items()}
    return _Numbered(map(_numbered, here), range(len(here))) if isinstance(here, list) else here


def _place(location: tuple[int | str, ...], content: Any) -> Place:
    """A location of pydantic as a place in the content: it ends where a shorthand was written for several keys."""
    place: list[int | str] = []
    here = content
    for step in location:
        if not isinstance(here, (dict, list)):
            break
        place.append(step)
        here = _child(here, step)
    return tuple(place)


def _written(place: Place, content: Any) -> Place:
    """A place in what is left of the content as a place in the file."""
    written: list[int | str] = []
    here = content
    for step in place:
        written.append(here.numbers[step] if isinstance(here, _Numbered) and isinstance(step, int) else step)
        here = _child(here, step)
    return tuple(written)


def _child(here: Any, step: int | str) -> Any:
    if isinstance(here, dict):
        return here.get(step)
    return here[step] if isinstance(here, list) and isinstance(step, int) and step < len(here) else None


def _without(here: Any, place: Place) -> Any:
    """The content without what is at a place."""
    if not place:
        return {}
    step, rest = place[0], place[1:]
    if isinstance(here, dict):
        kept = {key: value for key, value in here.items() if key != step or rest}
        return {key: _without(value, rest) if key == step else value for key, value in kept.items()}
    if isinstance(here, _Numbered):
        kept_numbers = [number for number in range(len(here)) if number != step or rest]
        items = (_without(here[number], rest) if number == step else here[number] for number in kept_numbers)
        return _Numbered(items, (here.numbers[number] for number in kept_numbers))
    return here


_MESSAGES = {
    "missing": "this key is missing",
    "model_type": "keys and values are expected here (`key: value`)",
    "dict_type": "keys and values are expected here (`key: value`)",
    "tuple_type": "a list is expected, such as `[one, two]`",
    "string_type": "one value is expected here, not a list or keys",
}


def _message(detail: ErrorDetails) -> str:
    """What to say about one of pydantic's errors; never its own text, which is for programmers."""
    kind = detail["type"]
    if kind == "ours":
        return detail["msg"]
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"])
    if kind == "literal_error":
        words = str(detail.get("ctx", {})["expected"]).replace("'", "`")
        return f"one of {words} is expected"
    return _MESSAGES.get(kind, "this value is not understood")


def _unknown_key(location: tuple[int | str, ...]) -> str:
    name = str(location[-1])
    if name in _CANVAS_WORDS:
        return f"there is no key `{name}`: {_CANVAS_WORDS[name]}"
    known = _known_keys(Settings, location[:-1])
    return f"there is no key `{name[:60]}` here{nearest(name, known)}"


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that a place may have: follows the models along the location."""
    here: Any = model
    for step in location:
        here = _inner(here, step)
    if not _is_model(here):
        return []
    names = [field.alias or name for name, field in here.model_fields.items()]
    return [name for name in names if name != "name"]


def _inner(annotation: Any, step: int | str) -> Any:
    """What is expected one step further in: under a model's key, a dictionary's key or a list's position."""
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        found = next((field.annotation for name, field in fields if (field.alias or name) == step), None)
        return next((part for part in _parts(found) if part is not None), found)
    arguments = [argument for argument in get_args(annotation) if argument not in {str, Ellipsis}]
    return arguments[-1] if arguments else None


def _parts(annotation: Any) -> Iterator[Any]:
    """The model in `Model | None`; nothing for containers, which `_inner` steps into."""
    if get_origin(annotation) in {Union, UnionType}:
        yield from (part for part in get_args(annotation) if _is_model(part) or get_args(part))


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and not get_origin(annotation) and issubclass(annotation, BaseModel)


def _worded(place: Place, message: str) -> str:
    where = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    return f"{where}: {message}" if where else message


def _keys(section: Written | None) -> frozenset[str]:
    return frozenset(section) if isinstance(section, dict) else frozenset()


def _order(problem: Problem) -> tuple[str, int, str]:
    return problem.file, problem.line or 0, problem.message
