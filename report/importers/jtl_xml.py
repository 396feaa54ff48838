"""JMeter's log as XML (JTL): `<sample>` and `<httpSample>` elements, the parts of transactions and pages within others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np

from .imported import Imported
from .input_file import InputFile, quoted
from .logs.columns import is_number
from .logs.jmeter import MOST_THREADS, TOOL, TRANSACTION, Samples
from .logs.request_log import RequestLog
from .logs.summary import summed_up
from .options import Options

SAMPLES = {"sample", "httpSample"}
ATTRIBUTES = {"label": "lb", "success": "s", "responseCode": "rc", "responseMessage": "rm", "threadName": "tn", "Hostname": "hn"}
"""JMeter's columns by the attributes that hold them."""
BLOCK, HELD = 1 << 20, 50_000
"""Bytes parsed at once, and samples held as Python's objects before they become arrays."""


def fits(file: InputFile) -> bool:
    """Whether it begins as JMeter's XML does."""
    return "<testResults" in file.head[:2000]


def read(files: Sequence[InputFile], options: Options) -> Imported:
    """The test that these logs tell of. Raises UserError."""
    return summed_up(files, [_Reader(file).read() for file in files], TOOL, options)


@dataclass
class _Element:
    """A sample: its attributes, what its assertions said, and whether samples stand in it."""

    line: int
    attributes: dict[str, str]
    failure: list[str] = field(default_factory=list)
    parent: bool = False

    @property
    def is_transaction(self) -> bool:
        """Whether it sums up others."""
        return self.attributes.get("rm", "").startswith(TRANSACTION)


class _Reader:
    """What was read so far: whole samples that count, and the elements that are open."""

    def __init__(self, file: InputFile) -> None:
        self.file, self.samples, self.ended = file, Samples(), False
        self.whole: list[_Element] = []
        self.open: list[_Element] = []
        self.message: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.parser.CharacterDataHandler, self.parser.StartDoctypeDeclHandler = self.text, self.no_doctype

    def read(self) -> RequestLog:
        """The whole file; one that ends early, as a killed JMeter leaves it, up to its last whole sample. Raises UserError."""
        try:
            with self.file.open() as stream:
                while block := stream.read(BLOCK):
                    self.parser.Parse(block)
        except expat.ExpatError as error:
            raise self.file.fault(f"not XML: {expat.errors.messages[error.code]}", error.lineno) from None
        except OSError as error:
            raise self.file.fault(f"can't be read on: {error}") from None
        self.flush()
        early = f"{self.file.path.name} ends early: a sample that was cut off is left out."
        return self.samples.log([] if self.ended else [early])

    def no_doctype(self, *_: object) -> None:
        """JMeter writes none; the entities of one could be made to grow without end."""
        raise self.file.fault("declares a document type, which JMeter never does")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name in SAMPLES:
            if self.open:
                self.open[-1].parent = True
            self.open.append(_Element(self.parser.CurrentLineNumber, attributes))
        elif name == "failureMessage" and self.open:
            self.message = self.open[-1].failure

    def text(self, text: str) -> None:
        """A piece of text within an element."""
        if self.message is not None:
            self.message.append(text)

    def end(self, name: str) -> None:
        """An element ends. Of a transaction the samples count, and it doesn't; of any other sample the parts don't."""
        if name == "failureMessage":
            self.message = None
        self.ended = self.ended or name == "testResults"
        if name not in SAMPLES:
            return
        element = self.open.pop()
        if all(above.is_transaction for above in self.open) and not (element.is_transaction and element.parent):
            self.whole.append(element)
            if len(self.whole) >= HELD:
                self.flush()

    def flush(self) -> None:
        """Turn the samples held into arrays."""
        if not self.whole:
            return
        start = np.array([self._number(element, "ts", "milliseconds since 1970") for element in self.whole])
        seconds = np.array([self._number(element, "t", "milliseconds") for element in self.whole]) / 1000
        if not 1e11 <= start.min() <= start.max() < 1e14:
            raise self.file.fault("holds a ts that is no time; allowed: milliseconds since 1970")
        texts = self.samples.texts
        codes = {
            column: texts[column].codes(element.attributes.get(name, "") for element in self.whole)
            for column, name in ATTRIBUTES.items()
        }
        codes["failureMessage"] = texts["failureMessage"].codes("".join(element.failure).strip() for element in self.whole)
        told = all("na" in element.attributes for element in self.whole)
        threads = [self._number(element, "na", "a number") for element in self.whole] if told else None
        self.samples.add(start / 1000, seconds, codes, threads)
        self.whole = []

    def _number(self, element: _Element, name: str, allowed: str) -> float:
        text = element.attributes.get(name, "")
        if not is_number(text) or not 0 <= float(text) < (MOST_THREADS if name == "na" else 1e15):
            raise self.file.fault(f"{quoted(text)}; allowed: {allowed}", element.line, name)
        return float(text)
