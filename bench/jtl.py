"""A JMeter log of any length with known contents, written the way JMeter 5.5 writes its default columns.

Twelve labels, two hundred threads; response times are lognormal in whole milliseconds, ten times as long over the last tenth,
and one request in two hundred fails. The same rows come out each time.
"""

import sys
from pathlib import Path

import numpy as np

HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,URL,Latency,IdleTime,Connect"
)
LABELS = tuple(f"{verb} /{noun}" for verb in ("GET", "POST", "PUT") for noun in ("orders", "items", "users", "carts"))
EPOCH_MS = 1_795_000_000_000
RATE, CHUNK = 500.0, 100_000


def times_of(rows: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The response times of all rows, in milliseconds."""
    times = np.random.default_rng(7).lognormal(3.0, 0.6, rows)
    times[rows - rows // 10 :] *= 10
    return np.maximum(1, times.round()).astype(np.int64)


def write_jtl(file: Path, rows: int) -> None:
    """Write so many rows to `file`."""
    rng, elapsed = np.random.default_rng(8), times_of(rows)
    start = EPOCH_MS + np.sort(rng.uniform(0, rows / RATE * 1000, rows)).astype(np.int64)
    label, thread, failed = rng.integers(0, 12, rows), rng.integers(1, 201, rows), rng.random(rows) < 0.005
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADER + "\n")
        for first in range(0, rows, CHUNK):
            columns = (values[first : first + CHUNK].tolist() for values in (start, elapsed, label, thread, failed))
            out.writelines(_row(*cells) for cells in zip(*columns, strict=True))


def _row(start: int, elapsed: int, label: int, thread: int, failed: bool) -> str:
    code, message = (503, "Service Unavailable") if failed else (200, "OK")
    good = "false" if failed else "true"
    return (
        f"{start},{elapsed},{LABELS[label]},{code},{message},Users 1-{thread},text,{good},,512,128,200,200,null,{elapsed},0,1\n"
    )


if __name__ == "__main__":
    write_jtl(Path(sys.argv[1]), int(sys.argv[2]))
