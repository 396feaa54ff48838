"""The quantities that a report tells of: what each is called, its unit, and by which clock it is known.

Sentences, tables, figures and `report.json` take names and texts from here, so that one quantity has one name, one unit and the
same digits wherever it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .text import Unit, quantity, seconds, unit_of


@dataclass(frozen=True)
class Quantity:
    """`dimension` as in `report.text.unit_of`; `unit`: of a rate or a count, "" where the dimension says it; `meaning`: what
    is counted, or from when until when by which clock."""

    name: str
    dimension: str
    unit: str
    meaning: str

    def text(self, value: float | None) -> str:
        """The number with its unit, as a sentence has it: "9.90 jobs/s", "405 ms"."""
        if self.dimension == "seconds":
            return seconds(value)
        return " ".join(filter(None, (quantity(value, self.dimension), self.unit)))

    def unit_in(self, values: Iterable[float | None]) -> Unit:
        """The unit of a column that holds these values; `heading` names it."""
        return unit_of(values, self.dimension)

    def heading(self, unit: Unit) -> str:
        """What stands under the title of such a column."""
        return self.unit or unit.symbol


OFFERED = Quantity("Offered", "rate", "jobs/s", "jobs that the clients mean to submit")
SUBMITTED = Quantity("Submitted", "rate", "jobs/s", "submits sent in the hold")
COMPLETED = Quantity("Completed", "rate", "jobs/s", "jobs seen succeeded or failed once the hold had settled")
REQUEST_RATE = Quantity("All requests", "rate", "requests/s", "requests of all endpoints sent in the hold")
STEADY = Quantity("Steady throughput", "rate", "jobs/s", "what the highest sustained step completed")
MAXIMUM = Quantity("Maximum throughput", "rate", "jobs/s", "where throughput stops growing, however much is offered")
WITHIN_LIMITS = Quantity("Within the limits", "rate", "jobs/s", "what the highest sustained step that met every limit completed")
RECOMMENDED = Quantity("Recommended load", "rate", "jobs/s", "a load that leaves headroom and keeps the limits")
BREAKING_POINT = Quantity("Breaking point", "rate", "jobs/s", "what was offered in the first step that was not sustained")
GROWTH = Quantity("Growth", "number", "", "jobs in flight, by a line through each second of a hold once it had settled")
VARIATION = Quantity("Normal variation", "number", "", "the growth up to which a step counts as sustained")
REQUEST_TIME = Quantity("Service time of requests", "seconds", "", "from sending to the reply, by the load generator's clock")
JOB_TIME = Quantity("Response time of jobs", "seconds", "", "from due to the end of the job")
