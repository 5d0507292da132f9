"""A feed's settings in the words of each stage: plain JSON values for the child process."""

from collections.abc import Mapping
from typing import Any

from pipeline.settings import Feed

__all__ = ["import_parameters", "stage_rules"]


def stage_rules(feed: Feed, *, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What `SourceRules`, `CheckRules` and `PlanRules` take from a feed's settings, under `sources`, `checks` and `planning`."""
    plain = feed.plain()
    export = plain["export"]
    return {
        "sources": {"expected": plain["expects"], "allowed": plain["allow_columns"], "previous": dict(previous)},
        "checks": {"checks": plain["checks"]},
        "planning": {
            "export": {table: export["tables"].get(table, export["every"]) for table in plain["absent"]},
            "absent": plain["absent"],
            "terms": plain["terms"],
            "guards": _guards(plain["guards"]),
            "on_guard": plain["on_guard"],
            "deliver": {"send": plain["deliver"]["send"]},
        },
    }


def _guards(plain: dict[str, Any]) -> dict[str, Any]:
    """Guards by table and name as planning has them; those that are for the whole drop stand under `*`."""
    tables = {table: limits for table, limits in plain.items() if isinstance(limits, dict) and "delete" in limits}
    refused = plain["refused"]
    whole = {
        "emptied": {"count": plain["emptied_from"]},
        "reissued": plain["reissued"],
        "reused": plain["reused"],
        "refused": {"percent": refused["percent"], "floor": refused["floor"], "count": refused["same_kind"]},
    }
    return {**tables, "*": whole}


def import_parameters(feed: Feed) -> dict[str, str]:
    """The parameters of Canvas's import that a feed asks for; false ones are left out, since Canvas reads some by presence."""
    return {name: "true" for name, is_on in feed.deliver.options if is_on}
