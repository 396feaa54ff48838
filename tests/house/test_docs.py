"""The reference pages say what the code says: every key, column, event and default, and none that doesn't exist."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from profiles import FOLDER, UserError, actions, api, conditions, extras, model, shapes, stops, validate, watches
from profiles.fields import Duration, Size, Table
from profiles.units import duration_text
from report.document.finding import Finding, Source
from report.recording.event import EVENTS, key_of
from report.recording.event_lines import decode_event, encode_event
from report.recording.rows import CPU_OF, OUTCOMES, JobRow, RequestRow, SampleRow
from report.recording.run_info import RAW_FILES, RUN, Machine, RunInfo, Worker
from report.rules import backlog, fall, outage, plateau, stalled
from report.rules.latency import tracks, windows
from report.stats import sequential as stats_stops
from report.stats import steady_state as stats_steady
from report.stats import unloaded as stats_baseline

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PROFILE = (DOCS / "profile.md").read_text(encoding="utf-8")
RUN_FOLDER = (DOCS / "run-folder.md").read_text(encoding="utf-8")
OWN_API = (DOCS / "your-own-api.md").read_text(encoding="utf-8")

TABLES: dict[str, type[Table]] = {
    "Top level": model.Profile,
    "[target]": api.Target,
    "[api]": api.Api,
    "Calls": api.Call,
    "[api.status] backoff": api.Backoff,
    "[api.tls]": api.Tls,
    "times": api.Times,
    "[[job]]": api.JobKind,
    "upload": api.Upload,
    "[[tenant]]": model.Tenant,
    "[[extra]]": extras.Extra,
    "[[action]]": actions.Action,
    "[clients]": model.Clients,
    "[[stop]]": stops.Stop,
    "[[limit]]": stops.Limit,
    "[[watch]]": watches.Watch,
    "process": watches.ProcessPick,
    "[[load.stage]]": shapes.StageTable,
    "[method]": model.Method,
}
CALLS: dict[str, type[Table]] = {
    "[api.submit]": api.SubmitCall,
    "[api.status]": api.StatusCall,
    "[api.result]": api.ResultCall,
    "[[api.before]]": api.BeforeCall,
    "[api.login]": api.LoginCall,
}
SHAPES: dict[str, type[Table]] = {
    'shape = "step"': shapes.StepLoad,
    'shape = "spike"': shapes.SpikeLoad,
    'shape = "stages"': shapes.StagesLoad,
    'shape = "hold"': shapes.HoldLoad,
    'shape = "capacity"': shapes.CapacityLoad,
    'shape = "batch"': shapes.BatchLoad,
}
IS_DURATION, IS_SIZE = get_args(Duration)[1], get_args(Size)[1]
COLUMNS = {"requests.csv": RequestRow, "jobs.csv": JobRow, "samples.csv": SampleRow}
RECORDS: dict[str, type[BaseModel]] = {
    "run.json": RunInfo,
    "machines": Machine,
    "workers": Worker,
    "A finding": Finding,
    "source": Source,
}
TYPES = {str: "text", int: "integer", float: "number", bool: "0 or 1"}


def section(page: str, heading: str) -> str:
    """The text under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading!r}"
    return found[1]


def tables(text: str) -> Iterator[list[list[str]]]:
    """The Markdown tables in a text, each a list of rows of cells, heads left out."""
    for found in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        yield [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in found.splitlines()[2:]]


def table(page: str, heading: str) -> list[list[str]]:
    """The first table under a heading."""
    return next(tables(section(page, heading)))


def words(cell: str) -> list[str]:
    """What stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


def names(rows: Iterable[list[str]]) -> list[str]:
    """What the first column speaks of."""
    return [word for row in rows for word in words(row[0])]


def fields(table_type: type[BaseModel]) -> dict[str, FieldInfo]:
    """A table's fields by the names that a file uses."""
    return {field.alias or name: field for name, field in table_type.model_fields.items()}


def default(field: FieldInfo) -> str:
    """A field's default as the reference writes it."""
    value = field.default
    if field.is_required():
        return "required"
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "`{}`"
    if IS_SIZE in field.metadata:
        return f'`"{value >> 20} MiB"`'
    if IS_DURATION in field.metadata:
        return f'`"{duration_text(value)}"`'
    return f"`{json.dumps(value)}`"


@pytest.mark.parametrize("heading", TABLES)
def test_profile_tables(heading: str) -> None:
    rows, expected = table(PROFILE, heading), fields(TABLES[heading])
    assert names(rows) == list(expected)
    assert {row[0]: row[2] for row in rows} == {f"`{name}`": default(field) for name, field in expected.items()}


