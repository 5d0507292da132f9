"""Moving a section between courses: its enrollments go along, and cross-listing remembers its home."""

from pipeline.sandbox.importers.validation import end_before_start
from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.records import Course, Section

__all__ = ["crosslist", "move_section", "revive", "uncrosslist", "unsavable"]


def move_section(work: Work, section: Section, course: Course) -> None:
    """Put a section and its enrollments into a course; it becomes the default section of a course that has none."""
    if section.course_id == course.id:
        return
    section.default_section = not work.session.sections.exists(live=True, course_id=course.id)
    section.course_id, section.updated_at = course.id, work.settings.now
    work.session.sections.touch(section)
    for enrollment in work.session.enrollments.where(section_id=section.id):
        enrollment.course_id, enrollment.updated_at = course.id, work.settings.now
        work.session.enrollments.touch(enrollment)


def crosslist(work: Work, section: Section, course: Course) -> None:
    """Move a section into another course; its home is remembered the first time, even after it is listed back there."""
    if section.course_id == course.id:
        return
    if section.nonxlist_course_id is None:
        section.nonxlist_course_id = section.course_id
    move_section(work, section, course)


def uncrosslist(work: Work, section: Section) -> None:
    """Bring a cross-listed section home; a deleted home course comes back unpublished."""
    if section.nonxlist_course_id is None:
        return
    home = work.session.courses.get(section.nonxlist_course_id)
    revive(work, home)
    if section.course_id != home.id:
        section.nonxlist_course_id = None
        move_section(work, section, home)


def revive(work: Work, course: Course) -> None:
    """Bring a deleted course back, unpublished."""
    if course.workflow_state == "deleted":
        work.log("Course", course.id, "deleted", "claimed")
        course.workflow_state, course.updated_at = "claimed", work.settings.now
        work.session.courses.touch(course)


def unsavable(section: Section) -> str | None:
    """Why Canvas could not save a section as it is (dates set by hand); None when it can."""
    errors = end_before_start(section.start_at, section.end_at, "End at")
    return f"Validation failed: {', '.join(errors)}" if errors else None
