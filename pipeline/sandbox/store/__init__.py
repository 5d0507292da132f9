"""The sandbox's memory: one SQLite database, in memory or in a file, and all SQL of the engine."""

from pipeline.sandbox.store.database import Database, StoreError

__all__ = ["Database", "StoreError"]
