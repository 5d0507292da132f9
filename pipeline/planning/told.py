"""The empty findings table, made once: most of a plan's questions find nothing to tell."""

from pipeline.model.findings import no_findings

__all__ = ["NOTHING_TOLD"]

NOTHING_TOLD = no_findings()
