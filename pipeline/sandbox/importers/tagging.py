"""Whether differentiation tags are enabled where a course lives."""

import json

from pipeline.sandbox.importers.lookup import account_chain
from pipeline.sandbox.importers.work import Skip, Work

__all__ = ["SETTING", "has_tags", "refuse_without_tags"]

SETTING = "allow_assign_to_differentiation_tags"


def has_tags(work: Work, account_id: int) -> bool:
    """Whether an account, or a parent of it, allows differentiation tags."""
    chain = (work.session.accounts.get(id_) for id_ in account_chain(work, account_id))
    return any(json.loads(account.settings).get(SETTING) for account in chain)


def refuse_without_tags(work: Work, course_id: int | None) -> None:
    """Refuse the row when the account of a course does not allow differentiation tags."""
    if course_id is None:
        return
    account_id = work.session.courses.get(course_id).account_id
    if not has_tags(work, account_id):
        raise Skip(f"Differentiation Tags are not enabled for Account {account_id}.")
