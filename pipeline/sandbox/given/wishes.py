"""The keys of `POST /sandbox/given` and what each does."""

from collections.abc import Callable
from typing import Any

from pipeline.sandbox.given import changes, made
from pipeline.sandbox.given.hand import Hand, listed
from pipeline.sandbox.given.held import hold_imports, is_about_imports, set_queue

__all__ = ["grant"]

EACH: dict[str, Callable[[Hand, dict[str, Any]], None]] = {  # these take one object or a list of them
    "authentication_providers": made.add_provider,
    "canvas_users": made.add_user,
    "blueprint_courses": made.add_blueprint,
    "template_courses": made.add_template,
    "course_roles": made.add_course_role,
    "account_roles": made.add_account_role,
    "sub_accounts": made.set_sub_account,
    "manual_courses": made.add_course,
    "manual_enrollments": made.add_enrollment,
    "manual_admins": made.add_admin,
    "manual_user_change": changes.change_user,
    "manual_account_change": changes.change_account,
    "manual_term_change": changes.change_term,
    "manual_course_change": changes.change_course,
    "manual_section_change": changes.change_section,
    "manual_group_change": changes.change_group,
    "manual_enrollment_change": changes.change_enrollment,
    "group_category_settings": changes.set_category,
}


def grant(hand: Hand, key: str, wish: Any) -> dict[str, Any]:
    """Do what one key asks for; the result names what placeholders stand for. Errors: ValueError."""
    if key in EACH:
        for entry in listed(wish):
            EACH[key](hand, entry)
    elif key == "account_settings":
        _set_account(hand, dict(wish))
    elif key == "token_user_sis_id":
        made.name_token_user(hand, "sis_id", str(wish))
    elif key == "token_user_login_id":
        made.name_token_user(hand, "unique_id", str(wish))
    elif key == "queue":
        set_queue(hand, wish)
    elif is_about_imports(key):
        return hold_imports(hand, key, wish)
    else:
        raise ValueError(f"unknown key {key}")
    return {}


def _set_account(hand: Hand, settings: dict[str, Any]) -> None:
    for entry in listed(settings.pop("sub_accounts", [])):
        made.set_sub_account(hand, entry)
    made.set_account(hand, settings)
