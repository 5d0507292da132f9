"""Institutional tags: categories, tags, and the people under them. The account's feature flag has to be on."""

from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Draft, Skip, Work, refuse_nul
from pipeline.sandbox.store.records import InstitutionalTag, InstitutionalTagAssociation, InstitutionalTagCategory

__all__ = ["import_associations", "import_categories", "import_tags"]

CATEGORY_COLUMNS = ("category_id", "name", "status", "description")
TAG_COLUMNS = ("institutional_tag_id", "category_id", "name", "description", "status")
ASSOCIATION_COLUMNS = ("institutional_tag_id", "user_id", "status")
STATUSES = ("active", "deleted")
FLAG = "institutional_tags"
MAX_TEXT, MAX_CATEGORY_DESCRIPTION, MAX_TAG_DESCRIPTION = 255, 65535, 500
MAX_TAGS = 50  # of a category


def import_categories(work: Work, segment: Segment) -> None:
    """Import rows of categories in order."""
    for number, row in segment.rows(CATEGORY_COLUMNS):
        try:
            work.count += _import_category(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def import_tags(work: Work, segment: Segment) -> None:
    """Import rows of tags in order."""
    for number, row in segment.rows(TAG_COLUMNS):
        try:
            work.count += _import_tag(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def import_associations(work: Work, segment: Segment) -> None:
    """Import rows of associations; what needs the account is told after what needs the row alone."""
    waiting: list[tuple[int, Row]] = []
    for number, row in segment.rows(ASSOCIATION_COLUMNS):
        try:
            if _check_association(work, row):
                waiting.append((number, row))
        except Skip as refusal:
            work.warn(number, str(refusal))
    for number, row in waiting:
        try:
            _import_association(work, row)
            work.count += 1
        except Skip as refusal:
            work.warn(number, str(refusal))


def _refuse_without_flag(work: Work) -> None:
    if not work.settings.account.get(FLAG):
        raise Skip("Institutional tags are not enabled for this account")


def _import_category(work: Work, row: Row) -> bool:
    category_id, name, status, description = row
    _refuse_without_flag(work)
    if category_id is None:
        raise Skip("No category_id given for an institutional tag category")
    if name is None:
        raise Skip(f"No name given for institutional tag category {category_id}")
    if status is None:
        raise Skip(f"No status given for institutional tag category {category_id}")
    if not starts_with(status, STATUSES):
        raise Skip(f'Improper status "{status}" for institutional tag category {category_id}')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    table = work.session.tag_categories
    draft = work.draft(table.find("sis_id", category_id), InstitutionalTagCategory())
    draft["sis_id"], draft["name"], draft["description"] = category_id, name, description
    draft["workflow_state"] = "active" if starts_with(status, ("active",)) else "deleted"
    errors = _length_errors(draft, MAX_CATEGORY_DESCRIPTION) + _name_errors(work, draft, "tag_categories")
    if errors:
        raise Skip(
            f"An institutional tag category did not pass validation (category: {category_id}, error: {','.join(errors)})"
        )
    was_live = not draft.is_new and draft.record.workflow_state != "deleted"
    work.save(table, draft, "InstitutionalTagCategory")
    if was_live and draft.record.workflow_state == "deleted":
        for tag in work.session.tags.where(live=True, category_id=draft.record.id):
            _delete_tag(work, tag)
    return True


def _import_tag(work: Work, row: Row) -> bool:
    tag_id, category_id, name, description, status = row
    _refuse_without_flag(work)
    if tag_id is None:
        raise Skip("No institutional_tag_id given for an institutional tag")
    for column, value in (
        ("category_id", category_id),
        ("name", name),
        ("description", description),
        ("status", status),
    ):
        if value is None:
            raise Skip(f"No {column} given for institutional tag {tag_id}")
    if not starts_with(status, STATUSES):
        raise Skip(f'Improper status "{status}" for institutional tag {tag_id}')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    category = work.session.tag_categories.find("sis_id", category_id)
    if category is None:
        raise Skip(f'Category with id "{category_id}" didn\'t exist for institutional tag {tag_id}')
    _save_tag(work, row, category)
    return True


def _save_tag(work: Work, row: Row, category: InstitutionalTagCategory) -> None:
    tag_id, _, name, description, status = row
    table = work.session.tags
    draft = work.draft(table.find("sis_id", tag_id), InstitutionalTag(category_id=category.id))
    draft["sis_id"], draft["name"], draft["description"] = tag_id, name, description
    draft["workflow_state"] = "active" if starts_with(status, ("active",)) else "deleted"
    errors = _length_errors(draft, MAX_TAG_DESCRIPTION) + _name_errors(work, draft, "tags") + _limit_errors(work, draft)
    if errors:
        raise Skip(f"An institutional tag did not pass validation (tag: {tag_id}, error: {','.join(errors)})")
    was_live = not draft.is_new and draft.record.workflow_state != "deleted"
    work.save(table, draft, "InstitutionalTag")
    if was_live and draft.record.workflow_state == "deleted":
        _end_associations(work, draft.record)


def _check_association(work: Work, row: Row) -> bool:
    """Whether a row goes on; False: passed over silently."""
    tag_id, user_id, status = row
    _refuse_without_flag(work)
    if tag_id is None:
        raise Skip("No institutional_tag_id given for an institutional tag association")
    if user_id is None:
        raise Skip(f"No user_id given for institutional tag association with tag {tag_id}")
    if status is None:
        raise Skip(f"No status given for institutional tag association (tag: {tag_id}, user: {user_id})")
    if not starts_with(status, STATUSES):
        raise Skip(f'Improper status "{status}" for institutional tag association (tag: {tag_id}, user: {user_id})')
    return not work.drops_deletes(status)


def _import_association(work: Work, row: Row) -> None:
    tag_id, user_id, status = row
    refuse_nul(row)
    login = work.session.logins.find("sis_id", user_id)
    if login is None:
        raise Skip(
            f'User with sis_user_id "{user_id}" didn\'t exist for institutional tag association with tag {tag_id}'
        )
    tag = work.session.tags.find("sis_id", tag_id)
    if tag is None:
        raise Skip(f'Institutional tag with id "{tag_id}" didn\'t exist')
    is_active = starts_with(status, ("active",))
    if is_active and tag.workflow_state == "deleted":
        raise Skip(
            f"An institutional tag association did not pass validation (tag: {tag_id}, user: {user_id}, "
            "error: Institutional tag must be active)"
        )
    table = work.session.tag_associations
    found = table.where(tag_id=tag.id, user_id=login.user_id)
    fresh = InstitutionalTagAssociation(tag_id=tag.id, user_id=login.user_id)
    draft = work.draft(found[0] if found else None, fresh)
    draft["workflow_state"] = "active" if is_active else "deleted"
    work.save(table, draft, "InstitutionalTagAssociation")


def _length_errors(draft: Draft, longest_description: int) -> list[str]:
    limits = (("Name", draft["name"], MAX_TEXT), ("Description", draft["description"], longest_description))
    errors = [
        f"{label} is too long (maximum is {limit} characters)"
        for label, text, limit in limits
        if text is not None and len(text) > limit
    ]
    if len(draft["sis_id"]) > MAX_TEXT:
        errors.append(f"Sis source is too long (maximum is {MAX_TEXT} characters)")
    return errors


def _name_errors(work: Work, draft: Draft, table: str) -> list[str]:
    """Names are unique among active rows, whatever the letter case."""
    own = 0 if draft.is_new else draft.record.id
    others = getattr(work.session, table).where(live=True, but=own)
    is_taken = any(other.name.lower() == draft["name"].lower() for other in others)
    return ["Name has already been taken"] if is_taken and draft["workflow_state"] == "active" else []


def _limit_errors(work: Work, draft: Draft) -> list[str]:
    """A category has room for so many tags; looked at when a tag is created or comes back."""
    comes = draft["workflow_state"] == "active" and (draft.is_new or draft.record.workflow_state == "deleted")
    if comes and len(work.session.tags.where(live=True, category_id=draft["category_id"])) >= MAX_TAGS:
        return [f"Category A category cannot have more than {MAX_TAGS} tags"]
    return []


def _delete_tag(work: Work, tag: InstitutionalTag) -> None:
    tag.workflow_state, tag.updated_at = "deleted", work.settings.now
    work.session.tags.touch(tag)
    _end_associations(work, tag)


def _end_associations(work: Work, tag: InstitutionalTag) -> None:
    for association in work.session.tag_associations.where(live=True, tag_id=tag.id):
        association.workflow_state, association.updated_at = "deleted", work.settings.now
        work.session.tag_associations.touch(association)
