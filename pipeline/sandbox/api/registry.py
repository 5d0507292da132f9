"""Who may do what: tokens, developer keys and authorization codes of one sandbox, in SQLite of their own.

Secrets are stored as hashes. Instants are seconds of the sandbox's clock.
"""

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ALL_PERMISSIONS", "DeveloperKey", "Grant", "Registry", "Token", "new_secret"]

ALL_PERMISSIONS = None  # the permissions of an account admin
SCHEMA = """
CREATE TABLE IF NOT EXISTS developer_keys (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret_hash TEXT NOT NULL, redirect_uri TEXT, scopes TEXT,
    is_on INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, token_hash TEXT NOT NULL UNIQUE, hint TEXT NOT NULL, name TEXT NOT NULL,
    user_id INTEGER NOT NULL, permissions TEXT, scopes TEXT, key_id INTEGER, expires_at REAL, refresh_hash TEXT UNIQUE,
    is_main INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS codes (
    code_hash TEXT PRIMARY KEY, key_id INTEGER NOT NULL, user_id INTEGER NOT NULL, scopes TEXT, expires_at REAL NOT NULL
);
"""
CODE_SECONDS = 600.0  # canvas-lms: an authorization code lives ten minutes
FIRST_KEY_ID = 10_000_000_000_001  # the form of hosted Canvas's client ids


@dataclass(frozen=True, slots=True)
class Token:
    """What a token stands for. permissions: None is everything; scopes: None is unscoped."""

    token_id: int
    name: str
    user_id: int
    permissions: frozenset[str] | None
    scopes: tuple[str, ...] | None
    key_id: int | None
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class DeveloperKey:
    """An API key; scopes: None does not enforce any."""

    key_id: int
    name: str
    redirect_uri: str | None
    scopes: tuple[str, ...] | None
    is_on: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """For whom a token is made, and what it may do."""

    name: str
    user_id: int
    permissions: Iterable[str] | None = ALL_PERMISSIONS
    scopes: Sequence[str] | None = None
    key_id: int | None = None
    expires_at: float | None = None


