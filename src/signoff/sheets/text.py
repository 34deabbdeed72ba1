"""Tables as text: CSV in whatever encoding and with whatever separator the person's program writes it."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from signoff.sheets.tables import Choices, Layout, Raw, refused

# What can be chosen where the guess is wrong, by the names that programs show.
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "windows-1252": "Windows, Western Europe",
    "windows-1250": "Windows, Central Europe",
    "windows-1251": "Windows, Cyrillic",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
}
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLED = 100
LONGEST_CELL = 100_000


def layout(data: bytes, choices: Choices) -> Layout:
    """Return how a text is read; the names of its columns are not known yet. Raises `TableRefused`."""
    encoding = choices.encoding or _encoding(data)
    if encoding not in ENCODINGS:
        raise refused(
            "Signoff does not know this way of writing letters.", "Choose one of those that are offered."
        )
    if encoding != "utf-16" and _is_binary(data[:4000].decode("latin-1")):
        raise refused("This is no table.", "Save the table as .xlsx or .csv and hand that in.")
    try:
        whole = data.decode(_codec(data, encoding))
    except UnicodeDecodeError:
        raise refused(
            f"This file is not written in {ENCODINGS[encoding]}."
            if choices.encoding
            else "We cannot find out how the letters of this file are written.",
            "Save it as “CSV UTF-8” or as .xlsx, and hand it in again.",
        ) from None
    if _is_binary(whole[:4000]):
        raise refused("This is no table.", "Save the table as .xlsx or .csv and hand that in.")
    delimiter = choices.delimiter or _stated(whole) or _delimiter(whole)
    if delimiter not in DELIMITERS:
        raise refused("The separator is a comma, a semicolon, a tab or a bar.")
    return Layout("csv", (), 0, encoding=encoding, delimiter=delimiter)


def raw(data: bytes, layout: Layout) -> Iterator[Raw]:
    """Return the rows of a text, read as the layout says."""
    stream = io.TextIOWrapper(io.BytesIO(data), _codec(data, layout.encoding), newline="")
    number = 0
    if _stated(data[:200].decode(_codec(data, layout.encoding), "replace")):
        stream.readline()  # Excel does not show it
    reader = csv.reader(_without_nul(stream), delimiter=layout.delimiter, strict=True)
    csv.field_size_limit(LONGEST_CELL)
    try:
        for cells in reader:
            number += 1
            yield Raw(number, [cell.strip() for cell in cells])
    except csv.Error as error:
        raise _quotation(reader.line_num, error) from None


def _quotation(line: int, error: csv.Error) -> Exception:
    if "field larger" in str(error) or "unexpected end" in str(error):
        return refused(
            f"A quotation mark is opened at or before line {line} and not closed.",
            "Close it, or save the table as .xlsx.",
        )
    return refused(
        f"In line {line}, a quotation mark stands inside a text.",
        "Write it twice there, or save the table as .xlsx.",
    )


def _without_nul(stream: io.TextIOWrapper) -> Iterator[str]:
    for line in stream:
        yield line.replace("\x00", "") if "\x00" in line else line


def _encoding(data: bytes) -> str:
    """Return the encoding of a text: by its mark, by its zeros, UTF-8 if it is, else what Windows writes."""
    for mark, name in BOMS:
        if data.startswith(mark):
            return name
    head = data[:4000]
    if head and head.count(0) > len(head) // 4:
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _codec(data: bytes, encoding: str) -> str:
    """Return Python's name of an encoding, by the mark at the beginning where there may be one."""
    if encoding == "utf-8":
        return "utf-8-sig"
    if encoding == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        odd, even = data[1:4000:2].count(0), data[0:4000:2].count(0)
        return "utf-16-le" if odd >= even else "utf-16-be"
    return encoding


def _is_binary(head: str) -> bool:
    """Say whether the beginning of a file is no text at all: it is full of characters that no text has."""
    strange = sum(ord(letter) < 32 and letter not in "\t\r\n\x0b\x0c" for letter in head.replace("\x00", ""))
    return strange > len(head) // 50 + 1


def _stated(whole: str) -> str:
    """Return the separator that a first line states ("sep=;", as Excel writes it), "" where there is none."""
    first = whole.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r").strip('"')
    return first[4:] if first.lower().startswith("sep=") and len(first) == 5 else ""


def _delimiter(whole: str) -> str:
    """Return the separator that gives the rows the same number of values, and the most of them."""
    best, found = (0.0, 0), ","
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(whole[:300_000], newline=""), delimiter=delimiter)
        try:
            widths = [len(cells) for cells in islice(reader, SAMPLED) if any(cell.strip() for cell in cells)]
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        if width > 1 and (times / len(widths), width) > best:
            best, found = (times / len(widths), width), delimiter
    return found
