"""How a job service is spoken to, and what is submitted to it."""

from .calls import BeforeCall, Call, LoginCall, ResultCall, StatusCall, SubmitCall
from .jobs import JobKind, Upload
from .model import ENDPOINTS, Api, Backoff, Target, Times, Tls
from .states import JOB_STATES

__all__ = [
    "ENDPOINTS",
    "JOB_STATES",
    "Api",
    "Backoff",
    "BeforeCall",
    "Call",
    "JobKind",
    "LoginCall",
    "ResultCall",
    "StatusCall",
    "SubmitCall",
    "Target",
    "Times",
    "Tls",
    "Upload",
]
