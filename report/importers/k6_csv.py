"""k6's samples as CSV (`k6 run --out csv=FILE`): times in whole seconds unless K6_CSV_TIME_FORMAT says otherwise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from report.stats.quantiles import Array

from .imported import Imported
from .input_file import DELIMITERS, InputFile
from .logs.columns import NUMBER, TEXT, WORDS, Batch, Columns, array_of, codes_of, epoch_seconds, is_number
from .logs.k6 import DURATION, TOOL, VUS, cause_codes, cause_of, log_of, name_of
from .logs.request_log import Codes, RequestLog, Texts
from .logs.summary import summed_up
from .options import Options

NEEDED = {"metric_name", "timestamp", "metric_value"}
TAGS = ("method", "name", "url", "expected_response", "status", "error")
"""Columns of a request that are read, if they are there."""


def fits(file: InputFile) -> bool:
    """Whether its header is k6's."""
    return _columns(file) is not None


def read(files: Sequence[InputFile], options: Options) -> Imported:
    """The test that these files tell of. Raises UserError."""
    return summed_up(files, [_read(file) for file in files], TOOL, options)


def _columns(file: InputFile) -> Columns | None:
    for delimiter in DELIMITERS:
        header, *rows = file.lines_of_head(delimiter) or [[]]
        if set(header) >= NEEDED:
            stamp = rows[0][header.index("timestamp")] if rows and len(rows[0]) == len(header) else "0"
            kinds = {"metric_name": WORDS, "metric_value": NUMBER, "timestamp": NUMBER if is_number(stamp) else TEXT}
            return Columns(file, delimiter, header, True, kinds | {name: WORDS for name in TAGS if name in header})
    return None


class _Requests:
    """What was read so far, in blocks."""

    def __init__(self) -> None:
        self.names, self.causes = Texts(), Texts()
        self.times: list[Array] = []
        self.seconds: list[Array] = []
        self.name: list[Codes] = []
        self.cause: list[Codes] = []
        self.vus: list[tuple[Array, Array]] = []

    def add(self, batch: Batch, columns: Columns) -> None:
        """The rows of a block that are requests, or tell of virtual users."""
        times, value = epoch_seconds(batch["timestamp"]), array_of(batch["metric_value"])
        if times is None:
            raise columns.fault_where("timestamp", columns.no_time, "seconds since 1970, or a time as 2026-11-27T12:00:00Z")
        metric = batch["metric_name"].dictionary_decode()
        of, clients = (array_of(pc.equal(metric, name)).astype(np.bool_) for name in (DURATION, VUS))
        if not (np.isfinite(value[of]).all() and (value[of] >= 0).all()):
            raise columns.fault_where("metric_value", lambda text: not is_number(text), "a number from 0 on")
        self.vus.append((times[clients], value[clients]))
        self.times.append(times[of])
        self.seconds.append(value[of] / 1000)
        self._add_words({name: batch[name].filter(of) for name in TAGS if name in batch}, int(of.sum()))

    def _add_words(self, words: Batch, count: int) -> None:
        """Names and causes, each combination of words worked out once."""
        if not count:
            return
        texts = {name: Texts() for name in TAGS}
        codes = [codes_of(words[name], texts[name]) if name in words else texts[name].codes([""] * count) for name in TAGS]
        found, which = np.unique(np.stack(codes), axis=1, return_inverse=True)
        told = [dict(zip(TAGS, (texts[n].all[i] for n, i in zip(TAGS, each, strict=True)), strict=True)) for each in found.T]
        names = self.names.codes(name_of(tags["method"], tags["name"] or tags["url"]) for tags in told)
        causes = cause_codes([cause_of(t["expected_response"], t["status"], t["error"]) for t in told], self.causes)
        self.name.append(names[which.ravel()])
        self.cause.append(causes[which.ravel()])


def _read(file: InputFile) -> RequestLog:
    columns = _columns(file)
    if columns is None:
        raise file.fault("lacks k6's columns metric_name, timestamp and metric_value")
    rows = _Requests()
    for batch in columns.batches():
        rows.add(batch, columns)
    none = np.empty(0)
    times = np.concatenate([none, *rows.times])
    log = log_of(
        times,
        np.concatenate([none, *rows.seconds]),
        (rows.names, np.concatenate([none.astype(np.int32), *rows.name])),
        (rows.causes, np.concatenate([none.astype(np.int32), *rows.cause])),
        (np.concatenate([none, *(t for t, _ in rows.vus)]), np.concatenate([none, *(n for _, n in rows.vus)])),
        coarse=bool((times == np.floor(times)).all()),
    )
    return replace(log, left_out=tuple(columns.left_out))
