"""What a test is: the profiles (*.toml) and the code that reads one."""

from .conditions import Condition
from .errors import UserError
from .model import Api, JobKind, Profile, Stop, Watch
from .read import FOLDER, find_profile, load_profile, validate
from .shapes import HoldLoad, SpikeLoad, Stage, StepLoad

__all__ = [
    "FOLDER",
    "Api",
    "Condition",
    "HoldLoad",
    "JobKind",
    "Profile",
    "SpikeLoad",
    "Stage",
    "StepLoad",
    "Stop",
    "UserError",
    "Watch",
    "find_profile",
    "load_profile",
    "validate",
]
