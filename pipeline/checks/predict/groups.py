"""Group sets, groups and memberships, and the differentiation tags that are made like them."""

from pipeline.checks.predict.speaking import Cells, Dates, Speaker
from pipeline.checks.predict.structure import LONGEST, check_lengths
from pipeline.checks.predict.world import Account, Category, Course, Group, Person, World

__all__ = ["Categories", "Groups", "Memberships", "TagMemberships", "TagSets", "Tags"]

RESERVED = {
    Account: frozenset({"Communities", "Imported Groups"}),
    Course: frozenset({"Student Groups", "Imported Groups"}),
}


def _live_account(world: World, account_id: str) -> Account | None:
    account = world.accounts.get(account_id)
    return None if account is None or account.state == "deleted" else account


def _live_course(world: World, course_id: str) -> Course | None:
    course = world.courses.get(course_id)
    return None if course is None or course.state == "deleted" else course


class Categories:
    """group_categories.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One group set."""
        world, say = self.world, self.speaker.say
        account_id, course_id = cells.get("account_id", ""), cells.get("course_id", "")
        if account_id and course_id and not world.is_lenient:
            say("GROUPCAT-05", cells)
            return
        context: Account | Course | None = world.root
        if account_id:
            context = _live_account(world, account_id)
        elif course_id:
            context = _live_course(world, course_id)
        if context is None:
            if not world.is_lenient:
                say("GROUPCAT-06" if account_id else "GROUPCAT-07", cells)
                return
            context = world.root
        known = world.categories.get(cells["group_category_id"])
        if known is not None and known.context is not context and _has_groups(world, known) and not world.is_lenient:
            say("GROUPCAT-08", cells)
            return
        name = cells["category_name"]
        if error := self._error(name, context, known):
            say("GROUPCAT-09", cells, errors=f"Name {error}")
            if not world.is_lenient:
                return
        check_lengths(cells, "group_category_id")
        category = known or Category(cells["group_category_id"], context)
        world.categories[category.sis_id] = category
        category.context, category.name = context, name
        category.is_deleted = "active" not in cells["status"].lower()

    def finish(self) -> None:
        """Nothing is left to do."""

    def _error(self, name: str, context: Account | Course, known: Category | None) -> str:
        if known is not None and known.name == name:
            return ""
        if name in RESERVED[type(context)]:
            return f"{name} is a reserved name."
        taken = (
            other is not known and other.context is context and other.name == name and not other.is_deleted
            for other in self.world.categories.values()
        )
        if any(taken):
            return f"{name} is already in use."
        return "Enter a shorter category name" if len(name) > LONGEST else ""


def _has_groups(world: World, category: Category) -> bool:
    return any(group.category is category and group.state != "deleted" for group in world.groups.values())


class Groups:
    """groups.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One group."""
        world, say = self.world, self.speaker.say
        if cells.get("account_id") and cells.get("course_id") and not world.is_lenient:
            say("GROUP-04", cells)
            return
        named = self._context(cells)
        if named is None and self._names_place(cells) and not world.is_lenient:
            say("GROUP-05" if cells.get("account_id") else "GROUP-06", cells)
            return
        category = self._category(cells.get("group_category_id", ""), named)
        if category is None and cells.get("group_category_id") and not world.is_lenient:
            account_id, course_id = cells.get("account_id"), cells.get("course_id")
            say("GROUP-07" if account_id else "GROUP-08" if course_id else "GROUP-09", cells)
            return
        known = world.groups.get(cells["group_id"])
        place = category.context if category else named or self._usual_place(known)
        if self._cannot_move(known, place) and not world.is_lenient:
            say("GROUP-10", cells)
            return
        if len(cells["name"]) > LONGEST and not world.is_lenient:
            say("GROUP-11", cells, errors="Name Enter a shorter group name")
            return
        self._save(cells, known, place, category)

    def finish(self) -> None:
        """Nothing is left to do."""

    def _save(self, cells: Cells, known: Group | None, place: Account | Course, category: Category | None) -> None:
        check_lengths(cells, "group_id")
        group = known or Group(cells["group_id"], place)
        self.world.groups[group.sis_id] = group
        group.context, group.category = place, category or group.category
        group.state = "deleted" if cells["status"] == "deleted" else "available"
        if group.state == "deleted":
            group.members.clear()

    def _names_place(self, cells: Cells) -> bool:
        return bool(cells.get("account_id") or cells.get("course_id"))

    def _context(self, cells: Cells) -> Account | Course | None:
        """The account or course that the row names, None when it names none or does not exist."""
        if account_id := cells.get("account_id", ""):
            return _live_account(self.world, account_id)
        return _live_course(self.world, cells.get("course_id", ""))

    def _category(self, category_id: str, context: Account | Course | None) -> Category | None:
        category = self.world.categories.get(category_id)
        if category is None or category.is_deleted or (context is not None and category.context is not context):
            return None
        return category

    def _cannot_move(self, known: Group | None, place: Account | Course) -> bool:
        """Whether a group has members and would go into a course or out of one."""
        if known is None or not known.members or known.context is place:
            return False
        return isinstance(known.context, Course) or isinstance(place, Course)

    def _usual_place(self, known: Group | None) -> Account | Course:
        """Where a group goes when its row names no place."""
        return known.context if known is not None and self.world.is_current else self.world.root


