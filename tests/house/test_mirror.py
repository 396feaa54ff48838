"""The tests mirror the packages: `report/stats/trend.py` is tested by `tests/report/stats/test_trend.py`, or this table says by what."""

import pytest

from tests.house.sources import ROOT, modules

PROFILES = "tests/profiles/test_errors.py"
GOLDEN = "tests/report/render/test_documents.py"
LIVE = "tests/live/test_reconcile.py"
ACCURACY = "tests/accuracy/test_rows.py"
ELSEWHERE = {
    "profiles/actions.py": PROFILES,
    "profiles/api": PROFILES,
    "profiles/expressions.py": "tests/profiles/test_templating.py",
    "profiles/extras.py": PROFILES,
    "profiles/fields.py": PROFILES,
    "profiles/model.py": PROFILES,
    "profiles/overrides.py": PROFILES,
    "profiles/paths.py": PROFILES,
    "profiles/read.py": PROFILES,
    "profiles/stops.py": PROFILES,
    "profiles/watches.py": "tests/load/sampling/test_probes.py",
    "profiles/suites": "tests/profiles/suites/test_read.py",
    "report/suite": "tests/report/suite/test_report.py",
    "load/suite": "tests/live/test_suites.py",
    "report/document": GOLDEN,
    "report/chapters": GOLDEN,
    "report/charts": GOLDEN,
    "report/findings": "tests/report/test_every_load.py",
    "report/importers": "tests/report/importers/test_locust_csv.py",
    "report/importers/logs": "tests/report/importers/test_jtl_csv.py",
    "report/compare": "tests/report/compare/test_comparison.py",
    "report/compose.py": GOLDEN,
    "report/validity": "tests/report/validity/test_checks.py",
    "report/recording/actions.py": "tests/live/test_actions.py",
    "report/recording/data_frames.py": "tests/report/recording/test_damaged.py",
    "report/recording/run.py": "tests/report/recording/test_damaged.py",
    "report/recording/run_info.py": "tests/house/test_docs.py",
    "report/recording/steps.py": "tests/report/recording/test_crash.py",
    "report/recording/version.py": "tests/house/test_packaging.py",
    "report/analysis/generators.py": "tests/report/validity/test_checks.py",
    "report/analysis/holds.py": "tests/report/analysis/test_steps.py",
    "report/analysis/idle.py": "tests/report/analysis/test_batch.py",
    "report/analysis/outcomes.py": "tests/report/findings/test_lost_jobs.py",
    "report/analysis/resources.py": "tests/report/findings/test_bottleneck.py",
    "report/analysis/job_times/held_polls.py": "tests/report/analysis/job_times/test_response_times.py",
    "report/analysis/run.py": GOLDEN,
    "report/analysis/tenants.py": "tests/report/analysis/test_batch.py",
    "report/analysis/steps": "tests/report/analysis/test_steps.py",
    "report/rules/failures.py": "tests/report/rules/test_errors.py",
    "report/rules/rule.py": "tests/report/rules/test_evaluator.py",
    "report/stats/bottleneck.py": ACCURACY,
    "report/stats/comparison.py": ACCURACY,
    "report/stats/littles_law.py": "tests/report/validity/test_checks.py",
    "report/stats/quantiles.py": "tests/report/test_measure.py",
    "report/stats/ratios.py": "tests/report/compare/test_comparison.py",
    "report/stats/recovery.py": "tests/report/analysis/test_recovery.py",
    "report/stats/saturation.py": "tests/report/rules/capacity/test_search.py",
    "report/stats/sequential.py": "tests/report/rules/test_latency_rise.py",
    "report/stats/steady_state.py": ACCURACY,
    "report/stats/trend.py": "tests/report/analysis/test_leaks.py",
    "report/stats/unloaded.py": "tests/report/analysis/test_unloaded.py",
    "load/commands": "tests/live/test_commands.py",
    "load/http/failures.py": "tests/load/http/test_connections.py",
    "load/http/targets.py": "tests/load/http/test_hosts.py",
    "load/jobs/answers.py": "tests/load/jobs/test_api.py",
    "load/jobs/calls.py": "tests/apis/test_shapes.py",
    "load/jobs/connecting.py": "tests/load/http/test_trust.py",
    "load/jobs/extras.py": LIVE,
    "load/jobs/life.py": "tests/load/jobs/test_job.py",
    "load/jobs/recording.py": "tests/load/jobs/test_job.py",
    "load/jobs/understanding.py": "tests/load/jobs/test_api.py",
    "load/master": LIVE,
    "load/protocol/environment.py": LIVE,
    "load/protocol/exits.py": "tests/live/test_commands.py",
    "load/protocol/messages.py": LIVE,
    "load/sampling/agent.py": "tests/load/sampling/test_probes.py",
    "load/sampling/machine.py": "tests/live/test_machines.py",
    "load/sampling/watcher.py": "tests/live/test_watches.py",
    "load/worker/generator.py": LIVE,
    "load/worker/link.py": "tests/live/test_workers_elsewhere.py",
    "load/cli": "tests/live/test_commands.py",
    "load/protocol/locust_runner.py": LIVE,
    "load/protocol/settled_profile.py": "tests/load/protocol/test_capacity_share.py",
    "load/protocol/terminal.py": "tests/live/test_hang_up.py",
    "load/sampling/watcher_program.py": "tests/live/test_watches.py",
    "load/worker/session.py": LIVE,
    "report/analysis/mapping_faults.py": "tests/report/validity/test_mapping.py",
    "report/recording/event.py": "tests/report/recording/test_event_lines.py",
    "report/recording/events.py": "tests/report/recording/test_event_lines.py",
    "report/render/figure": "tests/report/render/test_svg.py",
    "report/render/html.py": GOLDEN,
    "report/render/json.py": GOLDEN,
    "report/render/markdown.py": GOLDEN,
    "report/render/pdf.py": GOLDEN,
    "report/render/templating.py": GOLDEN,
    "report/rules/capacity/summary.py": "tests/report/rules/capacity/test_search.py",
    "report/rules/latency": "tests/report/rules/test_latency_rise.py",
}
"""Modules without a namesake, and folders that hold some: what tests them."""


def namesake(module: str) -> str:
    """The test of a module's own."""
    folder, _, name = module.rpartition("/")
    return f"tests/{folder}/test_{name}"


MODULES = sorted(
    file.relative_to(ROOT).as_posix() for file in modules("profiles", "report", "load").values() if file.name != "__init__.py"
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_tested_beside_it_or_where_the_table_says(module: str) -> None:
    assert (ROOT / namesake(module)).exists() or covered(module), (
        f"{namesake(module)} is missing, and ELSEWHERE says nothing of it"
    )


def covered(module: str) -> bool:
    return any(module == place or module.startswith(f"{place}/") for place in ELSEWHERE)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_table_holds_what_is_needed_alone(place: str) -> None:
    assert (ROOT / ELSEWHERE[place]).exists()
    held = [module for module in MODULES if module == place or module.startswith(f"{place}/")]
    assert [module for module in held if not (ROOT / namesake(module)).exists()], f"{place} needs no entry any more"


def test_tests_stand_in_the_folders_of_packages() -> None:
    folders = {
        file.parent.relative_to(ROOT / "tests")
        for room in ("profiles", "report", "load")
        for file in (ROOT / "tests" / room).rglob("test_*.py")
    }
    assert len(folders) > 15
    assert [folder.as_posix() for folder in folders if not (ROOT / folder).is_dir()] == []
