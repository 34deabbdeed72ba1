"""Checks of a run's answer: what its record does not bear out, and what a person should look at all the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import connection

from signoff.integrations.definition import Definition
from signoff.prompts.build import Brief, rules_of
from signoff.prompts.mark import marks
from signoff.runs.models import Run

if TYPE_CHECKING:
    from signoff.checks.findings import Finding

OTHERS_LOOKED_AT = 300  # the latest records of the integration
MOST_HOLDERS = 3  # what stands in more records than these belongs to the house, not to a customer
_PERSONAL = re.compile(r"\S@\S|(?:\d\D{0,2}){5}|[A-ZÀ-Þ][\w'-]+\s+[A-ZÀ-Þ][\w'-]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+$", re.IGNORECASE)
_NAMED_LANGUAGE = re.compile(
    r"\b(?:in|auf|en|into|to)\s+(?:plain |simple |british |american )?(?:english|german|spanish|french|italian"
    r"|portuguese|dutch|deutsch|englisch|franzosisch|französisch|spanisch|español|inglés|ingles|alemán|francés|anglais|allemand|français|espagnol)\b"
    r"|\btranslat|\bübersetz|\btradu",
    re.IGNORECASE,
)  # fmt: skip


def findings_in(
    answer: Mapping[str, Any], record: Mapping[str, Any], facts: Mapping[str, str], links: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """
    Return what in an answer neither the record nor the company facts (texts by name) bear out, as rows keep it.

    `links` are hosts that an answer may link to although nothing names them.
    """
    from signoff.checks.findings import to_json

    return [to_json(one) for one in weighed_findings_in(answer, record, facts, links)]


def weighed_findings_in(
    answer: Mapping[str, Any], record: Mapping[str, Any], facts: Mapping[str, str], links: Sequence[str] = ()
) -> list[Finding]:
    """Return the same with how likely each is a fault."""
    from signoff.checks.findings import findings

    known = {name: _as_table(text) for name, text in facts.items()}
    found = findings(answer, record, known)
    return [one for one in found if not (links and _leads_to(one.text, links))]


def made_wrong_by(
    answer: Mapping[str, Any], record: Mapping[str, Any], before: Mapping[str, str], now: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what in an answer the company facts bore out until they changed, as rows keep it, whatever it weighs."""
    from signoff.checks.findings import to_json
    from signoff.checks.outdated import outdated

    told = [{name: _as_table(text) for name, text in facts.items()} for facts in (before, now)]
    return [to_json(one) for one in outdated(answer, record, *told)]


def _leads_to(text: str, hosts: Sequence[str]) -> bool:
    """Say whether a text is a link to one of these hosts and to nothing else."""
    if not _LINK.match(text):
        return False
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        return parts.username is None and (parts.hostname or "") in hosts
    except ValueError:
        return False


def alarms_in(
    definition: Definition, answer: Mapping[str, Any], record: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what a person should look at in a draft although no statement is wrong, as rows keep it."""
    from signoff.checks.alarm import to_json
    from signoff.checks.alarms import House, alarms

    prompt = definition.prompt
    told = rules_of(
        Brief(
            prompt.model or "",
            prompt.task,
            "",
            constraints=prompt.constraints,
            tone=prompt.tone,
            never=prompt.never,
        )
    )
    outward = definition.review != "none"
    wants_a_language = any(
        _NAMED_LANGUAGE.search(text) for text in (prompt.task, prompt.tone, *prompt.constraints)
    )
    house = House(
        told="\n".join(told),
        marks=marks(),
        topics=definition.checks.topics,
        language=outward and definition.checks.language != "any" and not wants_a_language,
        reaches_customers=outward,
    )
    return [to_json(alarm) for alarm in alarms(answer, record, house)]


def name_other_records(found: Sequence[dict[str, Any]], run: Run) -> list[dict[str, Any]]:
    """
    Return findings in which a name, an address or a number that stands in another customer's record says so.

    Looks at the latest records of the integration, and only where a finding could be personal, so that it costs
    nothing as a rule. A record of the same customer (the same e-mail address) is nobody else's.
    """
    doubtful = [one for one in found if one["kind"] == "not in the record" and _PERSONAL.search(one["text"])]
    if not doubtful or run.pk is None:
        return list(found)
    own = [
        value for value in run.record.values() if isinstance(value, str) and "@" in value and len(value) < 200
    ]
    holders = {one["text"]: _holders(run, one["text"], own) for one in doubtful}
    return [
        {**one, "why": f"This is not in this record. It stands in another one: run {held[0]}."}
        if (held := holders.get(one["text"], []))
        and one["kind"] == "not in the record"
        and len(held) <= MOST_HOLDERS
        else one
        for one in found
    ]


def _holders(run: Run, text: str, own: Sequence[str]) -> list[int]:
    """Return the latest runs, at most four, whose record holds every word of a text and is another customer's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM (
                SELECT id, record::text AS said FROM runs_run
                WHERE integration_id = %s AND id <> %s ORDER BY id DESC LIMIT %s
            ) AS latest
            WHERE NOT EXISTS (SELECT 1 FROM unnest(%s::text[]) AS word WHERE position(word IN lower(said)) = 0)
              AND NOT EXISTS (SELECT 1 FROM unnest(%s::text[]) AS mine WHERE position(lower(mine) IN lower(said)) > 0)
            ORDER BY id DESC LIMIT %s
            """,
            [run.integration_id, run.pk, OTHERS_LOOKED_AT, text.lower().split(), list(own), MOST_HOLDERS + 1],
        )
        return [row[0] for row in cursor.fetchall()]


def _as_table(text: str) -> dict[str, str] | str:
    """Return a fact's lines ("Team: $149 a month") as names and values, so that a finding names the one it means."""
    rows = [line.partition(": ") for line in text.splitlines() if line.strip()]
    return (
        {name.strip(): value.strip() for name, _, value in rows} if all(value for *_, value in rows) else text
    )
