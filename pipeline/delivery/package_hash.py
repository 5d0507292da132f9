"""What a package is known by: its file's name, and one hash over the zip and the parameters of its import. Imports no frames."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import LedgerError
from pipeline.model.delivery import Package
from pipeline.model.files import file_sha256

__all__ = ["PACKAGE_NAME", "PROVENANCE_NAME", "canonical_parameters", "package_sha256", "require_unaltered"]

PACKAGE_NAME = "package.zip"
PROVENANCE_NAME = "provenance.parquet"
NAMES_THE_INSTANCE = "diffing_data_set_identifier"  # in no hash: a package is the same for test and production


def package_sha256(path: Path, parameters: Mapping[str, str]) -> str:
    """One hash over the zip's bytes and the parameters of its import."""
    return hashlib.sha256(f"{file_sha256(path)}\n{canonical_parameters(parameters)}".encode()).hexdigest()


def canonical_parameters(parameters: Mapping[str, str]) -> str:
    """The parameters as one text that depends on nothing but them; the one that names the instance is left out."""
    kept = {name: value for name, value in parameters.items() if name != NAMES_THE_INSTANCE}
    return json.dumps(kept, sort_keys=True)


def require_unaltered(package: Package) -> None:
    """LedgerError unless zip and parameters are what the package's hash was made of."""
    try:
        found = package_sha256(package.path, package.parameters)
    except OSError as exc:
        raise LedgerError(
            "The package of this run cannot be read.", remedy="Nothing was sent. Run `sis-pipeline ledger check`."
        ) from exc
    if found != package.sha256:
        raise LedgerError(
            "The package of this run is not the one that was planned: its hash differs.",
            remedy="Nothing was sent. Discard this run; the next drop is planned anew.",
        )
