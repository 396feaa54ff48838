"""Suites: many runs of a profile, or of several, planned in one file."""

from .model import Suite
from .plan import Planned, Run, chosen, in_order, planned
from .read import load_suite, read_suite

__all__ = ["Planned", "Run", "Suite", "chosen", "in_order", "load_suite", "planned", "read_suite"]
