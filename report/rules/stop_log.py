"""What the stop rules saw, in words. Their wording stands here alone: terminal, stop log and report use it."""

from collections.abc import Iterable, Mapping
from typing import Any

from profiles import Stop
from report.text import count_of, moment, quantity, rate, seconds, share, span

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
            return f"no request had a reply for {values['silent']} s with {count_of(values['in_flight'], 'job')} in flight"
        case "outage":
            return f"{_failed(values)} in {span(values['seconds'])}{_mostly(values)}"
        case "latency-rise":
            return _latency(values)
        case "backlog":
            return (
                f"jobs in flight grew by {values['growth']:,} in {span(values['seconds'])} while {values['arrivals']:,} "
                f"arrived; chance explains at most {values['allowed']:.0f} ({values['in_flight']:,} were in flight)"
            )
        case _:
            return _condition(values)


def condition_text(stop: Stop) -> str:
    """A condition with all that it takes to fire."""
    over = f", measured over {span(stop.over)}" if stop.over else ""
    if stop.of:
        return f"{stop.when}{over}, in {stop.of} windows"
    return f"{stop.when}{over}" + (f", for {span(stop.lasting)}" if stop.lasting else "")


def _failed(values: Mapping[str, Any]) -> str:
    what = "jobs did not succeed" if values["subject"] == "job" else f"{values['subject']} requests failed"
    return f"{values['failed']:,} of {values['of']:,} {what}"


def _mostly(values: Mapping[str, Any]) -> str:
    return f", mostly: {values['cause']}" if values["cause"] else ""


def _errors(values: Mapping[str, Any]) -> str:
    if not values["tolerate"]:
        return f"{_failed(values)} since the start (none tolerated){_mostly(values)}"
    return f"{_failed(values)} in {span(values['seconds'])} ({share(values['tolerate'])} tolerated){_mostly(values)}"


def _latency(values: Mapping[str, Any]) -> str:
    if values.get("against") == "baseline":
        return (
            f"half of {_those(values['subject'])} took more than {seconds(values['median'])}, limit {seconds(values['limit'])} "
            f"(unloaded: at most {seconds(values['baseline'])}), {_in_a_row(values)}"
        )
    head = f"p95 of {values['subject']} was {seconds(values['p95'])}, limit {seconds(values['limit'])}"
    if values.get("against") == "hold":
        return f"{head} (earlier in this step: {seconds(values['baseline'])}), over the last three windows of a minute or more"
    return f"{head} (calmest step: {seconds(values['baseline'])}), {_in_a_row(values)}"


def _those(subject: str) -> str:
    return "the jobs" if subject == "job" else f"the {subject} requests"


def _in_a_row(values: Mapping[str, Any]) -> str:
    times = "once" if values["windows"] == 1 else f"{values['windows']} times in a row"
    return f"{times}, the last time over {values['n']:,} of them"


def _condition(values: Mapping[str, Any]) -> str:
    limit = quantity(values["limit"], values["unit"])
    if values["value"] is None:
        said = f"nothing was measured for {span(values['silent'])}, limit {limit}"
    else:
        said = f"it was {quantity(values['value'], values['unit'])}, limit {limit}"
        if values["seconds"] > 1:
            said += f", over {span(values['seconds'])} (n = {values['n']:,})"
    if "of" in values:
        return f"{said}; true in {values['true']} of the last {values['of']} windows, {values['wanted']} are enough"
    return f"{said}; true for {values['held']} s" + (f" of {span(values['for'])}" if values["for"] > 1 else "")


def stop_log(events: Iterable[Event]) -> list[tuple[float, str]]:
    """(second, line) of everything that bears on why a run stopped: rules, lost workers, signals, the end."""
    return [(float(event.get("at", event["t"])), line) for event in events if (line := _line(event))]


def _line(event: Event) -> str:
    match event["event"]:
        case "hold_start":
            clients = count_of(event["clients"], "client")
            return f"step {event['step']} is held at {clients}" if event["step"] else f"the baseline begins, with {clients}"
        case "clear_start":
            return f"the load paused before step {event['step']} with {count_of(event['in_flight'], 'job')} in flight"
        case "hold_end":
            held = f"step {event['step']}" if event["step"] else "the baseline"
            return f"{held} {'was cut short' if event['cut'] else 'ended'}"
        case "rule":
            said = rule_sentence(event["rule"], event["values"]) if event["state"] != "cleared" else ""
            head = f"{event['rule']} {event['state']} in step {event['step']} at {event['clients']} clients{_then(event)}"
            return f"{head}: {said}" if said else head
        case "worker_quiet":
            return f"worker {event['worker']} has sent nothing since {moment(event['heard'])}"
        case "worker_back":
            return f"worker {event['worker']} was heard of again, after {event['silent']:.0f} s"
        case "hold_again":
            return f"step {event['step']} is held longer, to see it once more"
        case "worker_lost":
            return f"worker {event['worker']} was lost: {event['reason']}"
        case "watcher_lost":
            return "the watcher ended: hosts and processes were not sampled from here on"
        case "held_back":
            return f"max_in_flight has held back {event['jobs']} arrivals so far"
        case "action_start":
            return f"action {event['action']}: {event['command']}"
        case "action_end":
            return f"action {event['action']} {event['wrong'] or 'ended well'} after {span(event['seconds'])}"
        case "signal":
            return f"{event['signal']} told the run to end"
        case "drain_start":
            left = f"which had {event['limit']:.0f} s to end" if event["limit"] else "which had no more time"
            said = f"the load ended with {count_of(event['in_flight'], 'job')} in flight"
            return f"{said}, {left}" if event["in_flight"] else said
        case "run_end":
            how = "was interrupted" if event["reason"] == "interrupted" else event["reason"]
            return f"the run {how}" + (f": {event['detail']}" if event["detail"] else "")
    return ""


def _then(event: Event) -> str:
    if event["state"] != "fired":
        return ""
    return {"stop": ", which ends the run", "next": ", which ends the step", "note": ""}[event["then"]]
