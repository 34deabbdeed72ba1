"""Fills a JSON schema with what the letter and the record say."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

from signoff_sandbox.ai.phrases import intent_of
from signoff_sandbox.ai.reading import ALIASES, Reading
from signoff_sandbox.ai.writing import DAY, MONEY, Letter

Schema = dict[str, Any]
_CHARACTERS = re.compile(
    r"(?:at most|no more than|max(?:imum)?\.?(?: of| length)?|up to|under)\s*:?\s*([\d,]+)(?:\s+characters)?",
    re.IGNORECASE,
)
_DEEPEST = 8
# Words that speak for a choice, whatever the choice is called in full.
_SIGNS = {
    "hot": "asap|this week|budget|start on|call me|today|sofort",
    "warm": "demo|quote|cost|price|interested",
    "cold": "just comparing|for now|newsletter|later",
    "high": "asap|urgent|wrong|immediately|today|call me",
    "urgent": "asap|urgent|wrong|immediately|today",
    "negative": "wrong|problem|unhappy|disappointed|complain",
    "positive": "thank|great|ideal|would like|happy",
    "sales": "price|cost|quote|demo|budget",
    "billing": "invoice|pay|rechnung|factura|facture",
}
_FALLBACKS = ("other", "unknown", "none", "neutral", "medium", "normal", "warm", "general")


@dataclass
class Filler:
    """Knows the letter and the record; `value` answers a schema."""

    reading: Reading
    letter: Letter
    pick: random.Random
    root: Schema

    def value(self, schema: Any, name: str = "", level: int = 0) -> Any:
        """Return a value for the schema; `name` is the property it stands for."""
        if not isinstance(schema, dict) or level > _DEEPEST:
            return None
        if "$ref" in schema:
            return self.value(self._resolved(str(schema["$ref"])), name, level + 1)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._chosen(schema["enum"], name)
        if schema.get("anyOf") or schema.get("oneOf"):
            return self._any_of(schema.get("anyOf") or schema["oneOf"], name, level)
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        kind = next((k for k in kinds if k != "null"), "null")
        may_be_null = "null" in kinds
        match kind:
            case "object":
                fields = schema.get("properties", {})
                return {key: self.value(inner, key, level + 1) for key, inner in fields.items()}
            case "array":
                return self._list(schema, name, level)
            case "boolean":
                return self._yes(name)
            case "integer" | "number":
                return self._number(schema, name, whole=kind == "integer", may_be_null=may_be_null)
            case "null":
                return None
            case _:
                return self._text(schema, name, may_be_null=may_be_null)

    def _resolved(self, reference: str) -> Any:
        found: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            found = found.get(part, {}) if isinstance(found, dict) and part else found
        return found

    def _any_of(self, options: list[Any], name: str, level: int) -> Any:
        real = [o for o in options if not (isinstance(o, dict) and o.get("type") == "null")]
        value = self.value(real[0] if real else {"type": "null"}, name, level + 1)
        if value == "" and len(real) < len(options):
            return None
        return value

    def _chosen(self, options: list[Any], name: str) -> Any:
        """
        Return the choice for which most speaks: its own words in the message, its signs, or a neutral one.
        """
        message = self.reading.get("message") or " ".join(self.reading.record.values())
        if "lang" in name.lower():
            for option in options:
                if str(option).lower().startswith(self.letter.language):
                    return option
        intent = intent_of(message)
        scores = []
        for option in options:
            plain = str(option).lower()
            words = [w for w in re.split(r"[\W_]+", plain) if len(w) > 3]
            score = 3.0 * (plain == intent or (intent != "other" and intent in plain))
            score += sum(w[:6] in message.lower() for w in words)
            score += sum(
                2 * bool(re.search(signs, message, re.IGNORECASE))
                for sign, signs in _SIGNS.items()
                if sign in plain
            )
            score += 0.5 * (plain in _FALLBACKS)
            scores.append(score)
        best = max(range(len(options)), key=lambda i: scores[i])
        if scores[best] == 0:
            real = [o for o in options if o is not None]
            return real[-1] if real else None
        return options[best]

    def _yes(self, name: str) -> bool:
        message = self.reading.get("message")
        if re.search(r"urgent|asap|complain", name, re.IGNORECASE):
            return bool(re.search(r"urgent|asap|today|wrong|sofort|urgente", message, re.IGNORECASE))
        if re.search(r"phone|call", name, re.IGNORECASE):
            return bool(self.reading.get("phone")) and self.reading.get("phone") in message
        return not re.search(r"spam|test|duplicate|unsubscribe", name, re.IGNORECASE)

    def _number(self, schema: Schema, name: str, *, whole: bool, may_be_null: bool) -> float | int | None:
        low, high = schema.get("minimum"), schema.get("maximum")
        found = self._number_said(name)
        if found is None and re.search(r"confidence|probab|score|rating", name, re.IGNORECASE):
            top = high if high is not None else 100 if whole else 1
            found = float(top) * self.pick.choice((0.7, 0.8, 0.9))
        if found is None:
            if may_be_null:
                return None
            found = 0.0
        if low is not None:
            found = max(found, float(low))
        if high is not None:
            found = min(found, float(high))
        return round(found) if whole else round(found, 2)

    def _number_said(self, name: str) -> float | None:
        """Return the record's own number for a field of this name, or one the message gives."""
        plain = re.sub(r"[\W_]", "", name.lower())
        for key, value in self.reading.record.items():
            known = re.sub(r"[\W_]", "", key.lower())
            if (known == plain or known in plain or plain in known) and re.fullmatch(r"-?\d+(\.\d+)?", value):
                return float(value)
        if re.search(r"budget|price|amount|money", plain):
            money = MONEY.search(self.reading.get("message"))
            digits = re.sub(r"[^\d.]", "", money.group().replace(",", "")) if money else ""
            return float(digits.strip(".")) if digits.strip(".") else None
        if re.search(r"count|size|people|employees|seats|team|users", plain) and self.letter.things:
            return float(self.letter.things[0].partition(" ")[0])
        return None

    def _list(self, schema: Schema, name: str, level: int) -> list[Any]:
        least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 3))
        items = schema.get("items", {"type": "string"})
        if isinstance(items, dict) and items.get("enum"):
            chosen = [self._chosen(items["enum"], name)]
            rest = [o for o in items["enum"] if o not in chosen]
            return [*chosen, *rest[: max(0, least - 1)]][: max(least, most)]
        if isinstance(items, dict) and items.get("type", "string") == "string" and "anyOf" not in items:
            said = [*self.letter.things, *(s for s in (self._money(), self._day()) if s)] or [
                self.letter.intent
            ]
            said += [self.letter.intent] * max(0, least - len(said))
            return said[:most]
        return [self.value(items, name, level + 1) for _ in range(max(1, least))][: max(1, most)]

    def _text(self, schema: Schema, name: str, *, may_be_null: bool) -> str | None:
        most = longest(schema)
        text = self._text_for(re.sub(r"[\W_]", "", name.lower()), schema, most)
        if not text and may_be_null:
            return None
        text = text or self._summary()
        least = int(schema.get("minLength", 0))
        while len(text) < least:
            text = f"{text} {self._summary()}".strip()
        return _shortened(text, most)

    def _text_for(self, plain: str, schema: Schema, most: int | None) -> str:
        if "subject" in plain or plain in ("title", "betreff", "headline"):
            return self.letter.subject
        if re.search(
            r"body|emailtext|draft|letter|^message$|^content$|^reply$|^answer$|^email$|^text$", plain
        ):
            if plain == "email" and schema.get("format") == "email":
                return self.reading.get("email")
            if plain != "email" or not most or most > 200:
                return self.letter.body(self.reading.most_words, most)
        if re.search(r"greeting|salutation", plain):
            return self.letter.hello
        if re.search(r"closing|signoff|signature", plain):
            return f"{self.letter.bye}\n{self.letter.sign}"
        if "lang" in plain:
            return self.letter.language
        if "intent" in plain or "category" in plain or "topic" in plain:
            return self.letter.intent
        if re.search(r"date|day|when|start", plain) and "update" not in plain:
            return self._day()
        if re.search(r"budget|amount|price|money", plain):
            return self._money()
        if plain in ("firstname", "givenname"):
            return self.reading.get("first")
        if plain in ("lastname", "surname"):
            return self.reading.get("last")
        for what, aliases in ALIASES.items():
            if what not in ("message", "owner", "id") and plain in aliases:
                return self.reading.get(what)
        for key, value in self.reading.record.items():
            if re.sub(r"[\W_]", "", key.lower()) == plain:
                return value
        return ""

    def _summary(self) -> str:
        """Return one sentence on what the lead wants, in the lead's own words."""
        message = self.reading.get("message")
        first = re.split(r"(?<=[.!?])\s", message.strip(), maxsplit=1)[0]
        company = self.reading.get("company")
        if first:
            return f"{company}: {first}" if company else first
        return self.letter.subject

    def _money(self) -> str:
        found = MONEY.search(self.reading.get("message"))
        return found.group() if found else ""

    def _day(self) -> str:
        found = DAY.search(self.reading.get("message"))
        return found.group() if found else ""


def longest(schema: Schema) -> int | None:
    """Return the most characters a text may have: by `maxLength`, else by what its description says."""
    if isinstance(schema.get("maxLength"), int):
        return int(schema["maxLength"])
    description = str(schema.get("description") or "")
    if "word" in description and "character" not in description:
        return None
    found = _CHARACTERS.search(description)
    return int(found.group(1).replace(",", "")) if found else None


def _shortened(text: str, most: int | None) -> str:
    if most is None or len(text) <= most:
        return text
    cut = text[:most]
    return cut[: cut.rfind(" ")].rstrip(" ,;:") if " " in cut[most // 2 :] else cut
