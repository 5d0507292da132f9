"""One login for two people, in the export or against what Canvas has; compared without case and outer blanks."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.checks.catalogue import code_of
from pipeline.checks.references import known_ids
from pipeline.checks.sheet import Sheet, as_text
from pipeline.checks.values import Mask, blank, to_mask
from pipeline.model.frames import text_column
from pipeline.model.roster import Known

__all__ = ["check_logins"]


def check_logins(sheet: Sheet, known: Known) -> None:
    """Refuse people who share a login, unless Canvas gives it to one of them already; hold a login taken from a stranger.

    A deleted person's login is free. Source: Canvas's user importer skips the second of two (USER-06, USER-07).
    """
    if not sheet.has("login_id"):
        return
    logins = folded(sheet.column("login_id"))
    claiming = ~sheet.refused & ~blank(sheet.column("login_id")) & ~_deleted(sheet)
    holders = _holders(known)
    _check_shared(sheet, logins, claiming, holders)
    _check_strangers(sheet, logins, claiming, known)
    _check_taken(sheet, logins, claiming & ~sheet.refused, holders)


def folded(column: pa.Array) -> pa.Array:
    """Logins as Canvas compares them: small letters, no blanks around."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(column))


def _deleted(sheet: Sheet) -> Mask:
    if not sheet.has("status"):
        return np.zeros(len(sheet), dtype=bool)
    return to_mask(pc.equal(sheet.column("status"), "deleted"))


def _holders(known: Known) -> pd.DataFrame:
    """Who has which login in Canvas: columns login (folded), user_id; one row per login."""
    frame = known.tables.get("users")
    if frame is None or "login_id" not in frame.columns:
        return pd.DataFrame({"login": text_column([]), "user_id": text_column([])})
    if "status" in frame.columns:
        frame = frame[frame["status"] != "deleted"]
    logins, people = folded(as_text(frame["login_id"])), as_text(frame["user_id"])
    held = pd.DataFrame({"login": text_column(logins), "user_id": text_column(people)})
    return held[held["login"] != ""].drop_duplicates("login")


def _check_shared(sheet: Sheet, logins: pa.Array, claiming: Mask, holders: pd.DataFrame) -> None:
    at = np.flatnonzero(claiming)
    claimed = logins.take(pa.array(at))
    if pc.count_distinct(claimed).as_py() == len(at):
        return
    names = text_column(claimed)
    at, names = at[names.duplicated(keep=False)], names[names.duplicated(keep=False)]
    people = np.asarray(sheet.column("user_id").take(pa.array(at)).to_pylist(), dtype=object)
    holder = _holder_of(as_text(names), holders)
    is_holder = holder == people
    frame = pd.DataFrame({"login": names.to_numpy(), "user_id": people, "holder": np.where(is_holder, people, "")})
    by_login = frame.groupby("login")
    first, last = by_login["user_id"].transform("first"), by_login["user_id"].transform("last")
    owner = by_login["holder"].transform("max").to_numpy()  # the one who has it, "" sorts before every id
    others = np.where(owner != "", owner, np.where(first != people, first, last))
    others_column = _spread(sheet, at, others)
    sheet.report(code_of("user-shared-login"), _mask(sheet, at[~is_holder]), extra={"other": others_column})


def _check_strangers(sheet: Sheet, logins: pa.Array, claiming: Mask, known: Known) -> None:
    """Refuse to delete somebody whom Canvas does not have by a login that is another's: Canvas would refuse it too."""
    if "users" not in known.complete:
        return
    known_people = known_ids(known, "users", "user_id")
    strangers = _deleted(sheet) & ~sheet.refused & ~sheet.is_in("user_id", pa.concat_arrays(known_people))
    if not strangers.any():
        return
    claimed = logins.filter(pa.array(claiming & ~sheet.refused))
    taken = strangers & to_mask(pc.is_in(logins, value_set=claimed))
    at = np.flatnonzero(taken)
    if not len(at):
        return
    owners = sheet.column("user_id").filter(pa.array(claiming & ~sheet.refused))
    of_each = owners.take(pc.index_in(logins.take(pa.array(at)), value_set=claimed))
    sheet.report(
        code_of("user-shared-login"),
        taken,
        extra={"other": _spread(sheet, at, np.asarray(of_each.to_pylist(), dtype=object))},
    )


def _holder_of(logins: pa.Array, holders: pd.DataFrame) -> np.ndarray:
    """Who has each login in Canvas, "" for nobody."""
    found = pc.index_in(logins, value_set=as_text(holders["login"]))
    return np.asarray(pc.fill_null(as_text(holders["user_id"]).take(found), "").to_pylist(), dtype=object)


def _check_taken(sheet: Sheet, logins: pa.Array, claiming: Mask, holders: pd.DataFrame) -> None:
    """Logins that Canvas gives to somebody else: a stranger to this export, or a person who has another login in it now."""
    if holders.empty or not claiming.any():
        return
    found = pc.index_in(logins, value_set=as_text(holders["login"]))
    at = np.flatnonzero(claiming & to_mask(pc.is_valid(found)))
    if not len(at):
        return
    owners = _holder_of(logins.take(pa.array(at)), holders)
    foreign = owners != np.asarray(sheet.column("user_id").take(pa.array(at)).to_pylist(), dtype=object)
    at, owners = at[foreign], owners[foreign]
    others = _spread(sheet, at, owners)
    in_export = to_mask(pc.is_in(pa.array(owners, pa.string()), value_set=sheet.column("user_id")))
    sheet.report(code_of("user-login-changes-hands"), _mask(sheet, at[in_export]), extra={"other": others})
    sheet.report(code_of("user-login-taken"), _mask(sheet, at[~in_export]), extra={"other": others})


def _mask(sheet: Sheet, at: np.ndarray) -> Mask:
    mask = np.zeros(len(sheet), dtype=bool)
    mask[at] = True
    return mask


def _spread(sheet: Sheet, at: np.ndarray, values: np.ndarray) -> pa.Array:
    """Values for some rows as a column of the whole table."""
    column = np.full(len(sheet), "", dtype=object)
    column[at] = values
    return pa.array(column, pa.string())
