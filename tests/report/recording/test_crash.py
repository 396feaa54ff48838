"""Every prefix of a run is a readable run, and says so."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.compose import compose
from report.recording.run import read_run
from tests.altering import crash
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

SHARES = st.floats(0, 1)
FILES = {"requests": "requests.csv", "jobs": "jobs.csv", "samples": "samples.csv", "events": "events.jsonl"}


def small(tmp: Path) -> Path:
    return simulate(tmp / "whole", ["load.hold=8s", *STEPS, "load.until=50"], Service(error_share=0.05), stops=False)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(shares=st.tuples(SHARES, SHARES, SHARES, SHARES))
def test_files_cut_anywhere(shares: tuple[float, ...]) -> None:
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(shutil.copytree(_whole(), Path(tmp) / "cut"))
        sizes = {
            stem: int(share * (folder / name).stat().st_size) for (stem, name), share in zip(FILES.items(), shares, strict=True)
        }
        crash(folder, **sizes)
        run = read_run(folder)
        report = compose(run)
        assert run.status == "crashed"
        assert report.trust != "VALID"
        submits = set(run.requests.loc[run.requests["endpoint"] == "submit", "job"])
        assert run.jobs["job"].is_unique
        assert submits <= set(run.jobs["job"])


def test_a_crash_at_any_second(tmp_path: Path) -> None:
    for second in range(0, 50, 7):
        folder = Path(shutil.copytree(_whole(), tmp_path / str(second)))
        crash(folder, at=float(second))
        run = read_run(folder)
        report = compose(run)
        assert report.trust == ("QUALIFIED" if len(run.requests) else "INVALID")
        assert run.jobs["job"].nunique() == len(run.jobs)


_made: list[Path] = []


def _whole() -> Path:
    if not _made:
        _made.append(small(Path(tempfile.mkdtemp())))
    return _made[0]
