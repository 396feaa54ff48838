"""k6's samples, from JSON or CSV: which requests failed, and why."""

import numpy as np

from report.stats.quantiles import Array

from .request_log import OK, Codes, RequestLog, Seen, Texts
from .summary import Tool

TOOL = Tool(
    name="k6",
    clients="VUs",
    method=(
        "A request's time is k6's http_req_duration: from sending to the last byte, without the time to connect. k6 notes when "
        "it ended; it began so much earlier.",
        "A request failed where k6's expected_response is false. Checks of replies are not in the figures.",
    ),
)
DURATION, VUS = "http_req_duration", "vus"


def name_of(method: str, name: str) -> str:
    """A request as the report names it."""
    return f"{method} {name}".strip() or "requests"


def cause_of(expected: str, status: str, error: str) -> str | None:
    """Why a request failed, None for one that didn't; where k6 doesn't say what was expected, by its status."""
    code = int(status) if status.isdigit() else 0
    if expected != "false" and (expected == "true" or 200 <= code < 400):
        return None
    told = f"status {code}" if code else ""
    return ", ".join(filter(None, (told, error))) or "failed"


def log_of(
    ended: Array, seconds: Array, names: tuple[Texts, Codes], causes: tuple[Texts, Codes], vus: tuple[Array, Array], coarse: bool
) -> RequestLog:
    """The requests that ended at `ended` (epoch s); `vus` are moments and how many virtual users there were."""
    return RequestLog(
        start=ended - seconds,
        seconds=seconds,
        names=names[0].all,
        name=names[1],
        causes=causes[0].all,
        cause=causes[1],
        clients=(Seen(*vus),) if len(vus[0]) else (),
        coarse=coarse,
    )


def cause_codes(told: list[str | None], causes: Texts) -> Codes:
    """Numbers of causes, OK for None."""
    return np.array([OK if text is None else causes.code(text) for text in told], dtype=np.int32)
