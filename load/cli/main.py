"""The command line: demo, new, check, run, report, stops, compare, worker, agent, in the order of their use."""

import sys
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from load.protocol.exits import LIMIT_FAILED, USER_ERROR
from profiles import FOLDER, UserError, left_out, load_profile, validate
from report.recording.version import VERSION

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ProfileArgument = Annotated[str, typer.Argument(metavar="PROFILE", help="a profile's path, or the name of one that comes along")]
HostOption = Annotated[str, typer.Option("--host", metavar="URL", help="the service to test")]
SetOption = Annotated[list[str], typer.Option("--set", metavar="KEY=VALUE", help="override a key, as in load.hold=30s")]
OnlyOption = Annotated[str, typer.Option("--only", metavar="KIND", help="submit this kind of job alone")]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="load generator processes on this machine (default: 1, or none if others join)"),
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")]

AGENT_PORT = 5559
"""Where an agent answers unless told otherwise."""


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    try:
        app(prog_name="stepload")
    except UserError as error:
        print(f"stepload: {error}", file=sys.stderr)
        sys.exit(USER_ERROR)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"stepload {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version")] = False,
) -> None:
    """Find out how much load an asynchronous job service carries, why it breaks, and write the report."""


@app.command()
def demo() -> None:
    """Test a service that comes along until it breaks: two minutes."""
    from load.commands.launcher import Crew
    from load.commands.running import demo_service, run_test
    from load.protocol.order import new_folder

    with demo_service() as host:
        folder = new_folder("demo")
        raise typer.Exit(run_test("demo", host, folder, Crew(), [], "", [], ["stepload", "demo"]))


@app.command()
def new(name: Annotated[str, typer.Argument(metavar="NAME", help="what the profile is called")]) -> None:
    """Write a commented starter profile, NAME.toml."""
    name = name.removesuffix(".toml")
    file = Path(f"{name}.toml")
    text = (FOLDER.parent / "templates" / "profile.toml").read_text(encoding="utf-8").format(name=name)
    validate(tomllib.loads(text), str(file))
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UserError(f"{file}: is there already; choose another name") from None
    except OSError as error:
        raise UserError(f"{file}: can't be written: {error.strerror}") from None
    print(file)


@app.command()
def check(profile: ProfileArgument, host: HostOption = "", only: OnlyOption = "", set_: SetOption = []) -> None:  # noqa: B006
    """Try a profile with one job of each kind, each step shown."""
    from load.commands.mapping_check import check as check_profile
    from load.master.preflight import completions_line, unjudged_line, wait_until_ready
    from load.protocol.order import check_host

    checked, _ = load_profile(profile, set_, only or None)
    without = left_out(profile, set_, only or None)
    if without:
        print(without)
    wait_until_ready(checked, check_host(host), patience=0)
    faults = check_profile(checked, check_host(host), print)
    if faults:
        raise UserError("; ".join(f"{fault.kind}: {fault.what}" for fault in faults))
    print("every step of the mapping works")
    for planned in (completions_line(checked), unjudged_line(checked)):
        if planned:
            print(planned)


@app.command()
def run(
    profile: ProfileArgument,
    host: HostOption = "",
    workers: WorkersOption = None,
    expect_workers: Annotated[int, typer.Option(min=0, metavar="N", help="workers that join from other machines")] = 0,
    master_bind: Annotated[
        str, typer.Option(metavar="ADDRESS[:PORT]", help="where those can join (default: 127.0.0.1:5557, so this machine alone)")
    ] = "",
    only: OnlyOption = "",
    set_: SetOption = [],  # noqa: B006
    label: Annotated[list[str], typer.Option("--label", metavar="KEY=VALUE", help="a label for the report")] = [],  # noqa: B006
    run_folder: Annotated[Path | None, typer.Option(metavar="DIR", help="where to record (default: results/NAME-TIME)")] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="write no PDF; `stepload report` does later")] = False,
) -> None:
    """Run a test and write its report."""
    from load.commands.running import crew_of, run_test
    from load.protocol.order import new_folder

    crew = crew_of(workers, expect_workers, master_bind)
    folder = run_folder or new_folder(load_profile(profile, set_, only or None)[0].name)
    command = ["stepload", *sys.argv[1:]]
    raise typer.Exit(run_test(profile, host, folder, crew, set_, only, label, command, pdf=not no_pdf))


