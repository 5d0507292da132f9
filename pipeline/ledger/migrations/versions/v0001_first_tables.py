"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them, referred ones first."""
    _make_drops()
    _make_leases()
    _make_notices()
    _make_settings()
    _make_drop_files()
    _make_runs()
    _make_attempts()
    _make_decisions()
    _make_imports()
    _make_run_events()
    _make_store_pointers()
    _make_timetable()
    _make_decision_results()


def _make_drops() -> None:
    op.create_table(
        "drops",
        sa.Column("drop_id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("accepted_at", _INSTANT, nullable=True),
        sa.Column("accepted_order", sa.BigInteger(), nullable=True),
        sa.Column("own_at", _INSTANT, nullable=True),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("drop_id", name=op.f("pk_drops")),
        sa.UniqueConstraint("accepted_order", name=op.f("uq_drops_accepted_order")),
    )
    op.create_index(op.f("ix_drops_feed"), "drops", ["feed"], unique=False)
    op.create_index(op.f("ix_drops_sha256"), "drops", ["sha256"], unique=False)


def _make_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_leases")),
    )


def _make_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
        sqlite_autoincrement=True,
    )


def _make_settings() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )


def _make_drop_files() -> None:
    op.create_table(
        "drop_files",
        sa.Column("drop_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("modified_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.drop_id"], name=op.f("fk_drop_files_drop_id")),
        sa.PrimaryKeyConstraint("drop_id", "number", name=op.f("pk_drop_files")),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("drop_id", sa.Text(), nullable=True),
        sa.Column("parent_run_id", sa.Text(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waiting", sa.Text(), server_default="", nullable=False),
        sa.Column("part_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("package_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("package_path", sa.Text(), server_default="", nullable=False),
        sa.Column("marker", sa.Text(), server_default="", nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("hold", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["drop_id"], ["drops.drop_id"], name=op.f("fk_runs_drop_id")),
        sa.ForeignKeyConstraint(["parent_run_id"], ["runs.run_id"], name=op.f("fk_runs_parent_run_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_runs")),
        sa.UniqueConstraint("key", name=op.f("uq_runs_key")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runs_drop_id"), "runs", ["drop_id"], unique=False)
    op.create_index(op.f("ix_runs_feed_state"), "runs", ["feed", "state"], unique=False)
    op.create_index(op.f("ix_runs_parent_run_id"), "runs", ["parent_run_id"], unique=False)
    op.create_index(op.f("ix_runs_part_hash"), "runs", ["part_hash"], unique=False)
    op.create_index(op.f("ix_runs_state"), "runs", ["state"], unique=False)


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("package_hash", sa.Text(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("canvas_at", _INSTANT, nullable=False),
        sa.Column("newest_import_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_attempts_run_id")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_marker"), "attempts", ["marker"], unique=False)


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("number", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("subject_hash", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("record_hash", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("erased_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_decisions_run_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decisions")),
        sa.UniqueConstraint("head", name=op.f("uq_decisions_head")),
    )
    op.create_index(op.f("ix_decisions_run_id"), "decisions", ["run_id"], unique=False)
    op.create_index(op.f("ix_decisions_subject_hash"), "decisions", ["subject_hash"], unique=False)


def _make_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("canvas_created_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("bound_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("look_again_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_imports_run_id")),
        sa.PrimaryKeyConstraint("instance", "import_id", "canvas_created_at", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_look_again_at"), "imports", ["look_again_at"], unique=False)
    op.create_index(op.f("ix_imports_run_id"), "imports", ["run_id"], unique=False)


def _make_run_events() -> None:
    op.create_table(
        "run_events",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_events_run_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_run_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_run_events_run_id"), "run_events", ["run_id"], unique=False)


def _make_store_pointers() -> None:
    op.create_table(
        "store_pointers",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_store_pointers_run_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_store_pointers")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_store_pointers_feed_instance_kind_number"),
        "store_pointers",
        ["feed", "instance", "kind", "number"],
        unique=False,
    )
    op.create_index(op.f("ix_store_pointers_sha256"), "store_pointers", ["sha256"], unique=False)


def _make_timetable() -> None:
    op.create_table(
        "timetable",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_timetable_run_id")),
        sa.PrimaryKeyConstraint("kind", "feed", "local_date", "at", name=op.f("pk_timetable")),
    )


def _make_decision_results() -> None:
    op.create_table(
        "decision_results",
        sa.Column("decision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carried_out_at", _INSTANT, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decisions.number"], name=op.f("fk_decision_results_decision")),
        sa.PrimaryKeyConstraint("decision", name=op.f("pk_decision_results")),
    )
