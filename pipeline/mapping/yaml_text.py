"""YAML as text: every scalar stays what was typed, and each value's line is known. No aliases, no repeated keys, no tags."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from pipeline.errors import Problem, SettingsError

__all__ = ["YamlText", "line_of", "parse_yaml"]

MAX_BYTES = 1 << 20  # a mapping is written by hand
MAX_DEPTH = 40
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # several times faster where it is built
Plain = str | list["Plain"] | dict[str, "Plain"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlText:
    """A parsed file. lines: the 1-based line of every key and list item, by its path; text: as it was written."""

    plain: Plain
    lines: dict[Path, int]
    file: str
    text: str


def parse_yaml(text: str, file: str) -> YamlText:
    """The plain content of a YAML text. Raises SettingsError for what is no YAML, or is YAML that says more than it seems."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _problem(file, None, f"the file is larger than {MAX_BYTES:,} bytes")
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)):
                raise _problem(file, token.start_mark.line + 1, "anchors, aliases and tags are not used here")
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise _problem(
            file, mark.line + 1 if mark else None, f"this is no valid YAML: {exc.problem or 'unreadable'}"
        ) from exc
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise _problem(file, None, "this is no valid YAML") from exc
    if node is None:
        raise _problem(file, None, "the file is empty")
    lines: dict[Path, int] = {(): 1}
    return YamlText(_plain(node, (), lines, file), lines, file, text)


def line_of(parsed: YamlText, path: Path) -> int | None:
    """The line of a path, or of the nearest thing above it that the file has."""
    for length in range(len(path), -1, -1):
        if path[:length] in parsed.lines:
            return parsed.lines[path[:length]]
    return None


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], file: str) -> Plain:
    if len(path) > MAX_DEPTH:
        raise _problem(file, node.start_mark.line + 1, "this is nested too deeply")
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, number), lines, file) for number, item in enumerate(node.value)]
    found: dict[str, Plain] = {}
    for key, line, value in _pairs(node, file):
        if key in found:
            raise _problem(file, line, f'the key "{key}" stands here twice')
        lines[(*path, key)] = line
        found[key] = _plain(value, (*path, key), lines, file)
    return found


def _pairs(node: yaml.Node, file: str) -> Iterator[tuple[str, int, yaml.Node]]:
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _problem(file, line, "a key must be a plain word")
        yield str(key.value), line, value


def _problem(file: str, line: int | None, message: str) -> SettingsError:
    return SettingsError((Problem(file, line, message),))
