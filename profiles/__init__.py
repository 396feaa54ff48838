"""What a test is: the profiles (*.toml) and the code that reads one."""

from .actions import Action
from .api import Api, JobKind, Upload
from .api.files import check_uploads
from .conditions import Condition
from .errors import UserError
from .extras import Extra
from .model import Profile, Tenant
from .read import FOLDER, find_profile, left_out, load_profile, validate
from .shapes import BatchLoad, CapacityLoad, HoldLoad, Role, SpikeLoad, Stage, StepLoad
from .stops import Stop
from .watches import Watch

__all__ = [
    "FOLDER",
    "Action",
    "Api",
    "BatchLoad",
    "CapacityLoad",
    "Condition",
    "Extra",
    "HoldLoad",
    "JobKind",
    "Profile",
    "Role",
    "SpikeLoad",
    "Stage",
    "StepLoad",
    "Stop",
    "Tenant",
    "Upload",
    "UserError",
    "Watch",
    "check_uploads",
    "find_profile",
    "left_out",
    "load_profile",
    "validate",
]
