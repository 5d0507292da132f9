"""Walks in tables whose rows name their parents: the nearest kept organisation, the session that holds several others."""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from pipeline.mapping.operators import over_uniques
from pipeline.mapping.rows import Mask, Rows

__all__ = ["CLIMB_SETTINGS", "COMMON_SETTINGS", "circles", "climb", "common_parent"]

CLIMB_SETTINGS = ("tree", "id", "parent", "to", "to_id")
COMMON_SETTINGS = ("tree", "id", "parent", "start", "end", "kind", "never", "by")


def climb(column: pa.Array, settings: Mapping[str, str], table: Callable[[str], Rows]) -> pa.Array:
    """The first of an id and its ancestors that is in the table `to`; blank where none is.

    settings: tree, id, parent: the table with its id and parent columns; to, to_id: the table of those that are kept.
    """
    parents = _parents(table(settings["tree"]), settings)
    kept = set(table(settings["to"]).column(settings.get("to_id", settings["id"])).to_pylist())

    def work(texts: Sequence[str]) -> tuple[list[str], None]:
        return [next((one for one in _line(text, parents) if one in kept), "") for text in texts], None

    return over_uniques(column, work)[0]


def common_parent(
    column: pa.Array, settings: Mapping[str, str], table: Callable[[str], Rows]
) -> tuple[pa.Array, Mask | None]:
    """One id for each list of ids in a cell, and which rows have none.

    One id stands for itself. Of several: their nearest common ancestor; else the one whose dates hold most of the others;
    else none. Rows of the tree of the kind `never` stand for the nearest ancestor of another kind.
    """
    tree = table(settings["tree"])
    parents = _parents(tree, settings)
    ids = tree.column(settings["id"]).to_pylist()
    kinds = dict(zip(ids, tree.column(settings["kind"]).to_pylist(), strict=True)) if "kind" in settings else {}
    dates = zip(tree.column(settings["start"]).to_pylist(), tree.column(settings["end"]).to_pylist(), strict=True)
    spans = dict(zip(ids, dates, strict=True))

    def allowed(one: str) -> str:
        line = _line(one, parents)
        return next((each for each in line if kinds.get(each) != settings.get("never")), "")

    def choose(text: str) -> tuple[str, bool]:
        items = dict.fromkeys(item.strip() for item in text.split(settings.get("by", ",")))
        chosen = list(dict.fromkeys(allowed(item) for item in items if item))
        if len(chosen) <= 1:
            return (chosen[0] if chosen else ""), False
        found = _nearest_common(chosen, parents) or _widest(chosen, spans)
        return found, not found

    def work(texts: Sequence[str]) -> tuple[list[str], list[bool]]:
        results = [choose(text) for text in texts]
        return [found for found, _ in results], [bad for _, bad in results]

    return over_uniques(column, work)


def circles(settings: Mapping[str, str], table: Callable[[str], Rows]) -> tuple[str, ...]:
    """The ids that are among their own ancestors."""
    parents = _parents(table(settings["tree"]), settings)
    return tuple(one for one in parents if one and parents.get(_line(one, parents)[-1], "") == one)


def _parents(tree: Rows, settings: Mapping[str, str]) -> dict[str, str]:
    return dict(zip(tree.column(settings["id"]).to_pylist(), tree.column(settings["parent"]).to_pylist(), strict=True))


def _line(start: str, parents: Mapping[str, str]) -> list[str]:
    """An id and its ancestors, upwards; a circle ends where it closes (M75)."""
    line: list[str] = []
    seen: set[str] = set()
    while start and start not in seen:
        seen.add(start)
        line.append(start)
        start = parents.get(start, "")
    return line


def _nearest_common(ids: Sequence[str], parents: Mapping[str, str]) -> str:
    lines = [[one for one in _line(item, parents) if one in parents] for item in ids]
    return next((one for one in lines[0] if all(one in line for line in lines[1:])), "")


def _widest(ids: Sequence[str], spans: Mapping[str, tuple[str, str]]) -> str:
    """The id whose dates hold all the others, or most of them where one holds more than any other."""

    def holds(one: str, other: str) -> bool:
        start, end = spans.get(one, ("", ""))
        first, last = spans.get(other, ("", ""))
        return bool(start and end and first and last) and start <= first and last <= end

    scores = {one: sum(holds(one, other) for other in ids if other != one) for one in ids}
    best = max(scores.values())
    winners = [one for one, score in scores.items() if score == best]
    return winners[0] if best and len(winners) == 1 else ""
