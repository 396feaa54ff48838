"""A file as it came: packed or not, in any encoding that is certain. All that reads one sees plain UTF-8."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from profiles import UserError

HEAD = 65536
"""Bytes of a file that must tell what it is."""
FEW = 3
"""Lines of it that are looked at."""
PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
"""First bytes of a compressed file."""
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
DELIMITERS = ",;\t|"
LONGEST = 60
"""Letters of what stood there that a sentence quotes."""


@dataclass(frozen=True)
class InputFile:
    """A file that somebody made elsewhere. `head`: its first bytes, unpacked and in UTF-8."""

    path: Path
    packing: str | None
    encoding: str
    bom: int
    head: str

    @property
    def stem(self) -> str:
        """The name without the endings that tell how it is packed and what it is."""
        name = self.path.name
        for ending in (".gz", ".zst", ".bz2"):
            name = name.removesuffix(ending)
        return name.rpartition(".")[0] or name

    def open(self) -> pa.NativeFile:
        """The bytes, unpacked, in UTF-8 and without a mark of their order."""
        stream = pa.input_stream(str(self.path), compression=self.packing)
        stream.read(self.bom)
        return stream if self.encoding == "utf-8" else pa.transcoding_input_stream(stream, self.encoding, "utf-8")

    def fault(self, what: str, row: int | None = None, column: str = "") -> UserError:
        """The error that says what is wrong in which row (the header is row 1) and column."""
        places = [f"row {row}" if row else "", f"column {column!r}" if column else ""]
        return UserError(": ".join([str(self.path), *([", ".join(filter(None, places))] if any(places) else []), what]))

    def rows(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """(line number, cells) of each line of a CSV file that isn't blank, the header among them. Raises UserError."""
        with self.open() as stream:
            text = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline="")
            lines = csv.reader(text, delimiter=delimiter)
            try:
                for cells in lines:
                    if any(cells) and not _is_hint(cells, lines.line_num):
                        yield lines.line_num, cells
            except UnicodeDecodeError:
                raise self._undecodable() from None
            except (csv.Error, OSError) as error:
                raise self.fault(f"can't be read on: {error}", lines.line_num + 1) from None

    def _undecodable(self) -> UserError:
        """The error that names the first line that isn't UTF-8."""
        with self.open() as stream:
            for row, line in enumerate(io.BufferedReader(stream), 1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    return self.fault(f"not UTF-8 (byte 0x{line[error.start]:02x}); save it as UTF-8", row)
        return self.fault("not UTF-8; save it as UTF-8")

    def first_line(self, delimiter: str) -> list[str]:
        """The cells of the first line that isn't blank, as far as this delimiter tells them; none in an empty file."""
        return next(iter(self.lines_of_head(delimiter)), [])

    def lines_of_head(self, delimiter: str) -> list[list[str]]:
        """The cells of the first few lines that aren't blank."""
        lines = csv.reader(io.StringIO(self.head, newline=""), delimiter=delimiter)
        try:
            whole = ([cell.strip() for cell in cells] for cells in lines if any(cells) and not _is_hint(cells, 1))
            return list(islice(whole, FEW))
        except csv.Error:
            return []


def open_input(path: Path) -> InputFile:
    """The file, its packing and its encoding recognised. Raises UserError."""
    if not path.is_file():
        raise UserError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    try:
        with path.open("rb") as stream:
            first = stream.read(4)
        packing = next((name for magic, name in PACKED.items() if first.startswith(magic)), None)
        with pa.input_stream(str(path), compression=packing) as unpacked:
            head = unpacked.read(HEAD)
    except (OSError, pa.ArrowInvalid) as error:
        raise UserError(f"{path}: can't be read: {_reason(error)}") from None
    bom = next((mark for mark in BOMS if head.startswith(mark)), b"")
    encoding = BOMS.get(bom, "") or _without_mark(head)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head[len(bom) :])
    return InputFile(path=path, packing=packing, encoding=encoding, bom=len(bom), head=text)


def quoted(text: str) -> str:
    """What stood there, in quotes, cut where it is long."""
    return repr(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def _without_mark(head: bytes) -> str:
    """UTF-16 shows by a zero in every other byte of plain letters; all else is taken for UTF-8, and fails where it isn't."""
    some = head[:64]
    if len(some) >= 4 and not any(some[1::2]) and all(some[::2]):
        return "utf-16-le"
    if len(some) >= 4 and not any(some[::2]) and all(some[1::2]):
        return "utf-16-be"
    return "utf-8"


def _is_hint(cells: Sequence[str], line: int) -> bool:
    """Whether this is the line by which a file tells spreadsheets its delimiter, as in sep=;"""
    return line == 1 and cells[0].lower().startswith("sep=")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]
