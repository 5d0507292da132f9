"""Look-ups that several importers share, each with Canvas's idea of who exists."""

import json

from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.records import Account, Course, Term

__all__ = ["account_chain", "account_or_fallback", "is_elementary", "live_account", "live_course", "live_term"]


def live_term(work: Work, term_id: str | None) -> Term | None:
    """The term with this SIS id unless it is deleted."""
    term = work.session.terms.find("sis_id", term_id) if term_id is not None else None
    return None if term is None or term.workflow_state == "deleted" else term


def account_or_fallback(work: Work, account_id: str | None, fallback_id: str | None) -> Account | None:
    """The account with the first of two SIS ids that finds one; deleted accounts count."""
    for sis_id in (account_id, fallback_id):
        account = work.session.accounts.find("sis_id", sis_id) if sis_id is not None else None
        if account is not None:
            return account
    return None


def live_account(work: Work, account_id: str) -> Account | None:
    """The account with this SIS id unless it is deleted."""
    account = work.session.accounts.find("sis_id", account_id)
    return None if account is None or account.workflow_state == "deleted" else account


def live_course(work: Work, course_id: str) -> Course | None:
    """The course with this SIS id unless it is deleted."""
    course = work.session.courses.find("sis_id", course_id)
    return None if course is None or course.workflow_state == "deleted" else course


def account_chain(work: Work, account_id: int | None) -> list[int]:
    """The ids of an account and its parents, the root account last."""
    chain: list[int] = []
    while account_id is not None and account_id not in chain:
        chain.append(account_id)
        account_id = work.session.accounts.get(account_id).parent_account_id
    return chain


def is_elementary(work: Work, account: Account) -> bool:
    """Whether an account, or a parent of it, is one of Canvas for Elementary."""
    chain = (work.session.accounts.get(id_) for id_ in account_chain(work, account.id))
    return any(json.loads(one.settings).get("elementary") for one in chain)
