"""Reports of plain Locust CSV files; the sample was written by Locust itself."""

import shutil
from pathlib import Path

import pytest

from profiles import UserError
from report.importers.locust_csv import compose_locust, read_locust, write_locust_report
from report.render.markdown import render_markdown

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "locust" / "demo"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    files = list(SAMPLE.parent.glob("demo_*.csv"))
    assert len(files) >= 3
    for file in files:
        shutil.copy(file, tmp_path)
    return tmp_path / "demo"


def test_all_documents(prefix: Path) -> None:
    report = write_locust_report(prefix)
    out = prefix.with_name("demo_report")
    assert {file.name for file in out.iterdir()} == {"report.json", "report.md", "report.html", "report.pdf", "figures"}
    assert report.trust == "IMPORTED"
    assert "| GET /tasks/submissions/{id} | GET | 792 | 33.0 | 0 % | 18.1 |" in (out / "report.md").read_text()


def test_every_percentile_is_labelled(prefix: Path) -> None:
    text = render_markdown(compose_locust(read_locust(prefix)))
    assert "rounded by Locust to two significant digits" in text
    assert "windows of about 10 s" in text


def test_a_history_that_is_not_full_is_cumulative(prefix: Path) -> None:
    file = prefix.with_name("demo_stats_history.csv")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "Aggregated" in line or line.startswith("Timestamp")))
    assert "cumulative" in render_markdown(compose_locust(read_locust(prefix)))


def test_the_first_file_is_enough(prefix: Path) -> None:
    prefix.with_name("demo_stats_history.csv").unlink()
    prefix.with_name("demo_failures.csv").unlink()
    report = compose_locust(read_locust(prefix))
    assert report.hero is None
    assert "nothing is known over time" in render_markdown(report)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda file: file.unlink(), "demo: no such run folder .nor Locust's demo_stats.csv"),
        (lambda file: file.write_text("a,b\n1,2\n"), "lacks the column 'Type'"),
        (lambda file: file.write_text(""), "not a CSV file"),
        (lambda file: file.write_text(file.read_text().splitlines()[0] + "\n"), "has no row Aggregated"),
    ],
)
def test_wrong_input(prefix: Path, change: object, says: str) -> None:
    assert callable(change)
    change(prefix.with_name("demo_stats.csv"))
    with pytest.raises(UserError, match=says):
        read_locust(prefix)
