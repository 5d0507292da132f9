"""differentiation_tag_membership.csv: who is under which differentiation tag."""

from pipeline.sandbox.importers.membership import Words, import_memberships
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import Work

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("tag_id", "user_id", "status")
WORDS = Words(
    column="tag_id",
    group="Differentiation tag",
    user="differentiation tag user",
    of_group="differentiation tag",
    validation="differentiation tag user",
    is_tag=True,
)


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    import_memberships(work, segment, WORDS)