@pytest.mark.parametrize("heading", CALLS)
def test_call_tables(heading: str) -> None:
    rows, common = table(PROFILE, heading), fields(api.Call)
    expected = {name: field for name, field in fields(CALLS[heading]).items() if name not in common}
    assert {row[0]: row[2] for row in rows} == {f"`{name}`": default(field) for name, field in expected.items()}


@pytest.mark.parametrize("heading", SHAPES)
def test_load_tables(heading: str) -> None:
    every, held = tables(section(PROFILE, "[load]"))
    expected = fields(SHAPES[heading])
    rows = [*every, *(held if "hold" in expected else []), *table(PROFILE, heading)]
    assert sorted(names(rows)) == sorted(expected)
    assert {row[0]: row[2] for row in rows} == {f"`{name}`": default(field) for name, field in expected.items()}


def test_every_table_of_a_profile_is_described() -> None:
    def all_of(table_type: type[Table]) -> Iterator[type[Table]]:
        for inner in table_type.__subclasses__():
            yield inner
            yield from all_of(inner)

    described = {*TABLES.values(), *SHAPES.values(), *CALLS.values()}
    of_profiles = {found for found in all_of(Table) if "suites" not in found.__module__}
    assert {found for found in of_profiles if not found.__name__.startswith("_")} == described


def test_shapes_are_those_of_the_corpus() -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```", OWN_API.partition("## 6. Other shapes")[2], re.MULTILINE | re.DOTALL)
    corpus = {file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "apis" / "profiles").glob("*.toml")}
    assert len(blocks) == 10 and set(blocks) <= corpus


def test_choices() -> None:
    for heading, table_type, key in (("[clients]", model.Clients, "mode"), ("[clients]", model.Clients, "arrivals"),
                                     ("[[stop]]", stops.Stop, "rule"), ("[[stop]]", stops.Stop, "then"),
                                     ("[[stop]]", stops.Stop, "missing")):  # fmt: skip
        (row,) = [row for row in table(PROFILE, heading) if row[0] == f"`{key}`"]
        allowed = re.findall(r"'([\w-]+)'", str(table_type.model_fields[key].annotation))
        assert set(re.findall(r'`"([\w-]+)"`', row[3])) == set(allowed)
    assert all(f"`{state}`" in section(PROFILE, "[api]") for state in api.JOB_STATES)


def test_metrics() -> None:
    every = (conditions.ROW_METRICS, conditions.JOB_METRICS, conditions.HOST_METRICS, conditions.PROCESS_METRICS)
    known = {name for group in (*every, conditions.GENERATOR_METRICS) for name in group}
    subjects, metrics = list(tables(section(PROFILE, "Conditions")))
    assert set(names(metrics)) == known
    assert len(names(metrics)) == len(known)
    assert set(conditions.JOB_SUBJECTS) | {"submit", "status", "result", "generator"} <= set(names(subjects))


def test_rules() -> None:
    def percent(share: float) -> str:
        return f"{share * 100:g} %"

    said = {
        "errors": ["10,000 times", "twice the odds", "half"],
        "outage": [f"{outage.OUTAGE_SECONDS} s", f"{outage.OUTAGE_LONGEST} s", f"{outage.OUTAGE_ROWS} rows", "More than half"],
        "plateau": [percent(plateau.PLATEAU_GAIN), percent(plateau.PLATEAU_LOAD - 1)],
        "fall": [percent(fall.FALL_SHARE), "two steps"],
        "latency-rise": [f"{windows.FLOOR * 1000:g} ms", f"{tracks.RISE_WINDOWS} windows", f"{tracks.RISE_SECONDS} s", "twice",
                         f"{stats_stops.SLOWER_WINDOWS} windows", f"{tracks.SLOWER_SECONDS} s", f"{stats_stops.SLOWER_FACTOR} times",
                         f"{stats_stops.SLOWER_EACH} times", "must be three", f"{stats_stops.UNLOADED_FACTOR:g} times", f"{stats_baseline.LEAST} jobs"],
        "backlog": [f"{backlog.LONGEST_WINDOW} s", percent(stats_steady.GROWTH_SHARE), f"{backlog.SIGMAS:g} · √arrivals",
                    "three quarters"],
        "stalled": [f"{stalled.STALL_SECONDS} s"],
    }  # fmt: skip
    assert list(said) == list(stops.RULES), "say here which numbers docs/profile.md gives for each rule"
    assert (stats_stops.RISE_FACTOR, backlog.WINDOW_PARTS, fall.FALL_STEPS) == (2.0, 4, 2)
    assert (pytest.approx(np.log(10_000)), 2, 3) == (stats_stops.ALARM, stats_stops.ODDS, stats_stops.SLOWER_BEFORE)
    for rule, facts in said.items():
        text = section(PROFILE, rule)
        assert [fact for fact in facts if fact not in text] == []


def test_profiles_that_come_along() -> None:
    assert "smoke" in {file.stem for file in FOLDER.glob("*.toml")}
    listed = words(re.search(r"These come along.*?\n\n", PROFILE, re.DOTALL)[0])  # type: ignore[index]
    assert {file.stem for file in FOLDER.glob("*.toml")} <= set(listed)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_toml_is_valid(page: Path) -> None:
    base = tomllib.loads((FOLDER / "smoke.toml").read_text(encoding="utf-8"))
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        document = tomllib.loads(block)
        validate(document if "name" in document else base | document, page.name)


@pytest.mark.parametrize("heading", COLUMNS)
def test_columns(heading: str) -> None:
    row_type = COLUMNS[heading]
    rows = table(RUN_FOLDER, heading)
    assert names(rows) == list(get_type_hints(row_type))
    assert {row[0]: row[1] for row in rows} == {f"`{name}`": type_text(hint) for name, hint in get_type_hints(row_type).items()}


def type_text(hint: Any) -> str:
    """A column's type as the reference writes it."""
    bare = next((known for known in TYPES if hint in (known, known | None)), str)
    return TYPES[bare] + (" or empty" if hint == bare | None else "")


@pytest.mark.parametrize("heading", RECORDS)
def test_records(heading: str) -> None:
    assert names(table(RUN_FOLDER, heading)) == list(RECORDS[heading].model_fields)


def test_outcomes() -> None:
    _, outcomes = tables(section(RUN_FOLDER, "jobs.csv"))
    assert names(outcomes) == list(OUTCOMES)


def test_sampled_metrics() -> None:
    _, metrics = tables(section(RUN_FOLDER, "samples.csv"))
    groups = (
        conditions.HOST_METRICS,
        conditions.PROCESS_METRICS,
        conditions.GENERATOR_METRICS,
        ("beats", "slow_beat", f"{CPU_OF}NAME"),
    )
    assert set(names(metrics)) == {name for group in groups for name in group}


def test_files() -> None:
    assert {RUN, *RAW_FILES, "report/"} <= set(names(table(RUN_FOLDER, "The run folder, format 1")))


def test_events() -> None:
    """The table has the types of events, in their order, and of each the keys that its fields have in the file."""
    documented = {row[0].strip("`"): words(row[1]) for row in table(RUN_FOLDER, "events.jsonl")}
    assert documented == {name: [key_of(field.name) for field in fields_of(kind)[1:]] for name, kind in EVENTS.items()}
    assert list(documented) == list(EVENTS)


