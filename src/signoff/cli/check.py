"""`signoff check`: what an answer says that its record does not, for one answer or a line of JSON each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from signoff.checks.findings import findings, to_json

CUT_OFF = re.compile(r'\s*\{\s*"[^"]*"\s*:')  # no text for people begins like this


def check_one(record_path: str | Path, facts_path: str | Path | None, answer_text: str) -> dict[str, Any]:
    """
    Return `{"findings": [...]}` for one answer; the record and the facts are JSON or YAML files.

    Raises `ValueError`, in the owner's words, when a file cannot be read.
    """
    record = read_file(record_path)
    facts = read_file(facts_path) if facts_path else None
    answer = _answer_of(answer_text)
    return {"findings": [to_json(finding) for finding in findings(answer, record, facts)]}


def check_batch(lines: Iterable[str]) -> Iterator[str]:
    """
    Yield one line of JSON for each line `{"id", "record", "answer"}`, with "facts" if there are any.

    A line that cannot be checked gives `{"id", "error"}`; the rest go on.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(_one_line(line, number), ensure_ascii=False)


def _one_line(line: str, number: int) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"Line {number} is not JSON: {error}."}
    if not isinstance(case, dict):
        return {"id": None, "error": f"Line {number} is not an object with id, record and answer."}
    missing = [name for name in ("record", "answer") if name not in case]
    if missing:
        return {"id": case.get("id"), "error": f"Line {number} has no {' and no '.join(missing)}."}
    answer = case["answer"]
    if isinstance(answer, list):
        answer = {"": answer}
    if not isinstance(answer, str | dict):
        return {"id": case.get("id"), "error": f"Line {number}: the answer is neither a text nor an object."}
    found = findings(answer, case["record"], case.get("facts"))
    return {"id": case.get("id"), "findings": [to_json(finding) for finding in found]}


def read_file(path: str | Path) -> Any:
    """Return what a JSON or YAML file holds; a text file that is neither is its own text."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"The file {file} cannot be read as text.") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if file.suffix.lower() == ".json":
            raise ValueError(f"The file {file} is not JSON.") from None
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        if file.suffix.lower() in (".txt", ".md"):
            return text
        raise ValueError(f"The file {file} is neither JSON nor YAML.") from None


def _answer_of(text: str) -> Any:
    """
    Return an answer of several fields as such, anything else as the text it is.

    Raises `ValueError` for one that was cut off: else it would pass as one without a slip.
    """
    if text.lstrip()[:1] == "{":
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError) as error:
            if CUT_OFF.match(text):
                raise ValueError(
                    f"The answer begins as JSON and is none: {error}. Nothing was checked."
                ) from None
            return text
        if isinstance(answer, dict):
            return answer
    return text
