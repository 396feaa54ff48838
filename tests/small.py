"""A small profile: the document that tests lay their own tables over."""

from typing import Any

DOCUMENT: dict[str, Any] = {
    "name": "small",
    "api": {
        "submit": "POST /jobs",
        "status": "GET /jobs/{id}",
        "result": "GET /jobs/{id}/result",
        "error": "cause",
        "times": {"created": "created", "finished": "finished"},
        "states": {
            "waiting": ["QUEUED"],
            "running": ["RUNNING"],
            "succeeded": ["DONE"],
            "failed": ["FAILED"],
            "rejected": ["REFUSED"],
        },
        "accepted": [202],
        "rejected": [503],
    },
    "job": [{"kind": "sum", "json": {"n": "{{ number }}"}}, {"kind": "fetch"}],
    "tenant": [{"name": "a"}],
    "clients": {"submit_every": "1s", "poll_every": "1s"},
    "load": {"shape": "step", "start": 10, "step": 10, "until": 30, "ramp": "0s", "hold": "60s"},
    "watch": [{"name": "target", "host": True}],
    "method": {"window": "10s"},
}
