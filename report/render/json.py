"""report.json: the report as data, from which every other document is made."""

from report.document.report import Report


def render_json(report: Report) -> str:
    """The report as JSON, one value a line; numbers that aren't finite are null."""
    return report.model_dump_json(indent=1) + "\n"
