"""groups_membership.csv: who is in which group."""

from pipeline.sandbox.importers.membership import Words, import_memberships
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import Work

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("group_id", "user_id", "status")
WORDS = Words(column="group_id", group="Group", user="group user", of_group="group", validation="group user")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    import_memberships(work, segment, WORDS)
