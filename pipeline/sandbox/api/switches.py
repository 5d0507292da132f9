"""Standing behaviour of the sandbox in which Canvas's versions and installations differ, and how to change it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.sandbox.api.throttle import ThrottleRules

__all__ = ["SwitchError", "Switches", "changed", "switches_of"]


class SwitchError(ValueError):
    """A switch that does not exist, or a value it cannot have."""


@dataclass(frozen=True, slots=True)
class Switches:
    """Hosted Canvas of today; the names in `PUT /sandbox/faults` are these, with a dot for each group.

    link_host: `same` or `alias` (paging links name `localhost`); files_verifier: report files may be fetched without a
    token; reports_*: delay before a run starts (seconds), rows a second (0: at once), failure (`none`, `error`, `stuck`,
    `vanish`, `truncated_file`, `wrong_size`, `misaligned_header`, `translated_header`);
    errors_file_after: seconds until an import's error file appears.
    """

    throttle_status: int = 429
    throttle_on: bool = True
    throttle_outflow: float = 10.0
    throttle_hwm: float = 600.0
    throttle_maximum: float = 800.0
    throttle_up_front: float = 50.0
    throttle_cost_factor: float = 1.0
    throttle_token_cost: float = 200.0
    permission_status: int = 403
    require_user_agent: bool = True
    headers_case: str = "lower"
    paging_max_per_page: int = 100
    paging_link_host: str = "same"
    token_expiry_seconds: int = 3600
    oauth_redirect_on_error: bool = True
    files_verifier: str = "off"
    verifier_expires: bool = True
    missing_attachment_is_refused: bool = True
    upload_workflow: bool = True
    reports_generation: int = 2024
    reports_start_delay: float = 0.0
    reports_rows_per_second: float = 0.0
    reports_fail: str = "none"
    errors_file_after: float = 0.0

    def throttle(self) -> ThrottleRules:
        """What the buckets go by."""
        return ThrottleRules(
            outflow=self.throttle_outflow,
            high_water=self.throttle_hwm,
            maximum=self.throttle_maximum,
            up_front=self.throttle_up_front,
            cost_factor=self.throttle_cost_factor,
            token_cost=self.throttle_token_cost,
        )


CHOICES: dict[str, tuple[Any, ...]] = {
    "throttle_status": (429, 403),
    "permission_status": (403, 401),
    "headers_case": ("lower", "title"),
    "paging_link_host": ("same", "alias"),
    "files_verifier": ("off", "on"),
    "reports_generation": (2024, 2022),
    "reports_fail": (
        "none",
        "error",
        "stuck",
        "vanish",
        "truncated_file",
        "wrong_size",
        "misaligned_header",
        "translated_header",
    ),
}


def switches_of(canvas_version: str) -> Switches:
    """The switches of `current` Canvas, or of that of July 2022 (`2022`)."""
    if canvas_version != "2022":
        return Switches()
    return Switches(
        throttle_status=403,
        permission_status=401,
        require_user_agent=False,
        headers_case="title",
        paging_max_per_page=50,
        files_verifier="on",
        verifier_expires=False,
        missing_attachment_is_refused=False,
        upload_workflow=False,
        reports_generation=2022,
    )


def changed(switches: Switches, wanted: Mapping[str, Any]) -> Switches:
    """The switches with some set anew (`throttle.status` or `throttle_status`); SwitchError for what cannot be."""
    kinds = {each.name: type(getattr(switches, each.name)) for each in dataclasses.fields(switches)}
    new: dict[str, Any] = {}
    for name, value in wanted.items():
        key = name.replace(".", "_")
        if key not in kinds:
            raise SwitchError(f"no switch {name!r}; there are {', '.join(sorted(kinds))}")
        if isinstance(value, bool) is not (kinds[key] is bool) or (key in CHOICES and value not in CHOICES[key]):
            raise SwitchError(f"switch {name!r} cannot be {value!r}")
        try:
            new[key] = kinds[key](value)
        except (TypeError, ValueError):
            raise SwitchError(f"switch {name!r} cannot be {value!r}") from None
    return dataclasses.replace(switches, **new)
