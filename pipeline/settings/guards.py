"""Limits on a plan: `guards:` of a feed. A guard trips when (percent reached and floor reached) or count is reached."""

from typing import Any, Literal

from pydantic import model_validator

from pipeline.settings.kinds import Count, Percent
from pipeline.settings.strict import Strict

__all__ = ["Guards"]

Scope = Literal["term", "account"]


class Limit(Strict):
    """When a plan is too much."""

    percent: Percent = 10.0
    """Share of the scope's active rows in the base."""
    floor: Count = 20
    """Percentages count from so many affected rows on."""
    count: Count | None = None
    """So many affected rows are too many, whatever their share; blank: no such limit."""
    per: tuple[Scope, ...] = ("term", "account")
    """Looked at in each of these too, besides the whole table."""

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """One scope may be written without brackets."""
        if isinstance(value, dict) and isinstance(value.get("per"), str):
            return {**value, "per": [value["per"]]}
        return value


class DeleteLimit(Limit):
    """Rows absent, deleted, completed, inactive or suspended."""


class ChangeLimit(Limit):
    """Rows changed."""

    percent: Percent = 75.0
    """Share of the scope's active rows in the base."""
    floor: Count = 50
    """Percentages count from so many affected rows on."""


class CreateLimit(Limit):
    """Rows appearing in a table whose base is not empty. The first drop of a new term is told, not held."""

    percent: Percent = 50.0
    """Share of the scope's active rows in the base."""
    floor: Count = 200
    """Percentages count from so many affected rows on."""


class BigDeleteLimit(DeleteLimit):
    """Rows absent, deleted or suspended, of a table in which each one matters."""

    count: Count | None = 500
    """So many affected rows are too many, whatever their share; blank: no such limit."""


class TableGuards(Strict):
    """Limits for one Canvas table."""

    delete: DeleteLimit = DeleteLimit()
    """Rows that would be taken away."""
    change: ChangeLimit = ChangeLimit()
    """Rows that would be changed."""
    create: CreateLimit = CreateLimit()
    """Rows that would appear."""


class BigTableGuards(TableGuards):
    """Limits for users, courses and sections."""

    delete: BigDeleteLimit = BigDeleteLimit()
    """Rows that would be taken away; from 500 on, whatever their share."""


class ShareLimit(Strict):
    """When too many rows look wrong, which puts the whole drop in doubt."""

    percent: Percent = 5.0
    """Share of the table's rows."""
    floor: Count = 20
    """Percentages count from so many rows on."""


class ReusedLimit(ShareLimit):
    """Section and course ids that now mean another course, title and term."""

    percent: Percent = 1.0
    """Share of the table's rows."""
    floor: Count = 3
    """Percentages count from so many rows on."""


class RefusedLimit(ShareLimit):
    """Rows that our checks refused."""

    percent: Percent = 2.0
    """Share of the drop's rows."""
    floor: Count = 20
    """Percentages count from so many rows on."""
    same_kind: Count = 100
    """So many refused rows of one kind are too many, whatever their share."""


class Guards(Strict):
    """All limits of a feed: per Canvas table, and for the drop as a whole."""

    accounts: TableGuards = TableGuards()
    """Accounts."""
    terms: TableGuards = TableGuards()
    """Terms."""
    courses: BigTableGuards = BigTableGuards()
    """Courses."""
    sections: BigTableGuards = BigTableGuards()
    """Sections."""
    xlists: TableGuards = TableGuards()
    """Cross-listings."""
    users: BigTableGuards = BigTableGuards()
    """Users."""
    logins: TableGuards = TableGuards()
    """Logins."""
    enrollments: TableGuards = TableGuards()
    """Enrollments."""
    admins: TableGuards = TableGuards()
    """Admins."""
    group_categories: TableGuards = TableGuards()
    """Group categories."""
    groups: TableGuards = TableGuards()
    """Groups."""
    groups_membership: TableGuards = TableGuards()
    """Group memberships."""
    user_observers: TableGuards = TableGuards()
    """Observers."""
    emptied_from: Count = 5
    """All rows of one section or course gone: held from so many rows on."""
    reissued: ShareLimit = ShareLimit()
    """A login or name that is now under another id."""
    reused: ReusedLimit = ReusedLimit()
    """Section and course ids with another meaning."""
    refused: RefusedLimit = RefusedLimit()
    """Rows that our checks refused."""
