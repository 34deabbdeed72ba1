"""
Finds the record, the facts and the wishes in a prompt.

It knows nothing about how a prompt was built: it reads JSON, `name: value` lines and simple tags, and takes
the part that is called record (or lead, contact, customer) when there are several.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = tuple[str, str]

_RECORD_HEAD = re.compile(
    r"^\W*(?:(?:the|this|new|your)\s+)*(?:record|lead|contact|customer|enquiry|inquiry|input|data)"
    r"\b[^:=\n]{0,40}\W*$",
    re.IGNORECASE,
)
_FACTS_WORDS = r"\W*(?:(?:the|our|more|company)\s+)*(?:facts|knowledge|prices|opening hours)\b[^\n]{0,60}"
_FACTS_HEAD = re.compile(rf"^[#<\[*]{_FACTS_WORDS}$|^{_FACTS_WORDS}:\W*$", re.IGNORECASE)
_OTHER_HEAD = re.compile(
    r"^(?:#+\s|={2,}|-{3,}|\[|</?[a-z])"
    r"|^\W*(?:facts|task|constraints|rules|examples?|answer|output|instructions|format|schema|notes? to)"
    r"\b[^:=\n]{0,40}:?\W*$",
    re.IGNORECASE,
)
_LINE = re.compile(r"^[\s>*•-]*\**([A-Za-zÀ-ÿ][\wÀ-ÿ .()/-]{0,40}?)\**\s*[:=]\s?(.*)$")
_TAG = re.compile(r"<([A-Za-z]\w{0,40})>([^<]*)</\1>")
_REPAIR = re.compile(
    r"\b(?:previous|last|your) (?:answer|reply|response|output)\b|\bfaults?\b|\bnot (?:valid|accepted)\b"
    r"|\bagain\b|\bproblems?\b|\bcorrect(?:ed)?\b|\bfix\b|\brepair",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?:at most|no more than|not more than|max(?:imum)?\.?(?: of)?|under|up to|fewer than|less than|within)"
    r"\s+(\d+)\s+words",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"\b[Ss]ign(?:ed)?(?: it| off| the e-?mail)?(?: as| with|:)\s+[\"“']?([A-Z][\w.'-]*(?: [A-Z][\w.'-]*){0,2})"
)

# Names under which records carry what a letter needs, without spaces and signs, in order of preference.
ALIASES = {
    "first": ("firstname", "givenname", "vorname", "nombre", "prenom", "prénom"),
    "last": ("lastname", "surname", "familyname", "nachname", "apellido"),
    "name": ("name", "fullname", "contactname", "customername", "leadname", "who", "contact"),
    "company": ("company", "companyname", "organisation", "organization", "business", "firma", "empresa"),
    "email": ("email", "emailaddress", "mail"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "tel", "telephone"),
    "message": (
        "message", "inquiry", "enquiry", "request", "question", "comment", "comments", "wants", "description",
        "notes", "text", "body", "nachricht", "mensaje",
    ),
    "owner": ("owner", "ownername", "contactowner", "salesrep", "rep", "sender", "assignedto"),
    "id": ("id", "recordid", "hsobjectid", "leadid", "contactid"),
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What the practice AI understood of a prompt."""

    record: dict[str, str]
    facts: tuple[str, ...] = ()
    wants: str = ""
    is_repair: bool = False
    most_words: int | None = None
    sign: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def get(self, what: str) -> str:
        """Return the record's value for one of `ALIASES`, or an empty text."""
        plain = self.extra.get("plain") or {}
        for alias in ALIASES[what]:
            if plain.get(alias):
                return str(plain[alias])
        return ""

    def key(self) -> str:
        """
        Return what identifies the record's content: the same for the same lead, whatever its id or dates.
        """
        chosen = [self.get(what) for what in ("email", "first", "last", "name", "company", "message")]
        if any(chosen):
            return "|".join(chosen)
        return json.dumps(self.record, sort_keys=True)


