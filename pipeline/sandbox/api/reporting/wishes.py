"""What a report run is asked for: which files, which terms, which rows.

Source: the reference on reading back, section 4.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.sandbox.api.params import is_true

__all__ = ["FILES", "ReportWish", "asked_terms", "chosen_files", "extra_text", "read_wish"]

FILES = (
    "users",
    "accounts",
    "terms",
    "courses",
    "sections",
    "enrollments",
    "groups",
    "group_membership",
    "group_categories",
    "xlist",
    "user_observers",
    "admins",
)
ENROLLMENT_KINDS = (
    "TeacherEnrollment",
    "TaEnrollment",
    "DesignerEnrollment",
    "StudentEnrollment",
    "ObserverEnrollment",
)
ENROLLMENT_STATES = ("invited", "creation_pending", "active", "completed", "inactive", "deleted", "rejected")


@dataclass(frozen=True, slots=True)
class ReportWish:
    """One run: sis (the SIS export, else provisioning), its account, its filters. term_ids: None is all terms."""

    sis: bool
    files: tuple[str, ...]
    account_id: int = 1
    term_ids: tuple[int, ...] | None = None
    include_deleted: bool = False
    created_by_sis: bool = False
    enrollment_kinds: tuple[str, ...] | None = None
    enrollment_states: tuple[str, ...] | None = None
    generation: int = 2024


def chosen_files(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The files chosen, in their order."""
    return tuple(name for name in FILES if is_true(parameters.get(name)))


def asked_terms(parameters: Mapping[str, Any]) -> list[str]:
    """The terms as written; an empty text means all, and so does none."""
    written = parameters.get("enrollment_term_id", parameters.get("enrollment_term"))
    return [part.strip() for part in str(written or "").split(",") if part.strip()]


def read_wish(wish: ReportWish, parameters: Mapping[str, Any]) -> ReportWish:
    """The filters of a run's parameters. `created_by_sis` goes by truth, not by words: even `false` is a text."""
    created = parameters.get("created_by_sis")
    return ReportWish(
        sis=wish.sis,
        files=chosen_files(parameters),
        account_id=wish.account_id,
        term_ids=wish.term_ids,
        include_deleted=is_true(parameters.get("include_deleted")),
        created_by_sis=created is not None and created is not False,
        enrollment_kinds=listed(parameters.get("enrollment_filter"), ENROLLMENT_KINDS),
        enrollment_states=listed(parameters.get("enrollment_states"), ENROLLMENT_STATES),
        generation=wish.generation,
    )


def listed(value: Any, valid: Sequence[str]) -> tuple[str, ...] | None:
    """The valid members of a list or of a text with commas; None when nothing was sent."""
    if value in (None, ""):
        return None
    parts = value if isinstance(value, list) else str(value).split(",")
    return tuple(part for part in (str(each).strip() for each in parts) if part in valid)


def extra_text(wish: ReportWish, term_names: Sequence[str]) -> str:
    """The sentence for people that a run carries."""
    terms = ", ".join(term_names) if wish.term_ids is not None else "All Terms"
    parts = [f"Term: {terms}; "]
    if wish.include_deleted:
        parts.append("Include Deleted Objects; ")
    if wish.created_by_sis:
        parts.append("Only report objects created by SIS; ")
    return "".join([*parts, "Reports: ", *(f"{name} " for name in wish.files)])
