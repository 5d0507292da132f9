"""Taking exports in: watching a drop folder, settling, completing, claiming. Knows nothing of what is inside the files."""

from pipeline.intake.claim import adopt_claimed, claim, release_claim
from pipeline.intake.folder import prepare_folder
from pipeline.intake.scan import scan
from pipeline.intake.take import drop_of_files, take_files
from pipeline.intake.values import (
    CLAIMED,
    OUTBOX,
    URGENT,
    Candidate,
    Claim,
    IntakeRules,
    Remark,
    RemarkKind,
    Scan,
    Sightings,
    Wait,
    shown,
)

__all__ = [
    "CLAIMED",
    "OUTBOX",
    "URGENT",
    "Candidate",
    "Claim",
    "IntakeRules",
    "Remark",
    "RemarkKind",
    "Scan",
    "Sightings",
    "Wait",
    "adopt_claimed",
    "claim",
    "drop_of_files",
    "prepare_folder",
    "release_claim",
    "scan",
    "shown",
    "take_files",
]
