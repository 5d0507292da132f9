"""Courses, sections and cross-listings, as Canvas imports them."""

from pipeline.checks.predict.speaking import Cells, Crash, Dates, Speaker
from pipeline.checks.predict.structure import LONGEST, check_lengths
from pipeline.checks.predict.world import Account, Course, Section, Term, World

__all__ = ["Courses", "CrossListings", "Sections"]

_OPENING = frozenset({"active", "unpublished", "published"})


class Courses:
    """courses.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker
        self.to_link: dict[str, list[tuple[int, str]]] = {}

    def take(self, cells: Cells, dates: Dates) -> None:
        """One course."""
        world = self.world
        course_id = cells["course_id"]
        known = world.courses.get(course_id)
        account = self._account(cells, known)
        if account is None:
            return
        term = self._term(cells, known)
        abstract_id = cells.get("abstract_course_id", "")
        if abstract_id:
            account, term = self._with_abstract(cells, account, term)
        course = known or Course(course_id, account, term)
        start, end = self._dates(cells, dates, course)
        name, code = cells.get("long_name", "") or course.name, cells.get("short_name", "") or course.code
        if not self._is_valid(cells, known, (start, end), (name, code)):
            return
        check_lengths(cells, "integration_id")
        world.courses[course_id] = course
        world.place_course(course, account, term)
        world.integrate("course", course, course.integration_id, cells.get("integration_id", ""))
        course.integration_id = cells.get("integration_id", "")
        course.start, course.end, course.name, course.code = start, end, name, code
        self._follow(course)
        self._change_state(course, cells["status"])
        self._remember_link(cells, course)

    def finish(self) -> None:
        """Blueprints are linked last: files cannot make one, so none is found."""
        if self.world.is_lenient:
            return
        for blueprint_id, rows in self.to_link.items():
            for about, course_id in rows:
                cells = {"blueprint_course_id": blueprint_id, "course_id": course_id}
                self.speaker.say_without_row("COURSE-13", cells, about)

    def _account(self, cells: Cells, known: Course | None) -> Account | None:
        """The account that the course will be in; None when the row ends here."""
        world, account_id, fallback_id = self.world, cells.get("account_id", ""), cells.get("fallback_account_id", "")
        found = world.accounts.get(account_id) or world.accounts.get(fallback_id)
        if account_id and found is None:
            if not world.is_lenient:
                self.speaker.say("COURSE-08", cells)
                return None
            found = world.accounts[account_id] = Account(account_id, world.root)
        present = known.account if known else None
        if not world.is_current:
            return found or present or world.root
        account = found if found and found.state == "active" else present
        if account is not None and account.state == "deleted" and not world.is_lenient:
            self.speaker.say("COURSE-09", cells, account_sis_id=account.sis_id)
            return None
        return account or world.root

    def _term(self, cells: Cells, known: Course | None) -> Term:
        term = self.world.terms.get(cells.get("term_id", ""))
        if term is not None and term.state != "deleted":
            return term
        return known.term if known else self.world.default_term

    def _with_abstract(self, cells: Cells, account: Account, term: Term) -> tuple[Account, Term]:
        abstract = self.world.abstract_courses.get(cells["abstract_course_id"])
        if abstract is None:
            if not self.world.is_lenient:
                self.speaker.say_without_row("COURSE-12", cells)
            return account, term
        return (account if cells.get("account_id") else abstract[0], term if cells.get("term_id") else abstract[1])

    def _dates(self, cells: Cells, dates: Dates, course: Course) -> Dates:
        start = dates[0] if "start_date" in cells else course.start
        end = dates[1] if "end_date" in cells else course.end
        return start, end

    def _is_valid(self, cells: Cells, known: Course | None, dates: Dates, names: tuple[str, str]) -> bool:
        integration_id = cells.get("integration_id", "")
        holder = self.world.integrations["course"].get(integration_id)
        if holder is not None and holder is not known:
            self._refuse(cells, [f'Integration Integration ID "{integration_id}" is already in use'])
            return self.world.is_lenient
        errors = _course_errors(cells["course_id"], dates, names)
        if known and known.copies and (copied := _course_errors("", dates, names)):
            self.speaker.say("COURSE-10", cells, errors=",".join(copied))
            return self.world.is_lenient
        if errors:
            self._refuse(cells, errors)
        return not errors or self.world.is_lenient

    def _refuse(self, cells: Cells, errors: list[str]) -> None:
        self.speaker.say("COURSE-11", cells, errors=",".join(errors))

    def _follow(self, course: Course) -> None:
        """Courses copied from this one by cross-listing follow it."""
        for copy in course.copies:
            copy.start, copy.end, copy.name, copy.code = course.start, course.end, course.name, course.code
            self.world.place_course(copy, course.account, course.term)

    def _change_state(self, course: Course, status: str) -> None:
        folded = status.lower()
        if folded in _OPENING:
            opened = "available" if folded == "published" else "claimed"
            course.state = {"completed": "available", "available": "available"}.get(course.state, opened)
            return
        if "deleted" in folded:
            course.state = "deleted"
            for section in course.sections:
                self.world.end_enrollments(section, state="deleted")
        elif "completed" in folded:
            course.state = "completed"
            for section in course.sections:
                self.world.end_enrollments(section, state="completed", only=frozenset({"active", "invited"}))

    def _remember_link(self, cells: Cells, course: Course) -> None:
        blueprint_id = cells.get("blueprint_course_id", "")
        if blueprint_id and blueprint_id != "dissociate" and course.state != "deleted":
            self.to_link.setdefault(blueprint_id, []).append((self.speaker.at, course.sis_id))


def _course_errors(course_id: str, dates: Dates, names: tuple[str, str]) -> list[str]:
    """What keeps a course from being saved, in Canvas's order."""
    start, end = dates
    errors = []
    if start is not None and end is not None and end < start:
        errors.append("Conclude at End date cannot be before start date")
    for label, value in (("Name", names[0]), ("Sis source", course_id), ("Course code", names[1])):
        if len(value) > LONGEST:
            errors.append(f"{label} is too long (maximum is 255 characters)")
    return errors


