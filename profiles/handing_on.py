"""What a job's calls hand on: whether each name that one uses has been taken by then."""

from collections.abc import Iterable

from .api import Api, Call, ResultCall, StatusCall
from .expressions import compiled, names_in, varies
from .model import Profile
from .paths import SLOT
from .templating import BUILT_IN, Body


def check_names(profile: Profile) -> None:
    """Whether each name is taken before it is used, and none hides another; ValueError says in one sentence which isn't."""
    api = profile.api
    known = {*BUILT_IN, *profile.values, *(["tenant"] if profile.tenant else [])}
    takes = {name: set(call.take) for name, call in _in_order(api)}
    for place, taken in takes.items():
        if hidden := sorted(taken & known):
            raise ValueError(f"api.{place}.take: every template knows another {hidden[0]!r}; choose another name")
    worker = takes.get("login", set())
    _used("api.headers", _in_headers("api.", api), worker | {"host"}, takes, "login")
    if api.ready:
        _used("api.ready", uses(api.ready), worker | known, takes, "ready")
    takes["submit"] = takes["submit"] | {"id"}
    for place, call in _in_order(api):
        used = _paths_in(api, place, call) | uses(call, f"api.{place}.")
        _used(f"api.{place}", used, known, takes, place)
        if place in ("status", "result", "cancel"):
            _speaks_of_a_job(place, call, used, _of_a_job(profile, takes))
        known |= takes[place]
    for job in profile.job:
        used = Body("", job).names & set().union(*takes.values())
        _used(f"job {job.kind}", used, known - takes["submit"] - takes["status"], takes, "submit")


def _of_a_job(profile: Profile, takes: dict[str, set[str]]) -> set[str]:
    """The names that differ from job to job."""
    drawn = {name for name, value in profile.values.items() if varies(value)}
    return drawn.union(*(taken for name, taken in takes.items() if name != "login"))


def uses(call: Call, place: str = "") -> set[str]:
    """The names that a call's request, headers and body speak of. ValueError where a template is none."""
    return {*call.asked.names, *_in_headers(place, call), *Body(place, call).names}


def _in_headers(place: str, said: Api | Call) -> set[str]:
    _ = compiled(f"{place}headers", said.headers)
    return names_in(said.headers)


def _in_order(api: Api) -> Iterable[tuple[str, Call]]:
    login = [("login", api.login)] if api.login else []
    return [*login, *((f"before.{name}" if name in _named_before(api) else name, call) for name, call in api.named.items())]


def _named_before(api: Api) -> set[str]:
    return {call.name for call in api.before}


def _paths_in(api: Api, place: str, call: Call) -> set[str]:
    """The names within the JMESPaths that look into a call's reply."""
    match call:
        case StatusCall():
            paths = [api.state_path, api.error, *api.times.told_in("status").values()]
        case ResultCall():
            paths = [api.error, call.expect or "", *api.times.told_in("result").values()]
        case _:
            paths = []
    return {name for path in paths for name in SLOT.findall(path)} if place != "submit" else set()


def _speaks_of_a_job(place: str, call: Call, used: set[str], of_a_job: set[str]) -> None:
    if not used & of_a_job:
        raise ValueError(f"api.{place} = {call.request!r}: {call.request!r} lacks the job's {{id}}")


def _used(place: str, used: set[str], known: set[str], takes: dict[str, set[str]], call: str) -> None:
    for name in sorted(used - known):
        if name == "id" and call in ("submit", "ready", "login"):
            raise ValueError(f"{place}: there is no job yet whose {{id}} could stand there")
        later = next((taker for taker, taken in takes.items() if name in taken), None)
        if later is not None:
            raise ValueError(f"{place} uses {name!r} before api.{later} takes it")
        said = ", ".join(sorted(known - set(BUILT_IN))) or "none"
        raise ValueError(f"{place} uses {name!r}, which no call takes (api.….take); taken before it: {said}")
