"""Files of company facts: `facts:` with names and texts, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from signoff.integrations.file import Document
from signoff.prompts.facts import Statement, read_statements

FACT_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


def is_facts(document: Document) -> bool:
    """Say whether a document states company facts, and is no integration."""
    return isinstance(document.data, Mapping) and set(document.data) == {"facts"}


def facts_in(document: Document) -> dict[str, tuple[Statement, ...]]:
    """Return the company facts that a file states, by name; empty for an integration file. Faults are noted."""
    if not is_facts(document) or not isinstance(document.data["facts"], Mapping):
        return {}
    found = {}
    for name, value in document.data["facts"].items():
        try:
            found[str(name)] = read_statements(value)
        except ValueError as error:
            document.fault(("facts", str(name)), f"`{str(name)[:80]}` {error}.")
    return found


def stated_in(documents: Iterable[Document]) -> set[str]:
    """Note what is wrong with the files of company facts, and return the names of all facts in them."""
    stated: dict[str, tuple[Statement, ...]] = {}
    for document in documents:
        if document.faults or not is_facts(document):
            continue
        facts = facts_in(document)
        if not facts and not document.faults:
            document.fault(("facts",), "`facts` must hold names and texts, one on each line below it.")
        for name, statements in facts.items():
            path = ("facts", name)
            if not FACT_NAME.fullmatch(name):
                document.fault(path, f"The name `{name[:80]}` may hold letters, digits and hyphens only.")
            if stated.setdefault(name, statements) != statements:
                document.fault(path, f"`{name}` stands in two files, with different texts.")
    return set(stated)