class Sections:
    """sections.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker
        self.deleted: set[Section] = set()

    def take(self, cells: Cells, dates: Dates) -> None:
        """One section."""
        world, section_id = self.world, cells["section_id"]
        course = world.courses.get(cells["course_id"])
        if course is None and world.is_lenient:
            course = world.courses[cells["course_id"]] = Course(
                cells["course_id"], world.root, world.default_term, "claimed"
            )
        if course is None:
            self.speaker.say("SECTION-06", cells)
            return
        section = world.sections.get(section_id)
        name = cells.get("name", "")
        if section is None and not name and not world.is_lenient:
            self.speaker.say("SECTION-07", cells)
            return
        if not self._is_valid(cells, section, dates, name):
            return
        check_lengths(cells, "integration_id")
        if section is None:
            section = world.sections[section_id] = Section(section_id, course)
            course.sections[section] = None
        self._place(section, course, cells["status"])
        world.integrate("section", section, section.integration_id, cells.get("integration_id", ""))
        section.integration_id, section.name = cells.get("integration_id", ""), name or section.name
        if "active" in cells["status"].lower():
            if section.state == "deleted" and section.is_default:
                section.is_default = not any(o.is_default and o.state != "deleted" for o in section.course.sections)
            section.state = "active"
        else:
            section.state = "deleted"
            self.deleted.add(section)

    def finish(self) -> None:
        """Deleted sections lose their enrollments at the end, also those revived in the meantime."""
        for section in self.deleted:
            self.world.end_enrollments(section, state="deleted")

    def _is_valid(self, cells: Cells, section: Section | None, dates: Dates, name: str) -> bool:
        integration_id = cells.get("integration_id", "")
        holder = self.world.integrations["section"].get(integration_id)
        if holder is not None and holder is not section:
            errors = [f'Integration INTEGRATRION ID "{integration_id}" is already in use']
        else:
            errors = _section_errors(cells["section_id"], dates, name)
        if errors:
            self.speaker.say("SECTION-08", cells, errors=", ".join(errors))
        return not errors or self.world.is_lenient

    def _place(self, section: Section, course: Course, status: str) -> None:
        """Move a section where the row says; a cross-listed one stays as long as its home is named."""
        if section.course is course:
            return
        if section.home is None:
            self.world.move_section(section, course)
        elif section.home is not course or (section.course.state == "deleted" and status.startswith("active")):
            section.home = None
            self.world.move_section(section, course)


def _section_errors(section_id: str, dates: Dates, name: str) -> list[str]:
    start, end = dates
    errors = []
    for label, value in (("Sis source", section_id), ("Name", name)):
        if len(value) > LONGEST:
            errors.append(f"{label} is too long (maximum is 255 characters)")
    if start is not None and end is not None and end < start:
        errors.append("End at End date cannot be before start date")
    return errors


class CrossListings:
    """xlists.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One cross-listing, or its end."""
        world = self.world
        section = world.sections.get(cells["section_id"])
        if section is None:
            if not world.is_lenient:
                self.speaker.say("XLIST-04", cells)
            return
        target = world.courses.get(cells["xlist_course_id"])
        if cells["status"].lower() == "active":
            self._list(section, target or self._copy(section, cells))
        elif target is None or section.course is target:
            self._unlist(section)

    def finish(self) -> None:
        """Nothing is left to do."""

    def _copy(self, section: Section, cells: Cells) -> Course:
        """A new course for the cross-listing, like the section's present one."""
        course_id, model = cells["xlist_course_id"], section.course
        if len(course_id) > LONGEST:
            raise Crash
        course = Course(course_id, model.account, model.term, "claimed", model.name, model.code)
        self.world.courses[course_id] = course
        self.world.place_course(course, model.account, model.term)
        course.start, course.end = model.start, model.end
        model.copies.append(course)
        return course

    def _list(self, section: Section, target: Course) -> None:
        if target.state == "deleted":
            target.state = "claimed"
        if section.course is target:
            return
        section.home = section.home or section.course
        self.world.move_section(section, target)
        if section.home is target:
            section.home = None

    def _unlist(self, section: Section) -> None:
        if section.home is None:
            return
        home, section.home = section.home, None
        if home.state == "deleted":
            home.state = "claimed"
        self.world.move_section(section, home)
