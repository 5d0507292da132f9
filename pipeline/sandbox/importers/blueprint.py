"""Links of courses to blueprint courses, made after all rows of a segment."""

from pipeline.sandbox.importers.lookup import account_chain
from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.records import Course

__all__ = ["Associations"]

DISSOCIATE = "dissociate"


class Associations:
    """The links that the rows of one segment ask for."""

    def __init__(self) -> None:
        self._wanted: list[tuple[str, Course]] = []

    def note(self, work: Work, course: Course, blueprint_id: str | None) -> None:
        """Take a row's wish, unless its course is deleted; `dissociate` removes the present link at once."""
        if course.workflow_state == "deleted":
            return
        if blueprint_id == DISSOCIATE:
            course.blueprint_course_id = None
            work.session.courses.touch(course)
        elif blueprint_id is not None:
            self._wanted.append((blueprint_id, course))

    def make(self, work: Work) -> None:
        """Make the links; those that cannot be are told without a row number."""
        for blueprint_id, course in self._wanted:
            if refusal := _link(work, blueprint_id, course):
                work.warn(None, refusal)


def _link(work: Work, blueprint_id: str, course: Course) -> str | None:
    """Link one course; the result is the message when it cannot be."""
    blueprint = work.session.courses.find("sis_id", blueprint_id)
    if blueprint is None or not blueprint.is_blueprint or blueprint.workflow_state == "deleted":
        return f'Unknown blueprint course "{blueprint_id}" for course "{course.sis_id}"'
    refused = f'Cannot associate course "{course.sis_id}" - is '
    if course.is_blueprint:
        return f"{refused}a blueprint course"
    if course.blueprint_course_id == blueprint.id:
        return None
    if course.blueprint_course_id is not None:
        return f"{refused}associated to another blueprint course"
    if blueprint.account_id not in account_chain(work, course.account_id):
        return f"{refused}not in the same or lower account as the blueprint course"
    course.blueprint_course_id = blueprint.id
    work.session.courses.touch(course)
    return None
