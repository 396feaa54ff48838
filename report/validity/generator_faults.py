"""What a load generator did that makes a step invalid, in words."""

from report.analysis.generators import Health
from report.stats.generator_health import LATE, Fault
from report.text import count_of, listed, seconds, share


def faults_text(health: Health) -> str:
    """Which generator it was, and all that it did wrong in the step, with the numbers."""
    return f"generator {health.worker} {listed(_fault(health, fault) for fault in health.faults)}"


def _fault(health: Health, fault: Fault) -> str:
    match fault:
        case "cpu":
            return f"used {share(health.cpu)} of a core"
        case "lag":
            return f"lagged by {seconds(health.lag)} (p99), where {seconds(health.lag_allowed)} is allowed"
        case "late":
            return f"sent {health.late:,} of {count_of(health.sent, 'submit')} more than {seconds(LATE)} late"
        case "descriptors":
            return "ran out of file descriptors"
        case "ports":
            return "ran out of ports"
        case "lost":
            return "was lost"
