"""One row of enrollments.csv that passed its first checks."""

from dataclasses import dataclass
from functools import lru_cache

__all__ = ["BATCH_ROWS", "COLUMNS", "Line"]

BATCH_ROWS = 100
COLUMNS = (
    "course_id",
    "section_id",
    "user_id",
    "user_integration_id",
    "role",
    "role_id",
    "status",
    "associated_user_id",
    "start_date",
    "end_date",
    "limit_section_privileges",
    "root_account",
    "temporary_enrollment_source_user_id",
)


@dataclass(slots=True, eq=False)
class Line:
    """The row's values; status in lower case, start and end as they could be read."""

    number: int
    course_id: str | None
    section_id: str | None
    user_id: str | None
    user_integration_id: str | None
    role: str | None
    role_id: str | None
    status: str
    associated_user_id: str | None
    start: str | None
    end: str | None
    limit_section_privileges: str | None
    root_account: str | None
    source_user_id: str | None

    def state(self) -> str:
        """What the status asks for: active, inactive, completed, deleted or deleted_last_completed."""
        return _state_of(self.status)

    def info(self) -> str:
        """A printed list of named values."""
        named = ((name, getattr(self, name)) for name in ("course_id", "section_id", "user_id", "role", "status"))
        return "[{" + ", ".join(f':{name}=>"{value}"' for name, value in named if value is not None) + "}]"


@lru_cache(maxsize=1024)
def _state_of(status: str) -> str:
    words = ("deleted_last_completed", "active", "inactive", "completed", "deleted")
    return next(word for word in words if status.startswith(word))
