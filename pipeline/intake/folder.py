"""Making a feed's drop folder and its outbox, for those who may use them."""

import os
import shutil
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.intake.values import OUTBOX, URGENT
from pipeline.model.files import make_folder

__all__ = ["prepare_folder"]

_KEEP_GROUP = 0o2000  # what is written into the folder belongs to the folder's group


def prepare_folder(folder: Path, *, group: str = "", mode: str = "0770") -> None:
    """Make the drop folder, its `urgent/` and its outbox where they are missing, for their owner only, or for a group too.

    group: name of the group that may use them; mode: octal text, taken when a group is named. PipelineError when there is no
    such group, or the folder cannot be made or given to it.
    """
    try:
        for each in (folder, folder / URGENT, folder / OUTBOX):
            make_folder(each)
            if group and os.name != "nt":
                shutil.chown(each, group=group)
                each.chmod(int(mode, 8) | _KEEP_GROUP)
    except LookupError as error:
        raise PipelineError(
            f"There is no group {group!r} on this computer.", remedy="Look at `share:` of the feed, or make the group."
        ) from error
    except OSError as error:
        raise PipelineError(
            f"The drop folder {folder} cannot be made ({error.strerror}).",
            remedy="Make it by hand, or give the service's user the right to; to share it, the user must be in the group.",
        ) from error