def test_the_sample_run_is_described() -> None:
    runs = list((ROOT / "results").glob("sample*"))
    assert runs
    for run in runs:
        for line in (run / "events.jsonl").read_bytes().splitlines(keepends=True):
            event = decode_event(line)
            assert event.name and encode_event(event) == line
        for name, row_type in COLUMNS.items():
            with (run / name).open(encoding="utf-8") as file:
                assert file.readline().strip().split(",") == list(get_type_hints(row_type))


@pytest.mark.parametrize(
    ("table_name", "change"),
    [
        ("clients", {"pol_every": "1s"}),
        ("clients", {"poll_every": 1}),
        ("api", {"status": "GET /jobs"}),
        ("limit", [{"that": "p95(stauts) < 1s"}]),
    ],
)
def test_typical_mistakes_are_quoted_as_they_are(table_name: str, change: Any) -> None:
    block = re.search(r"^```toml\n(.*?)^```", OWN_API, re.MULTILINE | re.DOTALL)
    assert block
    document = tomllib.loads(block[1])
    document[table_name] = change if isinstance(change, list) else document.get(table_name, {}) | change
    with pytest.raises(UserError) as caught:
        validate(document, "mine.toml")
    assert f"`{caught.value}`" in OWN_API


PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "results" / "README.md", *sorted(ROOT.glob("[CS]*.md"))]


def test_pages_were_found() -> None:
    assert {"profile.md", "architecture.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Into the repository: to a file, and to a heading of that file."""
    for target, _, anchor in re.findall(r"\]\(((?!https?:)[^)#]*)(#([^)]+))?\)", page.read_text(encoding="utf-8")):
        led = page.parent / target if target else page
        assert led.exists(), target
        assert not anchor or anchor in anchors(led), f"{led.name} has no heading #{anchor}"


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as the hosts of repositories do it."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


def test_anchors_are_those_of_headings_alone(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# There, and `back`\n```\n# no heading\n```\n")
    assert anchors(tmp_path / "page.md") == {"there-and-back"}
