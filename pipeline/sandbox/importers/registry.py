"""Which function imports which file type, and which types Canvas knows in which version."""

from collections.abc import Callable

from pipeline.canvas.file_types import FileType, file_types
from pipeline.sandbox.importers import (
    abstract_course,
    account,
    admin,
    change_sis_id,
    course,
    enrollment,
    grade_publishing,
    group,
    group_category,
    group_membership,
    institutional,
    login,
    section,
    tag,
    tag_membership,
    tag_set,
    term,
    user,
    user_observer,
    xlist,
)
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import Work

__all__ = ["BUFFERED", "IMPORTERS", "known_types"]

IMPORTERS: dict[str, Callable[[Work, Segment], None]] = {
    "change_sis_id": change_sis_id.import_segment,
    "account": account.import_segment,
    "term": term.import_segment,
    "abstract_course": abstract_course.import_segment,
    "course": course.import_segment,
    "section": section.import_segment,
    "xlist": xlist.import_segment,
    "user": user.import_segment,
    "login": login.import_segment,
    "enrollment": enrollment.import_segment,
    "admin": admin.import_segment,
    "group_category": group_category.import_segment,
    "differentiation_tag_set": tag_set.import_segment,
    "group": group.import_segment,
    "differentiation_tag": tag.import_segment,
    "group_membership": group_membership.import_segment,
    "differentiation_tag_membership": tag_membership.import_segment,
    "institutional_tag_category": institutional.import_categories,
    "institutional_tag": institutional.import_tags,
    "institutional_tag_association": institutional.import_associations,
    "grade_publishing_results": grade_publishing.import_segment,
    "user_observer": user_observer.import_segment,
}
BUFFERED = frozenset(  # their messages are stored after a segment, so that a crash loses them
    {
        "course",
        "user",
        "login",
        "enrollment",
        "admin",
        "institutional_tag_category",
        "institutional_tag",
        "institutional_tag_association",
    }
)


def known_types(*, is_2022: bool, has_tags: bool) -> tuple[FileType, ...]:
    """The file types in importer order. has_tags: the account's feature `institutional_tags` is on."""
    return tuple(
        kind
        for kind in file_types()
        if not (is_2022 and kind.since) and (has_tags or not kind.name.startswith("institutional_tag"))
    )