@app.command()
def report(
    sources: Annotated[list[Path], typer.Argument(metavar="RUN|PREFIX…", help="run folders, or prefixes of Locust's CSV files")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="where to write (default: RUN/report)")] = None,
) -> None:
    """Write the report again, or that of Locust's own CSV files."""
    from report.render.documents import write_report

    for source in sources:
        if source.is_file():
            raise UserError(f"{source}: neither a run folder, nor the PREFIX that Locust was started with (--csv PREFIX)")
        if source.is_dir():
            target = out or source / "report"
            write_report(source, target)
        else:
            from report.importers.locust_csv import write_locust_report

            target = out or source.parent / f"{source.name}_report"
            write_locust_report(source, target)
        print(target / "report.pdf")


@app.command()
def stops(
    run: RunArgument,
    again: Annotated[bool, typer.Option("--again", help="derive the decisions again from the files, and compare")] = False,
) -> None:
    """Show when and why a run stopped, with the numbers."""
    from report.recording.events import RuleState
    from report.recording.run import read_events, read_info
    from report.rules.stop_log import stop_log
    from report.text import moment

    read_info(run)
    events = read_events(run)
    for second, line in stop_log(events):
        print(f"{moment(second):>8}  {line}")
    if not any(isinstance(event, RuleState) for event in events):
        print("no stop rule was armed or fired")
    if again:
        _derive_again(run)


def _derive_again(run: Path) -> None:
    from report.recording.run import read_run
    from report.recording.run_info import RAW_FILES
    from report.rules.replay import differences, replay

    missing = [name for name in RAW_FILES if not (run / name).exists()]
    if missing:
        raise UserError(f"{run / missing[0]} is missing: without it the decisions can't be derived again")
    recorded = read_run(run)
    changes = replay(run, recorded.profile, recorded.events)
    if differing := differences(recorded.events, changes):
        raise UserError(f"{run}: the files lead to other decisions: {'; '.join(differing)}")
    print(f"the files lead to the same decisions again ({len(changes)} changes of stop rules)")


@app.command(context_settings={"ignore_unknown_options": True})
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="A… --with B…", help="run folders before, then those to judge")],
    anyway: Annotated[bool, typer.Option("--anyway", help="compare different profiles, or INVALID runs, all the same")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="where to write")] = Path("comparison"),
) -> None:
    """Tell whether runs B do worse than runs A: exit code 3 if so."""
    from report.compare.document import SENTENCES, write_comparison

    a, b = _sides(runs)
    result = write_comparison(a, b, anyway, out)
    print(f"{result}: {SENTENCES[result]}\n{out / 'report.pdf'}")
    if result == "REGRESSION":
        raise typer.Exit(LIMIT_FAILED)


def _sides(words: list[str]) -> tuple[list[Path], list[Path]]:
    """The folders before and after the word --with, which shells' wildcards may have made several of."""
    unknown = [word for word in words if word.startswith("-") and word != "--with"]
    if unknown:
        raise UserError(f"compare: {unknown[0]!r} is no option; allowed: --with, --anyway, --out")
    if words.count("--with") != 1 or words[0] == "--with" or words[-1] == "--with":
        raise UserError("compare: name the runs before, then --with, then the runs to judge: stepload compare A… --with B…")
    place = words.index("--with")
    a, b = [Path(word) for word in words[:place]], [Path(word) for word in words[place + 1 :]]
    runs = [run.resolve() for run in a + b]
    for run in a + b:
        if runs.count(run.resolve()) > 1:
            raise UserError(f"compare: {run} is named twice; a run can't be compared with itself")
    return a, b


@app.command()
def worker(
    master: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="the master's address, as its --master-bind says")],
) -> None:
    """Generate load for a run that another machine leads."""
    from load.commands.joining import join
    from load.protocol.order import parse_address

    host, port = parse_address(master, "--master")
    if not port:
        raise UserError(f"--master {master}: no master can listen at port 0")
    join(host, port)


@app.command()
def agent(
    bind: Annotated[str, typer.Option(metavar="ADDRESS[:PORT]", help="where to answer")] = f"127.0.0.1:{AGENT_PORT}",
    process: Annotated[list[str], typer.Option(metavar="NAME=HOW", help="a process: api=port:8000, pid:N or name:TEXT")] = [],  # noqa: B006
) -> None:
    """Tell a run elsewhere how this machine is doing."""
    from load.protocol.order import parse_address
    from load.sampling.agent import parse_processes, serve

    serve(*parse_address(bind, "--bind", AGENT_PORT), parse_processes(process))
