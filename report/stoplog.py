"""What the stop rules saw, in words. Their wording stands here alone: terminal, stop log and report use it."""

from collections.abc import Iterable, Mapping
from typing import Any

from .text import moment, quantity, rate, seconds, share, span

Event = Mapping[str, Any]


def rule_sentence(rule: str, values: Mapping[str, Any]) -> str:
    """Why a rule was armed or fired: its numbers in one sentence."""
    if not values:
        return ""
    match rule:
        case "errors":
            return _errors(values)
        case "plateau":
            return (
                f"throughput did not grow: {rate(values['rate'])} completed, against "
                f"{rate(values['best_rate'])} at {values['best_clients']} clients"
            )
        case "fall":
            return (
                f"throughput fell to {rate(values['rate'])} completed, from {rate(values['best_rate'])} at "
                f"{values['best_clients']} clients ({values['steps']} steps in a row)"
            )
        case "stalled":
            return f"no request had a reply for {values['silent']} s while {values['in_flight']} jobs were in flight"
        case "latency-rise":
            return (
                f"p95 of {values['subject']} was {seconds(values['p95'])}, over its limit of "
                f"{seconds(values['limit'])} (lowest step: {seconds(values['baseline'])}), "
                f"{values['windows']} {'time' if values['windows'] == 1 else 'times'} in a row"
            )
        case "backlog":
            return (
                f"jobs in flight grew by {values['growth']:,} in {span(values['seconds'])} while {values['arrivals']:,} "
                f"arrived; chance explains at most {values['allowed']:.0f} ({values['in_flight']:,} were in flight)"
            )
        case _:
            return _condition(values)


def _errors(values: Mapping[str, Any]) -> str:
    what = "jobs did not succeed" if values["subject"] == "job" else f"{values['subject']} requests failed"
    cause = f", mostly: {values['cause']}" if values["cause"] else ""
    tolerated = share(values["tolerate"]) if values["tolerate"] else "none"
    return f"{values['failed']} of {values['of']} {what} in the last minute ({tolerated} tolerated){cause}"


def _condition(values: Mapping[str, Any]) -> str:
    value = "nothing" if values["value"] is None else quantity(values["value"], values.get("unit", "number"))
    limit = quantity(values["limit"], values.get("unit", "number"))
    return f"it read {value} (limit {limit}) and had held for {values['held']} s of {span(values['for'])}"


def stop_log(events: Iterable[Event]) -> list[tuple[float, str]]:
    """(second, line) of everything that bears on why a run stopped: rules, lost workers, signals, the end."""
    return [(float(event.get("at", event["t"])), line) for event in events if (line := _line(event))]


def _line(event: Event) -> str:
    match event["event"]:
        case "hold_start":
            return f"step {event['step']} is held at {event['clients']} clients"
        case "hold_end":
            return f"step {event['step']} {'was cut short' if event['cut'] else 'ended'}"
        case "rule":
            said = rule_sentence(event["rule"], event["values"]) if event["state"] != "cleared" else ""
            then = ", which ends the run" if event["state"] == "fired" and event["then"] == "stop" else ""
            head = f"{event['rule']} {event['state']} in step {event['step']} at {event['clients']} clients{then}"
            return f"{head}: {said}" if said else head
        case "worker_quiet":
            return f"worker {event['worker']} has sent nothing since {moment(event['heard'])}"
        case "worker_back":
            return f"worker {event['worker']} was heard of again, after {event['silent']:.0f} s"
        case "worker_lost":
            return f"worker {event['worker']} was lost: {event['reason']}"
        case "watcher_lost":
            return "the watcher ended: hosts and processes were not sampled from here on"
        case "held_back":
            return f"max_in_flight has held back {event['jobs']} arrivals so far"
        case "signal":
            return f"{event['signal']} asked for the end"
        case "drain_start":
            return f"the load ended with {event['in_flight']} jobs in flight; they had {event['limit']:.0f} s to end"
        case "run_end":
            return f"the run {event['reason']}" + (f": {event['detail']}" if event["detail"] else "")
    return ""
