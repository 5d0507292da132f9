"""The ledger's tables. A change here needs a migration beside it."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

__all__ = [
    "attempts",
    "decision_results",
    "decisions",
    "drop_files",
    "drops",
    "imports",
    "leases",
    "metadata",
    "notices",
    "run_events",
    "runs",
    "settings",
    "store_pointers",
    "timetable",
]


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; SQLite itself forgets the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """UTC on the way in; a time without a zone is a mistake of ours."""
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant needs a zone"
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Aware on the way out."""
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default="", server_default="")


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False, default=dict)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, default=0, server_default="0")


def _row_number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


drops = sa.Table(
    "drops",
    metadata,
    sa.Column("drop_id", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False, index=True),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("is_urgent", sa.Boolean, nullable=False),
    _text("outcome"),
    sa.Column("remarks", sa.JSON, nullable=False, default=list),
    sa.Column("accepted_at", Instant),
    sa.Column(
        "accepted_order", sa.BigInteger, unique=True
    ),  # the newest accepted has the highest, whatever the clock says
    sa.Column("own_at", Instant),
    _json("manifest"),
)

drop_files = sa.Table(
    "drop_files",
    metadata,
    sa.Column("drop_id", sa.Text, sa.ForeignKey("drops.drop_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("modified_at", Instant, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    _row_number("number"),
    sa.Column("run_id", sa.Text, unique=True),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("instance", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("drop_id", sa.Text, sa.ForeignKey("drops.drop_id"), index=True),
    sa.Column("parent_run_id", sa.Text, sa.ForeignKey("runs.run_id"), index=True),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    _text("waiting"),
    _text("part_hash"),
    _text("package_hash"),
    _text("package_path"),
    _text("marker"),
    _json("parameters"),
    _json("hold"),
    _json("outcome"),
    _text("error"),
    _text("remedy"),
    _json("facts"),
    sa.Column("due_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    _number("generation"),
    sa.Index(None, "feed", "state"),
    sa.Index(None, "part_hash"),
    sqlite_autoincrement=True,
)

run_events = sa.Table(
    "run_events",
    metadata,
    _row_number("number"),
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    _text("before"),
    _text("after"),
    _json("facts"),
    _number("generation"),
    sqlite_autoincrement=True,
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("package_hash", sa.Text, nullable=False),
    sa.Column("marker", sa.Text, nullable=False, index=True),
    sa.Column("canvas_at", Instant, nullable=False),
    sa.Column("newest_import_id", sa.BigInteger),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("import_id", sa.BigInteger),
    _text("result"),
    sa.Column("ended_at", Instant),
    _number("generation"),
    _json("facts"),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("import_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("canvas_created_at", Instant, primary_key=True),  # a refreshed instance may give an id out again
    _text("state"),
    _json("facts"),
    sa.Column("bound_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("look_again_at", Instant, index=True),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), index=True),
    sa.Column("subject_hash", sa.Text, nullable=False, index=True),
    _json("details"),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("record_hash", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False, unique=True),
    sa.Column("erased_at", Instant),
)

decision_results = sa.Table(
    "decision_results",
    metadata,
    sa.Column("decision", sa.BigInteger, sa.ForeignKey("decisions.number"), primary_key=True, autoincrement=False),
    sa.Column("carried_out_at", Instant, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
)

store_pointers = sa.Table(
    "store_pointers",
    metadata,
    _row_number("number"),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("instance", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id")),
    sa.Column("set_at", Instant, nullable=False),
    sa.Index(None, "feed", "instance", "kind", "number"),
    sqlite_autoincrement=True,
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.BigInteger, nullable=False),
    sa.Column("started", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
)

timetable = sa.Table(
    "timetable",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("local_date", sa.Date, primary_key=True),
    sa.Column("at", sa.Text, primary_key=True),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id")),
    _text("result"),
)

notices = sa.Table(
    "notices",
    metadata,
    _row_number("number"),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    _json("facts"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("sent_at", Instant),
    _text("result"),
    sqlite_autoincrement=True,
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)
