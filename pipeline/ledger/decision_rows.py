"""Decisions: append-only, chained by salted hashes of their records, so that a text can be erased and a change be seen."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger.rows import Audit, DecisionKind, DecisionRow, NewDecision
from pipeline.ledger.schema import decision_results, decisions

__all__ = ["approval_of", "audit", "carry_out", "erase", "get", "head", "pending", "record", "select"]

START = "0" * 64


def record(connection: sa.Connection, new: NewDecision, now: datetime) -> DecisionRow:
    """Append a decision to the chain."""
    # two hosts that append at once get the same number: the second one's insert fails and is tried again by its caller
    last = connection.execute(sa.select(decisions).order_by(decisions.c.number.desc()).limit(1)).one_or_none()
    values: dict[str, Any] = {
        "number": 1 if last is None else last.number + 1,
        "kind": new.kind.value,
        "by": new.by,
        "reason": new.reason,
        "feed": new.feed,
        "run_id": new.run_id,
        "subject_hash": new.subject_hash,
        "details": dict(new.details),
        "made_at": now,
        "expires_at": new.expires_at,
        "salt": secrets.token_hex(16),
    }
    values["record_hash"] = _record_hash(values)
    values["head"] = _chained(START if last is None else last.head, values["record_hash"])
    connection.execute(decisions.insert().values(values))
    return get(connection, values["number"])


def get(connection: sa.Connection, number: int) -> DecisionRow:
    """One decision; LedgerError if there is none."""
    found = connection.execute(_query().where(decisions.c.number == number)).one_or_none()
    if found is None:
        raise LedgerError(f"There is no decision {number}.")
    return _row(found)


def pending(connection: sa.Connection) -> tuple[DecisionRow, ...]:
    """The decisions that nothing has come of yet, oldest first."""
    query = _query().where(decision_results.c.decision.is_(None)).order_by(decisions.c.number)
    return tuple(_row(found) for found in connection.execute(query))


def select(
    connection: sa.Connection, *, run_id: str | None = None, subject_hash: str | None = None
) -> tuple[DecisionRow, ...]:
    """The decisions about a run or a hash, or all; oldest first."""
    query = _query().order_by(decisions.c.number)
    if run_id is not None:
        query = query.where(decisions.c.run_id == run_id)
    if subject_hash is not None:
        query = query.where(decisions.c.subject_hash == subject_hash)
    return tuple(_row(found) for found in connection.execute(query))


def approval_of(connection: sa.Connection, subject_hash: str, now: datetime) -> DecisionRow | None:
    """The newest approval of exactly this hash that has not expired, unless it was discarded later."""
    kinds = {DecisionKind.APPROVE, DecisionKind.DISCARD}
    about = [row for row in select(connection, subject_hash=subject_hash) if row.kind in kinds] if subject_hash else []
    if not about or about[-1].kind != DecisionKind.APPROVE:
        return None
    newest = about[-1]
    return newest if newest.expires_at is None or now < newest.expires_at else None


def carry_out(connection: sa.Connection, number: int, result: str, now: datetime) -> bool:
    """Record what became of a decision, once; False when somebody else already did."""
    found = connection.execute(sa.select(decision_results).where(decision_results.c.decision == number)).one_or_none()
    if found is not None:
        return False
    connection.execute(decision_results.insert().values(decision=number, carried_out_at=now, result=result))
    return True


def erase(connection: sa.Connection, number: int, now: datetime) -> None:
    """Forget a decision's texts and what they were about; the chain still fits, since its record's hash stays."""
    get(connection, number)
    connection.execute(
        decisions.update()
        .where(decisions.c.number == number)
        .values(by="", reason="", details={}, salt="", erased_at=now)
    )


def head(connection: sa.Connection) -> str:
    """The chain's last link; 64 zeros before the first decision."""
    found = connection.execute(sa.select(decisions.c.head).order_by(decisions.c.number.desc()).limit(1)).scalar()
    return found or START


def audit(connection: sa.Connection, known_head: str | None = None) -> Audit:
    """Follow the chain from its start. An erased record is taken at its hash."""
    last, broken_at, count, seen = START, None, 0, {START}
    for found in connection.execute(sa.select(decisions).order_by(decisions.c.number)):
        count += 1
        fits = found.erased_at is not None or _record_hash(found._asdict()) == found.record_hash
        if broken_at is None and (not fits or found.number != count or _chained(last, found.record_hash) != found.head):
            broken_at = found.number
        last = found.head
        seen.add(last)
    return Audit(count, last, broken_at, None if known_head is None else known_head in seen)


def _query() -> sa.Select[Any]:
    joined = decisions.outerjoin(decision_results, decision_results.c.decision == decisions.c.number)
    return sa.select(decisions, decision_results.c.result, decision_results.c.carried_out_at).select_from(joined)


def _chained(last: str, record_hash: str) -> str:
    return hashlib.sha256(f"{last}{record_hash}".encode()).hexdigest()


def _record_hash(values: Mapping[str, Any]) -> str:
    names = (
        "number",
        "kind",
        "by",
        "reason",
        "feed",
        "run_id",
        "subject_hash",
        "details",
        "made_at",
        "expires_at",
        "salt",
    )
    plain = {name: value.isoformat() if isinstance(value := values[name], datetime) else value for name in names}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _row(found: sa.Row[Any]) -> DecisionRow:
    values = found._asdict()
    erased_at = values.pop("erased_at")
    for name in ("salt", "record_hash"):
        del values[name]
    values["kind"] = DecisionKind(values["kind"])
    values["result"] = values["result"] or ""
    return DecisionRow(**values, is_erased=erased_at is not None)
