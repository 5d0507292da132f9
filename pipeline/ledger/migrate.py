"""Bringing the ledger's tables up to date with Alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from pipeline.errors import LedgerError

__all__ = ["newest_revision", "upgrade"]


def upgrade(connection: sa.Connection, place: str) -> None:
    """Run the missing migrations inside the caller's transaction. Raises LedgerError when a newer version made the tables."""
    settings = _settings()
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except CommandError as error:
        raise LedgerError(
            f"The ledger {place} was made by a newer version of sis-pipeline.", remedy="Install that version again."
        ) from error


def newest_revision() -> str | None:
    """The last migration's revision."""
    return ScriptDirectory.from_config(_settings()).get_current_head()


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    return settings
