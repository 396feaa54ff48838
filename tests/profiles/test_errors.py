"""Whatever is wrong with a profile is said in one sentence: file, key, what was found, what is allowed."""

from pathlib import Path
from typing import Any

import pytest

from profiles import FOLDER, Profile, UserError, left_out, load_profile, stops, validate

SHIPPED = sorted(file.stem for file in FOLDER.glob("*.toml"))
assert "smoke" in SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_every_profile_that_comes_along_loads(name: str) -> None:
    profile, document = load_profile(name)
    assert isinstance(profile, Profile)
    assert profile.name == document["name"] == name
    assert profile.goal and profile.kinds


def test_profiles_are_found_by_name_and_by_path() -> None:
    by_name = load_profile("smoke")[0]
    assert by_name == load_profile("smoke.toml")[0] == load_profile("profiles/smoke.toml")[0]
    assert by_name == load_profile(FOLDER / "smoke.toml")[0]


KEYS = [
    ("nmae=1", "nmae is not a key here; allowed: name, goal, target, api,"),
    ("api.sumbit='GET /'", "api.sumbit is not a key here; allowed: submit, status, result,"),
    ("api.times.ended='x'", "api.times.ended is not a key here; allowed: created, started, finished, waited, ran"),
    ("job.2.weigth=2", "job 2.weigth is not a key here; allowed: kind, weight, json, form, body, upload"),
    ("clients.every='1s'", "clients.every is not a key here; allowed: submit_every, mode, arrivals, poll_every,"),
    ("load.end=3", "load.end is not a key here; allowed: idle, ramp, hold, drain, baseline, shape, start, step, until"),
    (
        "stop.1.tolerant=1",
        "stop 1.tolerant is not a key here; allowed: rule, when, for, over, of, least, missing, tolerate, then",
    ),
    ("watch.2.process.prot=1", "watch 2.process.prot is not a key here; allowed: pid, name, port"),
    ("method.settel='1s'", "method.settel is not a key here; allowed: settle, window, min_jobs"),
    ("api.states.done=['x']", "api.states.done is not a key here; allowed: waiting, running, succeeded, failed, rejected"),
]
VALUES = [
    ("name='a b'", "name = 'a b': not a"),
    ("clients.submit_every='5 parsecs'", "clients.submit_every = '5 parsecs': '5 parsecs' is not a duration like \"500ms\""),
    ("clients.submit_every=5", "clients.submit_every = 5: 5 is not a duration like"),
    ("clients.poll_every='0s'", "clients.poll_every = '0s': must be longer than zero"),
    ("clients.give_up_after='" + "9" * 400 + "s'", "is too long to wait for"),
    ("clients.mode='closed'", "clients.mode = 'closed': must be 'open', 'paced' or 'think'"),
    ("clients.max_in_flight=0", "clients.max_in_flight = 0: must be at least 1"),
    ("load.hold='0s'", "load.hold = '0s': must be longer than zero"),
    ("load={shape='spike', levels=[1, 2], spike_hold='0s'}", "load.spike_hold = '0s': must be longer than zero"),
    ("load={shape='stages', stage=[{clients=1, hold='0s'}]}", "load.stage 1.hold = '0s': must be longer than zero"),
    ("load.step=0", "load.step = 0: must be at least 1"),
    ("load.hold='1 fortnight'", "load.hold = '1 fortnight': '1 fortnight' is not a duration like"),
    ("load.start='12'", "load.start = '12': '12' is neither a number of clients nor a rate of jobs like \"12/s\""),
    (
        "load.start='0.5/s'",
        "load.start = '0.5/s': 0.5/s would take 2.5 clients, each of which submits every 5 s: choose a multiple of 0.2/s",
    ),
    ("load.until=1", "load: until = 1 lies below start = 40"),
    ("load.shape='zigzag'", 'load.shape = \'zigzag\'; allowed: "step", "spike", "stages", "hold", "batch", "capacity"'),
    ("load={}", 'load.shape is missing; allowed: "step", "spike", "stages", "hold", "batch", "capacity"'),
    ("load=5", "load = 5: must be a table"),
    ("load={shape='hold'}", "load: say either clients, or of_capacity with capacity or from"),
    ("load={shape='hold', of_capacity=0.5}", "load: of_capacity needs capacity = (jobs/s), or from ="),
    ("load={shape='hold', of_capacity=60, capacity=9.0}", "load.of_capacity = 60: must be at most"),
    ("load={shape='batch'}", "a batch needs its number of jobs: say either load.jobs, or jobs for every tenant"),
    ("load={shape='batch', jobs=10, hold='1m'}", "load.hold is not a key here; allowed: idle, shape, jobs, clients, drain"),
    ("tenant=[{name='a', jobs=5}]", "tenant 'a': jobs belongs to load.shape = \"batch\"; elsewhere say weight"),
    ("tenant=[{name='a'}, {name='a'}]", "tenant: names must differ, found a, a"),
    ("extra=[{name='submit', request='GET /x', every='1s'}]", "extra 'submit': the name is taken"),
    (
        "extra=[{name='x', request='GET /x', every=['2s', '1s']}]",
        "extra 1.every = ['2s', '1s']: must be longer than zero, the shorter first",
    ),
    ("extra=[{name='x', request='GET /x', every=3}]", "extra 1.every = 3: 3 is not a duration like"),
    ("api.cancel='POST /cancel'", "api.cancel = 'POST /cancel': 'POST /cancel' lacks the job's {id}"),
    ("load={shape='spike', levels=[1]}", "load.levels = [1]: must have at least 2 items"),
    ("job=5", "job = 5: must be a list"),
    ("job=[]", "job = []: must have at least 1 item"),
    ("job.1.weight=-1", "job 1.weight = -1: must be at least 0"),
    ("job.2.kind='http-fetch'", "kinds must differ, found http-fetch, http-fetch"),
    ("job=[{kind='a', weight=0}]", "at least one kind needs a weight above 0"),
    ("values.size=[1]", "values.size = [1]: must be a text"),
    ("watch.2.process.port='https'", "watch 2.process.port = 'https': must be a whole number"),
    ("watch.2.process={}", "watch 2.process: name one of pid, name, port"),
    ("watch=[{name='x'}]", "watch 1: watches nothing: set host = true, process"),
    ("api.submit='FETCH /x'", "api.submit = 'FETCH /x': 'FETCH /x' is not METHOD /path"),
    ("api.status='GET /x'", "api.status = 'GET /x': 'GET /x' lacks the job's {id}"),
    ("api.timeout='soon'", "api.timeout = 'soon': 'soon' is not a duration like"),
    ("api.states.succeeded=[]", "states.succeeded is missing: which state says that a job is done?"),
    ("api.states.failed=['QUEUED']", "'QUEUED' is listed as both waiting and failed"),
]
INPUTS = [
    ("tenant=[{name='a b'}]", "tenant 1.name = 'a b': not a name: up to 64 letters, digits, _, . or -"),
    ("tenant=[{name='a', jobs=3}, {name='b'}]", "tenant 'a': jobs belongs to load.shape = \"batch\"; elsewhere say weight"),
    ("watch=[{name='a', host=true}, {name='a', host=true}]", "watch: names must differ, found a, a"),
    (
        "watch=[{name='a', agent='10.0.0.9:5559'}]",
        "watch 1.agent = '10.0.0.9:5559': not a URL; write it as in \"http://10.0.0.9:5559\"",
    ),
    ("watch=[{name='a', http='ftp://x/', metrics={q='@'}}]", "watch 1.http = 'ftp://x/': not a URL"),
    (
        "watch=[{name='a', prometheus='http://x/', metrics={q='a{b='}}]",
        "'a{b=' doesn't pick anything out of Prometheus text; write NAME or",
    ),
    ("watch=[{name='a', command='', metrics={q='@'}}]", "watch 1.command = '': which command?"),
    (
        "watch=[{name='a', command=\"sh 'x\", metrics={q='@'}}]",
        'watch 1.command = "sh \'x": not a command line: No closing quotation',
    ),
    ("watch.2.process.port=99999", "watch 2.process.port = 99999: must be at most 65535"),
    (
        "action=[{name='a', at='soon', run='true'}]",
        "action 1.at = 'soon': 'soon' is not \"before\", \"after\" or a duration like",
    ),
    ("action=[{name='a', at='1s', run='true', timeout='0s'}]", "action 1.timeout = '0s': must be longer than zero"),
    ("action=[{name='a', at='10h', run='true'}]", "action 1.at = '10h': the load lasts 144s; allowed: less, or \"after\""),
    (
        "api.ready='HEAD /'",
        "'HEAD /' is not METHOD /path, as in \"GET /tasks/{id}\", or METHOD {name}, where a reply told a whole URL; methods: GET,",
    ),
    ("api.result='GET /x/{job}/{id}'", "api.result uses 'job', which no call takes (api.….take); taken before it: "),
    ("api.result='GET /x/{a b}/{id}'", "'GET /x/{a b}/{id}': no space can stand in a path; write %20"),
    (
        "api.result='GET /x/{a-b}/{id}'",
        "'GET /x/{a-b}/{id}': {a-b} is no name; write as in {id}, or {+id} for one that keeps its slashes",
    ),
    ("api.result_of=['rejected']", "api.result_of 1 = 'rejected': must be 'succeeded' or 'failed'"),
    ("api.result_of=[]", "api.result_of = []: must have at least 1 item"),
    ("api.result_of='succeeded'", "api.result_of = 'succeeded': must be a list"),
    (
        "api={submit='POST /x', status='GET /x/{id}', states={succeeded=['DONE']}, result_of=['succeeded']}",
        "api: result_of says whose result is fetched, but there is none: say api.result, or leave result_of out",
    ),
    ("api.submit='POST /x/{id}'", "api.submit: there is no job yet whose {id} could stand there"),
    ('api.headers.A="x\\ny"', r"'A': 'x\ny' can't be sent as a header, which is one line of text"),
    ('api.headers.A="Bearer $API_TOKEN"', "'A': $API_TOKEN would be sent as it stands; a secret is written ${API_TOKEN}"),
    ("api.accepted=[99]", "api.accepted 1 = 99: must be at least 100"),
    ("load={shape='hold', of_capacity=0.0, capacity=4}", "load.of_capacity = 0.0: must be more than 0"),
    ("load={shape='hold', of_capacity=0.6, capacity=inf}", "load.capacity = inf: must be a finite number"),
    (
        "load={shape='capacity', start=5}",
        "stop 2: rule 'plateau' would end a capacity search, which goes beyond capacity on purpose; allowed: errors, outage",
    ),
]
RULES = [
    (
        "stop.1.rule='error'",
        f"stop 1.rule = 'error': must be {', '.join(map(repr, [*stops.RULES][:-1]))} or {[*stops.RULES][-1]!r}",
    ),
    ("stop.2.tolerate=0.1", "stop 2: tolerate belongs to the rule errors alone"),
    ("stop.1.for='5s'", 'stop 1: "for" belongs to a "when"'),
    ("stop.1.when='rate > 1/s'", 'stop 1: a stop condition has either a rule or a "when"'),
    ("stop.1.missing='true'", 'stop 1: "missing" belongs to a "when"'),
    ("stop=[{when='rate > 1/s', of='3 of 4', for='5s'}]", 'either "for" so long or in so many "of" the last windows, not both'),
    (
        "stop=[{when='rate > 1/s', of='4 of 3'}]",
        "stop 1.of = '4 of 3': '4 of 3' is not how many windows of how many, as in \"3 of 4\"",
    ),
    ("stop=[{when='rate > 1/s', over='11m'}]", "stop 1: \"over\" of 'rate > 1/s' is 11m; allowed: 1s to 10m"),
    ("stop=[{when='rate > 1/s', missing='ignore'}]", "stop 1.missing = 'ignore': must be 'false', 'skip' or 'true'"),
    ("stop=[{when='increase(rss(service)) > 5 MB'}]", 'needs "over": the time within which the increase happens'),
    ("stop=[{when='increase(rss(service)) > 5 MB', over='5s'}]", "is 5s; allowed: 10s to 24h"),
    (
        "stop=[{when='increase(rate(job)) > 5/s', over='5m'}]",
        "increase(…) is of a watched machine or process; allowed: target, service, generator",
    ),
    (
        "stop=[{when='p95(stauts) < 1s'}]",
        "speaks of 'stauts', which nothing here is called; allowed: submit, status, result, requests, job,",
    ),
    ("stop=[{when='p96(status) < 1s'}]", "'status' has no metric 'p96'; allowed: p50, p75,"),
    ("stop=[{when='p95(status) < 3 MB'}]", "p95 is measured in seconds, not in bytes"),
    ("stop=[{when='p95(status) < 3'}]", 'p95 needs a unit of time, as in "200ms"'),
    ("stop=[{when='p95(status) < 3 weeks'}]", "'weeks' is not a unit; allowed: %, /s, ms, s,"),
    ("stop=[{when='p95(status{kind=x}) < 1s'}]", "no kind 'x'; allowed: http-fetch, factorial"),
    ("stop=[{when='p95(status{tenant=x}) < 1s'}]", "no tenant 'x'; allowed: none are defined"),
    ("stop=[{when='p95(status{host=x}) < 1s'}]", "a subject is narrowed by kind or tenant, not by 'host'"),
    ("stop=[{when='load1(target{kind=factorial}) > 1'}]", "'target' has no kinds or tenants to be narrowed by"),
    (
        "stop=[{rule='errors'}, {rule='stalled'}, {rule='errors', tolerate=0.1}]",
        "stop 3: 'errors' is stop 1 already; say it once",
    ),
    ("stop=[{when='rate > 1/s'}, {when='rate > 1/s'}]", "stop 2: 'rate > 1/s' is stop 1 already; say it once"),
    ("limit=[{that='p50 < 1s'}, {that='p50(job)<1000ms'}]", "limit 2: 'p50(job)<1000ms' is limit 1 already; say it once"),
    ("limit=[{that='status is fast'}]", "limit 1: 'status is fast' is not a condition; write METRIC(SUBJECT) OP VALUE"),
]
PATHS = [
    ("api.id='a['", "api.id = 'a[': 'a[' is not JMESPath: Invalid jmespath expression: Incomplete expression"),
    ("api.id=''", "api.id = '': '' is not JMESPath: Invalid JMESPath expression: cannot be empty."),
    ("api.state='nope(x)'", "api.state = 'nope(x)': 'nope(x)': JMESPath has no function 'nope'"),
    ("api.state='a[*].[b, nope(@)]'", "JMESPath has no function 'nope'"),
    ("api.times.created='a b'", "api.times.created = 'a b': 'a b' is not JMESPath"),
]
TEMPLATES = [
    ("job.1.json='{{ contnet_url }}'", "job http-fetch: json: 'contnet_url' is undefined"),
    ("job.1.json=['{{ [nope] }}']", "job http-fetch: json: Type is not JSON serializable: StrictUndefined"),
    ("job.1.json='x {{ nope }}'", "job http-fetch: json: 'nope' is undefined"),
    ("job.1.json='{{ 1 + }}'", "job http-fetch: json: unexpected 'end of template'"),
    ("job.1.json='{{ choice([]) }}'", "job http-fetch: json: Cannot choose from an empty sequence"),
    ("job.1.json='{{ 1 // 0 }}'", "job http-fetch: json: integer division or modulo by zero"),
    ("job.1.json='{{ randint }}'", "job http-fetch: json: Type is not JSON serializable: method"),
    ("job.1.json=123456789012345678901234567890", "job http-fetch: json: Integer exceeds 64-bit range"),
    ("values.x='{{ 1 + }}'", "values.x: unexpected 'end of template'"),
    ("values.x='{{ nope }}'", "'nope' is undefined"),
]
OVERRIDES = [
    ("load.hold", "--set load.hold: write KEY=VALUE, as in --set load.hold=30s"),
    ("=30s", "--set =30s: write KEY=VALUE, as in --set load.hold=30s"),
    ("name.x=1", "--set name.x=1: name is the value 'demo', not a table"),
    ("job.3.kind='x'", "--set job.3.kind='x': '3' is not a place in a list of 2 (count from 1)"),
    ("job.0.kind='x'", "--set job.0.kind='x': '0' is not a place in a list of 2 (count from 1)"),
    ("job.first.kind='x'", "'first' is not a place in a list of 2 (count from 1)"),
    ("job.²=1", "'²' is not a place in a list of 2 (count from 1)"),
    ("load..hold=30s", 'load."" is not a key here; allowed: idle, ramp, hold, drain,'),
    ("seed=" + "1" * 5000, f"seed = '{'1' * 119}…: must be a whole number"),
    ("seed=" + "[" * 5000, f"seed = '{'[' * 119}…: must be a whole number"),
]


