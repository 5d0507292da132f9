"""What the words in courses.csv do: states by status and present state, course formats, grade passback settings."""

__all__ = ["course_format", "next_state", "passback_setting"]

STORED_FORMATS = ("on_campus", "online", "blended")
UNPUBLISHED = ("created", "claimed")


def next_state(state: str, status: str) -> str:
    """The state after a row with this status. state: the present one; `created` is that of a new course.

    Status words that merely begin with `active`, `published` or `unpublished` change nothing. SIS cannot unpublish,
    and an active row publishes a completed course.
    """
    word = status.lower()
    if word == "published":
        return "available"
    if word in ("active", "unpublished"):
        return "available" if state in ("available", "completed") else "claimed"
    if "deleted" in word:
        return "deleted"
    return "completed" if "completed" in word else state


def course_format(text: str | None) -> str | None:
    """The format that is stored: only exact lower-case words are, all else unsets it."""
    return text if text in STORED_FORMATS else None


def passback_setting(text: str | None) -> str | None:
    """The grade passback setting that is stored: as typed, exactly `not_set` unsets it."""
    return None if text == "not_set" else text