def read(messages: Sequence[Message], captions: Sequence[str] = ()) -> Reading:
    """Return what the messages (role, text) ask for; what pictures say is part of the record."""
    asked = [text for role, text in messages if role == "user"]
    wants = "\n".join(text for role, text in messages if role != "assistant")
    is_repair = _is_repair(messages)
    candidates = asked[-2::-1] if is_repair and len(asked) > 1 else asked[::-1]
    record: dict[str, str] = {}
    for text in (*candidates, *(t for role, t in messages if role in ("system", "developer"))):
        record = record_in(text)
        if record:
            break
    for caption in captions:
        record = {**_lines_in(caption), **record}
    words = [int(n) for n in _WORDS.findall(wants)]
    plain = {re.sub(r"[\W_]", "", k.lower().removeprefix("record.")): v for k, v in record.items()}
    reading = Reading(
        record, facts_in(wants), wants, is_repair, min(words) if words else None, extra={"plain": plain}
    )
    name = _signature(wants) or reading.get("owner")
    # An owner told by number or address is no name to sign with.
    name = "" if any(c.isdigit() or c == "@" for c in name) else name
    return Reading(record, reading.facts, wants, is_repair, reading.most_words, name, reading.extra)


def record_in(text: str) -> dict[str, str]:
    """
    Return the fields of the record in a text: from the part called record if there is one, else from all of
    it.
    """
    for part in (*_parts_called(text, _RECORD_HEAD), text):
        found = _json_in(part) or _tags_in(part) or _lines_in(part)
        if found:
            return found
    return {}


def schema_in(text: str) -> dict[str, Any] | None:
    """Return the JSON schema that a prompt spells out, for providers without a strict mode, or None."""
    for value in _objects_in(text):
        if isinstance(value.get("properties"), dict) and value.get("type", "object") == "object":
            return value
    return None


def facts_in(text: str) -> tuple[str, ...]:
    """Return the lines of the part called facts."""
    lines: list[str] = []
    for part in _parts_called(text, _FACTS_HEAD):
        lines += [line.strip(" \t*•-") for line in part.splitlines() if line.strip(" \t*•-")]
    return tuple(lines)


def _signature(wants: str) -> str:
    found = _SIGN.search(wants)
    return found.group(1).rstrip(".") if found else ""


def _is_repair(messages: Sequence[Message]) -> bool:
    """Say whether the last message names faults of the answer before it, instead of bringing a new record."""
    spoken = [m for m in messages if m[0] in ("user", "assistant")]
    if len(spoken) < 3 or spoken[-1][0] != "user" or spoken[-2][0] != "assistant":
        return False
    return bool(_REPAIR.search(spoken[-1][1]))


def _parts_called(text: str, head: re.Pattern[str]) -> list[str]:
    """Return the parts under a heading that `head` matches, the last one first."""
    parts: list[list[str]] = []
    inside = False
    level = 0
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip("#"))
        if inside and level and depth > level:
            continue  # a heading inside the part
        if head.match(line) and line.strip():
            inside, level = True, depth
            parts.append([])
        elif inside and _OTHER_HEAD.match(line):
            inside = False
        elif inside:
            parts[-1].append(line)
    return ["\n".join(lines) for lines in reversed(parts) if "".join(lines).strip()]


def _json_in(text: str) -> dict[str, str]:
    """Return the largest JSON object in the text as a flat record."""
    return max((_flat(value) for value in _objects_in(text)), key=len, default={})


def _objects_in(text: str) -> Iterator[dict[str, Any]]:
    """Yield every JSON object that stands in the text, the outermost of each."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def _flat(value: dict[str, Any]) -> dict[str, str]:
    for name in ("record", "lead", "contact", "properties"):
        if isinstance(value.get(name), dict):
            return _flat(value[name])
    # A JSON schema in the prompt is no record.
    if "properties" in value or "$schema" in value:
        return {}
    return {k: _plain(v) for k, v in value.items() if isinstance(v, (str, int, float, bool)) and v != ""}


def _tags_in(text: str) -> dict[str, str]:
    return {name: value.strip() for name, value in _TAG.findall(text) if value.strip()}


def _lines_in(text: str) -> dict[str, str]:
    """Return `name: value` lines; a line without a name goes on with the value before it."""
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and match.group(2).strip():
            last = match.group(1).strip()
            found[last] = _plain(match.group(2).strip())
        elif match:
            last = match.group(1).strip()
            found[last] = ""
        elif last and line.strip():
            found[last] = f"{found[last]}\n{line.strip()}".strip()
        elif not line.strip():
            last = ""
    return {k: v for k, v in found.items() if v}


def _plain(value: Any) -> str:
    if isinstance(value, str):
        if len(value) > 1 and value[0] == value[-1] == '"':
            try:
                return str(json.loads(value))
            except ValueError:
                return value.strip('"')
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