class Registry:
    """Tokens, keys and codes; safe to use from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        if path:
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._db.close()

    def reset(self) -> None:
        """Forget everything but the sandbox's own token."""
        with self._lock:
            self._db.execute("DELETE FROM tokens WHERE is_main = 0")
            self._db.execute("DELETE FROM developer_keys")
            self._db.execute("DELETE FROM codes")

    def clear(self) -> None:
        """Forget everything, the sandbox's own token too."""
        with self._lock:
            self._db.execute("DELETE FROM tokens")
            self.reset()

    def copy_from(self, other: "Registry") -> None:
        """Have the same tokens, keys and codes as another registry."""
        with other._lock, self._lock:  # noqa: SLF001  # its own kind
            other._db.backup(self._db)  # noqa: SLF001

    def set_main(self, token: str, user_id: int) -> None:
        """Make this the sandbox's own token: it has every right and survives a reset. Any former one is gone."""
        with self._lock:
            self._db.execute("DELETE FROM tokens WHERE is_main = 1 OR token_hash = ?", (hashed(token),))
            self._insert(token, Grant("main", user_id), None)
            self._db.execute("UPDATE tokens SET is_main = 1 WHERE token_hash = ?", (hashed(token),))

    def grant(self, grant: Grant, *, with_refresh: bool = False) -> tuple[str, str | None]:
        """A new token, and a refresh token if asked for."""
        token, refresh = new_secret(), new_secret() if with_refresh else None
        with self._lock:
            self._insert(token, grant, refresh)
        return token, refresh

    def refreshed(self, refresh: str, key_id: int, expires_at: float) -> tuple[str, Token] | None:
        """A new token in the place of the one behind a refresh token, which dies; None: no such refresh token."""
        token = new_secret()
        with self._lock:
            row = self._one("SELECT id FROM tokens WHERE refresh_hash = ? AND key_id = ?", hashed(refresh), key_id)
            if row is None:
                return None
            change = "UPDATE tokens SET token_hash = ?, hint = ?, expires_at = ? WHERE id = ?"
            self._db.execute(change, (hashed(token), token[:5], expires_at, row["id"]))
            found = self._one("SELECT * FROM tokens WHERE id = ?", row["id"])
        return token, token_of(found)

    def token(self, token: str | None, now: float) -> Token | None:
        """What a token stands for; None when unknown, revoked, expired, or its key is off."""
        if not token:
            return None
        with self._lock:
            row = self._one(
                "SELECT t.* FROM tokens t LEFT JOIN developer_keys k ON k.id = t.key_id"
                " WHERE t.token_hash = ? AND (t.expires_at IS NULL OR t.expires_at > ?)"
                " AND (t.key_id IS NULL OR k.is_on = 1)",
                hashed(token),
                now,
            )
        return None if row is None else token_of(row)

    def name_of(self, token: str | None) -> str | None:
        """The name of a token, dead or alive; None when it is not known."""
        with self._lock:
            row = self._one("SELECT name FROM tokens WHERE token_hash = ?", hashed(token)) if token else None
        return None if row is None else str(row["name"])

    def revoke(self, token: str | None) -> None:
        """Kill a token, and the refresh token with it."""
        if token:
            with self._lock:
                self._db.execute("DELETE FROM tokens WHERE token_hash = ?", (hashed(token),))

    def revoke_of(self, key_id: int, user_id: int) -> None:
        """Kill all tokens of a user for a key."""
        with self._lock:
            self._db.execute("DELETE FROM tokens WHERE key_id = ? AND user_id = ?", (key_id, user_id))

    def add_key(self, name: str, *, scopes: Sequence[str] | None, redirect_uri: str | None) -> tuple[int, str]:
        """A new developer key: client id and secret."""
        secret = new_secret()
        with self._lock:
            row = self._one("SELECT max(id) AS last FROM developer_keys")
            key_id = int(row["last"] or FIRST_KEY_ID - 1) + 1
            values = (key_id, name, hashed(secret), redirect_uri, as_json(scopes))
            self._db.execute(
                "INSERT INTO developer_keys (id, name, secret_hash, redirect_uri, scopes) VALUES (?, ?, ?, ?, ?)",
                values,
            )
        return key_id, secret

    def key(self, key_id: int) -> DeveloperKey | None:
        """A developer key by its client id."""
        with self._lock:
            row = self._one("SELECT * FROM developer_keys WHERE id = ?", key_id)
        if row is None:
            return None
        return DeveloperKey(row["id"], row["name"], row["redirect_uri"], from_json(row["scopes"]), bool(row["is_on"]))

    def is_secret_of(self, key_id: int, secret: str) -> bool:
        """Whether this is the key's secret."""
        with self._lock:
            row = self._one("SELECT secret_hash FROM developer_keys WHERE id = ?", key_id)
        return row is not None and secrets.compare_digest(row["secret_hash"], hashed(secret))

    def switch_key(self, key_id: int, *, is_on: bool) -> None:
        """Turn a key on or off; its tokens live only while it is on."""
        with self._lock:
            self._db.execute("UPDATE developer_keys SET is_on = ? WHERE id = ?", (int(is_on), key_id))

    def add_code(self, key_id: int, user_id: int, *, scopes: Sequence[str] | None, now: float) -> str:
        """A new authorization code."""
        code = secrets.token_hex(64)
        with self._lock:
            values = (hashed(code), key_id, user_id, as_json(scopes), now + CODE_SECONDS)
            self._db.execute("INSERT INTO codes VALUES (?, ?, ?, ?, ?)", values)
        return code

    def use_code(self, code: str, now: float) -> tuple[int, int, tuple[str, ...] | None] | None:
        """Key, user and scopes behind a code, which is used up by that; None: there is no such code (any more)."""
        with self._lock:
            row = self._one("SELECT * FROM codes WHERE code_hash = ? AND expires_at > ?", hashed(code), now)
            self._db.execute("DELETE FROM codes WHERE code_hash = ?", (hashed(code),))
        return None if row is None else (row["key_id"], row["user_id"], from_json(row["scopes"]))

    def listed(self) -> list[dict[str, Any]]:
        """All tokens with hint, name, user, expiry and key, as the report on access tokens shows them."""
        with self._lock:
            rows = self._db.execute(
                "SELECT t.hint, t.name, t.user_id, t.expires_at, t.key_id, k.name AS key_name FROM tokens t"
                " LEFT JOIN developer_keys k ON k.id = t.key_id ORDER BY t.id"
            ).fetchall()
        return [dict(row) for row in rows]

    def _insert(self, token: str, grant: Grant, refresh: str | None) -> None:
        permissions = None if grant.permissions is None else sorted(grant.permissions)
        values = (
            hashed(token),
            token[:5],
            grant.name,
            grant.user_id,
            as_json(permissions),
            as_json(grant.scopes),
            grant.key_id,
            grant.expires_at,
            refresh and hashed(refresh),
        )
        self._db.execute(
            "INSERT INTO tokens (token_hash, hint, name, user_id, permissions, scopes, key_id, expires_at, refresh_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def _one(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).fetchone()


def token_of(row: Any) -> Token:
    permissions = from_json(row["permissions"])
    return Token(
        token_id=row["id"],
        name=row["name"],
        user_id=row["user_id"],
        permissions=None if permissions is None else frozenset(permissions),
        scopes=from_json(row["scopes"]),
        key_id=row["key_id"],
        expires_at=row["expires_at"],
    )


def new_secret() -> str:
    """A token in Canvas's form: a number, a tilde, random text."""
    return f"1~{secrets.token_urlsafe(48)}"


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def as_json(values: Iterable[str] | None) -> str | None:
    return None if values is None else json.dumps(list(values))


def from_json(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))
