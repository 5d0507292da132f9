"""A plan that is only looked at: derived as a run would derive it, recorded nowhere, sent nowhere."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.intake import take_files
from pipeline.ledger.rows import DropFileRow, DropRow
from pipeline.runs.child import run_table_work
from pipeline.runs.place import Place
from pipeline.runs.prepare import prepare_request

__all__ = ["preview"]


def preview(
    place: Place, feed_name: str, files: Sequence[Path], *, drop_id: str | None = None, out: Path | None = None
) -> dict[str, Any]:
    """What a run of these files, of an earlier drop, or of the last accepted one would plan, in numbers with examples.

    out: a folder for the plan's rows as CSVs, one per Canvas table. Files are put into the store, as a run would do.
    """
    place.feed(feed_name)
    drop = _drop(place, feed_name, files, drop_id)
    with place.work_folder("preview") as folder:
        request = prepare_request(place, feed_name, drop, folder / "out")
        request["csv"] = str(folder / "csv") if out is not None else None
        answer = run_table_work("prepare", request, folder, on_event=lambda event: place.tell("preview", event))
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for path in sorted((folder / "csv").iterdir()):
                shutil.copyfile(path, out / path.name)
    return {"drop": drop.drop_id, **answer}


def _drop(place: Place, feed_name: str, files: Sequence[Path], drop_id: str | None) -> DropRow:
    if files:
        missing = [path for path in files if not path.is_file()]
        if missing:
            raise PipelineError(
                f"There is no file {missing[0]}.", remedy="Look at the spelling and at the folder you are in."
            )
        drop = take_files(feed_name, list(files), place.store, place.clock).drop
        rows = tuple(DropFileRow(file.name, file.size, file.sha256, file.modified_at) for file in drop.files)
        return DropRow(drop.drop_id, feed_name, drop.sha256, drop.received_at, False, rows, "", (), None, None)
    found = place.ledger.get_drop(drop_id) if drop_id else place.ledger.last_accepted_drop(feed_name)
    if found is None:
        raise PipelineError(
            f"Feed {feed_name} has no drop yet.", remedy=f"Name files: sis-pipeline plan {feed_name} FILE…"
        )
    return found
