"""A file that can be downloaded, as a value."""

from dataclasses import dataclass

__all__ = ["StoredFile"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that can be downloaded. expires: its verifier does (else it is the file's permanent uuid)."""

    file_id: int
    uuid: str
    display_name: str
    filename: str
    content_type: str
    size: int
    created_at: str
    expires: bool = False
    verified: bool = True
