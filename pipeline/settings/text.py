"""YAML as text: every scalar stays what was typed, and every value knows its line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from pipeline.errors import Problem

__all__ = ["MAX_BYTES", "Location", "Place", "Tree", "Written", "read_tree"]

MAX_BYTES = 1_000_000  # far beyond any configuration written by hand; bounds what the parser is asked to hold
MAX_DEPTH = 40  # a configuration has less than ten levels; bounds the parser's recursion

Place = tuple[str | int, ...]
"""Keys and list positions from the top: `("feeds", "registrar", "settle")`."""

Written = str | list["Written"] | dict[str, "Written"]
"""Text, lists and mappings of text: all there is in a configuration."""

Location = dict[Place, int]


@dataclass(frozen=True, slots=True)
class Tree:
    """What a file says. lines: 1-based, by place; a mapping's key counts, not its value."""

    file: str
    content: dict[str, Written]
    lines: Location = field(default_factory=dict)

    def line(self, place: Place) -> int | None:
        """The line of a place, or of the nearest one around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)


class _TextLoader(yaml.BaseLoader):
    """Resolves nothing: `NO`, `22:30` and `00123` stay text."""


def read_tree(path: Path) -> tuple[Tree, list[Problem]]:
    """What the file says, and everything wrong with its form; an empty tree where it cannot be read at all.

    Refused: keys that repeat, aliases, tags, keys that are not text, files over `MAX_BYTES`, more than one document. A key
    with nothing after it counts as absent.
    """
    name = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Tree(name, {}), [Problem(name, None, "the file does not exist; `sis-pipeline init` makes one")]
    except OSError as error:
        return Tree(name, {}), [Problem(name, None, f"the file cannot be read ({error.strerror})")]
    if len(content) > MAX_BYTES:
        return Tree(name, {}), [
            Problem(name, None, f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
        ]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Tree(name, {}), [Problem(name, line, "this is not UTF-8 text; save the file as UTF-8")]
    return _parse(name, text)


def _parse(name: str, text: str) -> tuple[Tree, list[Problem]]:
    problems = list(_refused_form(name, text))
    if problems:
        return Tree(name, {}), problems
    try:
        root = yaml.compose(text, Loader=_TextLoader)
        reader = _Reader(name)
        content: Written = {} if root is None else reader.value(root, ())
    except yaml.YAMLError as error:
        return Tree(name, {}), [Problem(name, _line_of(error), _reason_of(error, text))]
    if root is not None and not isinstance(content, dict):
        return Tree(name, {}), [
            *reader.problems,
            Problem(name, 1, "the file must consist of keys and values (`key: value`)"),
        ]
    return Tree(name, content if isinstance(content, dict) else {}, reader.lines), reader.problems


class _Reader:
    """Turns YAML nodes into text, lists and mappings; collects lines and problems on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: Location = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, place: Place) -> Written:
        """What a node says."""
        self.lines.setdefault(place, node.start_mark.line + 1)
        if node.tag not in _PLAIN_TAGS:
            self._tell(node, "tags (`!…`) are not used here; write the value plainly")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, number)) for number, item in enumerate(node.value)]
        return str(node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Written]:
        content: dict[str, Written] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._tell(key_node, "a key must be plain text")
                continue
            key = str(key_node.value)
            if key in first:
                self._tell(key_node, f"`{key}` is here a second time; it was set in line {first[key]}")
                continue
            first[key] = key_node.start_mark.line + 1
            self.lines[(*place, key)] = first[key]
            if not _is_blank(value_node):
                content[key] = self.value(value_node, (*place, key))
        return content

    def _tell(self, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(self.name, node.start_mark.line + 1, message))


_PLAIN_TAGS = frozenset(
    {
        yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG,
        yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG,
        yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    }
)


def _is_blank(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None


def _refused_form(name: str, text: str) -> Iterator[Problem]:
    """Aliases and deep nesting. Looked for before composing, which would follow them."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_TextLoader):
            line = event.start_mark.line + 1 if event.start_mark else None
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                yield Problem(name, line, "the file is nested too deeply")
                return
            if isinstance(event, yaml.AliasEvent):
                yield Problem(name, line, "aliases (`*name`) are not used here; write the value again")
    except yaml.YAMLError:
        return  # composing meets the same mistake and tells it


def _line_of(error: yaml.YAMLError) -> int | None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return None if mark is None else int(mark.line) + 1


def _reason_of(error: yaml.YAMLError, text: str) -> str:
    """What is probably wrong, in our words: the parser's own may hold what was typed, a token for instance."""
    if isinstance(error, yaml.composer.ComposerError):
        return "the file holds more than one document (`---`); one is read"
    line = _line_of(error)
    lines = text.split("\n")
    here = lines[line - 1] if line is not None and line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or here.startswith("\t"):
        return "indented with a tab; use spaces"
    return (
        "this is not valid YAML; look for a missing colon, bracket or quote, or wrong indentation, here or just above"
    )