@pytest.mark.parametrize(("override", "said"), KEYS + VALUES + INPUTS + RULES + PATHS + TEMPLATES + OVERRIDES)
def test_a_mistake_is_one_sentence(override: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load_profile("demo", [override])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_more_mistakes_are_counted_once_each() -> None:
    with pytest.raises(UserError, match=r"values.size = \[1\]: .* \(and 1 more\)$"):
        load_profile("demo", ["seed='x'", "values.size=[1]"])


def test_only_keeps_one_kind() -> None:
    profile, document = load_profile("demo", only="factorial")
    assert profile.kinds == ("factorial",)
    assert [job["kind"] for job in document["job"]] == ["factorial"]


def test_only_leaves_out_what_speaks_of_other_kinds() -> None:
    """A profile that has limits for each kind can be run with one of them alone, and says what is not looked at."""
    other, own, both = "p95(job{kind=http-fetch}) < 5s", "p95(job{kind=factorial}) < 5s", "p95(job) < 5s"
    sets = [
        f"limit=[{{that='{other}'}}, {{that='{own}'}}, {{that='{both}'}}]",
        "stop=[{rule='errors'}, {when='rate(submit{ kind = http-fetch }) > 9/s'}]",
    ]
    profile, document = load_profile("demo", sets, only="factorial")
    assert [limit.that for limit in profile.limit] == [own, both] and len(profile.stop) == len(document["stop"]) == 1
    said = left_out("demo", sets, "factorial")
    assert said == f"left out, since --only submits no such jobs: {other}, rate(submit{{ kind = http-fetch }}) > 9/s"
    assert left_out("demo", sets, None) == left_out("demo", [], "factorial") == ""
    with pytest.raises(UserError, match="no kind 'sum'; allowed: factorial"):
        load_profile("demo", ["limit=[{that='p95(job{kind=sum}) < 5s'}]"], only="factorial")


@pytest.mark.parametrize(
    ("overrides", "only", "said"),
    [
        ([], "sum", "--only sum: no such kind of job; allowed: http-fetch, factorial"),
        (["job.1.weight=0"], "http-fetch", "--only http-fetch: its weight is 0; give it one, as in --set job.1.weight=1"),
        (["job=5"], "sum", "--only sum: no such kind of job; allowed: none"),
        (["job=[1, 'a']"], "sum", "--only sum: no such kind of job; allowed: none"),
    ],
)
def test_only_names_what_there_is(overrides: list[str], only: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load_profile("demo", overrides, only)
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
    ("overrides", "source"),
    [
        (["seed=7", "load.hold=30", "name=x"], "--set load.hold=30: load.hold = 30: "),
        (["load.hold=30", "load.hold=40"], "--set load.hold=40: load.hold = 40: "),
        (["load.ramp=40", "load.hold=30"], "--set load.ramp=40: load.ramp = 40: "),
        (["load.start=75", "load.until=50"], "--set load.until=50: load: until = 50 lies below start = 75"),
        (["tenant=[{name='a'}]", "tenant.1.weight=0"], "--set tenant.1.weight=0: tenant 1.weight = 0: "),
        (["job.1.upload.file=none.bin"], "--set job.1.upload.file=none.bin: "),
    ],
)
def test_an_override_is_blamed_for_what_it_did(overrides: list[str], source: str) -> None:
    with pytest.raises(UserError) as caught:
        load_profile("demo", overrides)
    assert str(caught.value).startswith(source)


def test_the_file_is_blamed_for_what_no_override_did(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text((FOLDER / "demo.toml").read_text().replace("[load]", "[load]\nclear = 5", 1))
    with pytest.raises(UserError) as caught:
        load_profile(file, ["seed=7", "load.hold=30s"])
    assert str(caught.value).startswith(f"{file}: load.clear is not a key here")


def test_overrides_are_toml_or_else_text() -> None:
    overrides = ["load.hold=30s", "seed=7", "job.2.weight=3", "target.version=1.2.3", "api.accepted=[201]", "goal="]
    profile, document = load_profile("demo", overrides)
    assert (profile.load.hold, profile.seed, profile.job[1].weight) == (30.0, 7, 3)
    assert (profile.target.version, profile.api.accepted, profile.goal) == ("1.2.3", (201,), "")
    assert document["load"]["hold"] == "30s"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name = ", "not TOML: Invalid value (at end of document)"),
        (b"name = 'x'\nname = 'y'", "not TOML: Cannot overwrite a value"),
        (b"name = '\xff'", "not TOML: 'utf-8' codec can't decode byte 0xff"),
        (b"x = " + b"[" * 5000, "not TOML: maximum recursion depth exceeded"),
        (b"x = " + b"1" * 5000, "not TOML: Exceeds the limit"),
        (b"", "name is missing (and 3 more)"),
        (b"'two\\nlines' = 1", r'"two\\nlines" is not a key here'),
        (b'"two\\nlines" = 1', r'"two\nlines" is not a key here'),
    ],
)
def test_a_file_that_is_no_profile(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_profile(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere.toml", "nowhere.toml: no such profile; give a path, or one of those that come along: batch, capacity,"),
        ("elsewhere/demo.toml", "elsewhere/demo.toml: no such profile"),
        (".", "no such profile"),
        ("a" * 300, "can't be read: File name too long"),
    ],
)
def test_a_file_that_is_not_there(path: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load_profile(path)
    assert said in str(caught.value)


def test_waiting_in_the_queue_needs_the_targets_timestamps(document: dict[str, Any]) -> None:
    document["limit"] = [{"that": "p95(queue) < 1s"}]
    with pytest.raises(UserError) as error:
        validate(document, "mine.toml")
    said = "limit 1: 'p95(queue) < 1s' needs the target's own timestamps: say api.times.created and api.times.started"
    assert str(error.value) == f"mine.toml: {said}"
    document["api"]["times"] = {"created": "a", "started": "b"}
    validate(document, "mine.toml")


@pytest.mark.parametrize("key", ["submit_every='1s'", "mode='paced'", "arrivals='even'", "max_in_flight=9"])
def test_a_batch_has_no_arrivals_in_time(key: str) -> None:
    with pytest.raises(UserError) as error:
        load_profile("batch", [f"clients.{key}"])
    assert f"clients.{key.partition('=')[0]} means nothing with load.shape" in str(error.value)
    assert str(error.value).endswith("; allowed: poll_every, give_up_after")


def test_a_condition_may_stand_twice_if_something_differs() -> None:
    load = "when='load1(target) > 3', then='note'"
    assert (
        len(
            load_profile("demo", [f"stop=[{{{load}}}, {{{load}, for='5m'}}]", "limit=[{that='p50 < 1s'}, {that='p50 < 2s'}]"])[
                0
            ].stop
        )
        == 2
    )


def test_a_search_may_note_what_would_end_it() -> None:
    noted = "stop=[{rule='backlog', then='note'}, {rule='fall'}]"
    assert load_profile("capacity", [noted])[0].stop[0].then == "note"


def test_a_list_whose_only_item_is_wrong_is_one_mistake(document: dict[str, Any]) -> None:
    document["job"] = [{"kind": "sum", "weigth": 2}]
    with pytest.raises(UserError) as error:
        validate(document, "mine.toml")
    assert str(error.value) == "mine.toml: job 1.weigth is not a key here; allowed: kind, weight, json, form, body, upload"