class Memberships:
    """groups_membership.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One membership."""
        _follow_membership(self.world, self.speaker, cells, self.world.groups.get(cells["group_id"]), "GROUPMEMBER")

    def finish(self) -> None:
        """Nothing is left to do."""


def _follow_membership(world: World, speaker: Speaker, cells: Cells, group: Group | None, rules: str) -> None:
    login = world.logins.get(cells["user_id"])
    if login is None or group is None:
        if not world.is_lenient:
            speaker.say(f"{rules}-04" if login is None else f"{rules}-05", cells)
        return
    person: Person = login.person
    if isinstance(group.context, Course) and not world.is_in_course(person, group.context) and not world.is_lenient:
        speaker.say(f"{rules}-06", cells)
        return
    if "accepted" not in cells["status"].lower():
        group.members.discard(person)
        return
    if group.category is not None:
        for other in world.groups.values():
            if other.category is group.category:
                other.members.discard(person)
    group.members.add(person)


class TagSets:
    """differentiation_tag_sets.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One set of tags, always in a course."""
        course_id = cells.get("course_id", "")
        course = _live_course(self.world, course_id)
        if course is None and not self.world.is_lenient:
            self.speaker.say("TAGSET-05" if course_id else "TAGSET-06", cells)
            return
        known = self.world.tag_sets.get(cells["tag_set_id"])
        if known is not None and known.context is not course and self._has_tags(known):
            self.speaker.say("TAGSET-08", cells)
            return
        tag_set = Category(cells["tag_set_id"], course or self.world.root, cells["set_name"])
        tag_set.is_deleted = "active" not in cells["status"].lower()
        self.world.tag_sets[tag_set.sis_id] = tag_set

    def finish(self) -> None:
        """Nothing is left to do."""

    def _has_tags(self, tag_set: Category) -> bool:
        return any(tag.category is tag_set and tag.state != "deleted" for tag in self.world.tags.values())


class Tags:
    """differentiation_tags.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One tag."""
        world, say = self.world, self.speaker.say
        course_id, set_id = cells.get("course_id", ""), cells.get("tag_set_id", "")
        course = _live_course(world, course_id) if course_id else None
        if course_id and course is None and not world.is_lenient:
            say("TAG-04", cells)
            return
        tag_set = world.tag_sets.get(set_id) if set_id else None
        if tag_set is not None and (tag_set.is_deleted or (course is not None and tag_set.context is not course)):
            tag_set = None
        if set_id and tag_set is None and not world.is_lenient:
            say("TAG-06" if course_id else "TAG-07", cells)
            return
        known = world.tags.get(cells["tag_id"])
        if known is None and not course_id and not set_id and not world.is_lenient:
            say("TAG-08", cells)
            return
        place = tag_set.context if tag_set else course or (known.context if known else world.root)
        if known is not None and known.members and known.context is not place:
            say("TAG-09", cells)
            return
        tag = known or Group(cells["tag_id"], place)
        tag.context, tag.category = place, tag_set
        tag.state = "deleted" if cells["status"] == "deleted" else "available"
        world.tags[tag.sis_id] = tag

    def finish(self) -> None:
        """Nothing is left to do."""


class TagMemberships:
    """differentiation_tag_membership.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One person with a tag."""
        _follow_membership(self.world, self.speaker, cells, self.world.tags.get(cells["tag_id"]), "TAGMEMBER")

    def finish(self) -> None:
        """Nothing is left to do."""
