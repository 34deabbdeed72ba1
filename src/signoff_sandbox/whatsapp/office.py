"""The practice business at Meta: its app, tokens, numbers, templates, and how fast it may send."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.pace import Bucket, RollingWindow
from signoff_sandbox.whatsapp import errors

PRACTICE_KEY = "EAAPracticePracticePracticePracticePractice0000"
APP_ID = "1112223334445"
APP_SECRET = "practice-app-secret-0000"
WABA_ID = "102290129340398"
PHONE_ID = "106540352242922"
SECOND_PHONE_ID = "106540352242923"
VERIFY_TOKEN = "practice-verify-token"

SENDING = "whatsapp_business_messaging"
MANAGING = "whatsapp_business_management"
MESSAGES_PER_SECOND = 80
PAIR_BURST = 45
PAIR_SECONDS = 6.0

# When each version of the Graph API came and when it ends (None: not announced).
# Source: https://developers.facebook.com/docs/graph-api/changelog/versions/ as of November 2026.
VERSIONS: dict[str, tuple[date, date | None]] = {
    "v18.0": (date(2023, 9, 12), date(2026, 1, 26)),
    "v19.0": (date(2024, 1, 23), date(2026, 5, 21)),
    "v20.0": (date(2024, 5, 21), date(2026, 9, 24)),
    "v21.0": (date(2024, 10, 2), date(2027, 1, 21)),
    "v22.0": (date(2025, 1, 21), date(2027, 5, 20)),
    "v23.0": (date(2025, 5, 29), date(2027, 10, 8)),
    "v24.0": (date(2025, 10, 8), date(2028, 2, 18)),
    "v25.0": (date(2026, 2, 18), date(2028, 7, 29)),
    "v26.0": (date(2026, 7, 29), None),
}


@dataclass
class Token:
    """An access token. `ends_at` in practice time, None: never. `subcode` says why it is not good any more."""

    text: str
    scopes: frozenset[str] = frozenset((SENDING, MANAGING))
    ends_at: float | None = None
    data_access_ends_at: float | None = None
    subcode: int | None = None
    app_id: str = APP_ID
    kind: str = "SYSTEM_USER"


@dataclass
class Number:
    """A phone number of the business."""

    id: str
    display: str
    name: str
    quality: str = "GREEN"
    mode: str = "LIVE"
    verified: str = "VERIFIED"
    override_url: str = ""


@dataclass
class Template:
    """A message template. Variables are {{1}}, {{2}} and so on, in the order of their numbers."""

    name: str
    language: str
    body: str
    status: str = "APPROVED"
    category: str = "UTILITY"
    id: str = ""

    def variables(self) -> int:
        return len(set(re.findall(r"{{(\d+)}}", self.body)))

    def filled(self, values: list[str]) -> str:
        return re.sub(r"{{(\d+)}}", lambda found: values[int(found[1]) - 1], self.body)

    def told(self) -> dict[str, Any]:
        body: dict[str, Any] = {"type": "BODY", "text": self.body}
        if self.variables():
            body["example"] = {"body_text": [[f"example {n + 1}" for n in range(self.variables())]]}
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": "POSITIONAL",
            "components": [body],
        }


TEMPLATES = (
    Template("hello_world", "en_US", "Welcome and congratulations! This message shows that sending works."),
    Template("answer_ready", "en_US", "Hi {{1}}, we have an answer to your question. Reply here to read it."),
    Template(
        "answer_ready", "de", "Hallo {{1}}, wir haben eine Antwort für Sie. Antworten Sie hier kurz darauf."
    ),
    Template("order_update", "en_US", "Hi {{1}}, your order {{2}} is on its way.", category="UTILITY"),
    Template("summer_sale", "en_US", "Our sale is on, {{1}}!", status="PAUSED", category="MARKETING"),
    Template("winter_sale", "en_US", "Our sale is on!", status="REJECTED", category="MARKETING"),
)


@dataclass
class Office:
    """Who may come in, for whom, in which version, and how often."""

    clock: Clock
    tokens: dict[str, Token] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    app_secret: str = APP_SECRET
    callback_url: str = ""
    served: str = ""  # the version that served the last request
    per_second: int = MESSAGES_PER_SECOND
    pair_burst: float = PAIR_BURST
    pair_seconds: float = PAIR_SECONDS
    _throughput: dict[str, RollingWindow] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    calls: RollingWindow = field(default_factory=lambda: RollingWindow(5000, 3600.0))

    def __post_init__(self) -> None:
        self.tokens[PRACTICE_KEY] = Token(PRACTICE_KEY)
        for number in (
            Number(PHONE_ID, "+1 555-078-3881", "Practice Ltd"),
            Number(SECOND_PHONE_ID, "+1 555-078-3882", "Practice Support"),
        ):
            self.numbers[number.id] = number
        self.templates = [
            Template(t.name, t.language, t.body, t.status, t.category, str(594425479261596 + n))
            for n, t in enumerate(TEMPLATES)
        ]

    # Versions and tokens

    def serve(self, asked: str) -> str:
        """Return the version that serves a request for `asked`: an ended one is served by the oldest living one."""
        if asked not in VERSIONS:
            raise errors.problem(100, f"Unknown version {asked}")
        today = self.clock.utc().date()
        living = [name for name, (_, end) in VERSIONS.items() if end is None or end > today]
        self.served = asked if asked in living else living[0]
        return self.served

    def admit(self, token: str, *scopes: str) -> Token:
        """Return the token if it is good for one of the scopes (none named: for anything). Raises `Problem`."""
        found = self.tokens.get(token)
        if found is None:
            raise errors.problem(190, "Invalid OAuth access token - Cannot parse access token")
        fault = self.fault_of(found)
        if fault is not None:
            raise errors.problem(190, fault[1], subcode=fault[0])
        if scopes and not found.scopes.intersection(scopes):
            raise errors.problem(200, f"Requires one of {', '.join(scopes)}")
        return found

    def fault_of(self, token: Token) -> tuple[int, str] | None:
        """Return the subcode and the words for a token that is not good any more."""
        if token.subcode is not None:
            words = {458: "The user has not authorized application", 460: "The password has been changed"}
            return token.subcode, words.get(token.subcode, "The session has been invalidated")
        if token.ends_at is not None and token.ends_at <= self.clock.now():
            return 463, "Error validating access token: Session has expired"
        return None

    def told_of(self, text: str) -> dict[str, Any]:
        """Return what /debug_token says of a token, good or not."""
        token = self.tokens.get(text)
        if token is None:
            fault = {"code": 190, "message": "Malformed access token"}
            return {"error": fault, "is_valid": False, "scopes": []}
        bad = self.fault_of(token)
        granted = [
            {"scope": scope, "target_ids": [WABA_ID]} for scope in sorted(token.scopes) if "whatsapp" in scope
        ]
        told: dict[str, Any] = {
            "app_id": token.app_id,
            "type": token.kind,
            "application": "Practice app",
            "data_access_expires_at": _seconds(token.data_access_ends_at),
            "expires_at": _seconds(token.ends_at),
            "is_valid": bad is None,
            "issued_at": 1790000000,
            "scopes": sorted(token.scopes),
            "granular_scopes": granted,
            "user_id": "3334445556",
        }
        if bad is not None:
            told["error"] = {"code": 190, "message": bad[1], "subcode": bad[0]}
        return told

    # Pace

    def pace(self, number: str, whom: str) -> None:
        """Count a message that is to be sent. Raises the limit that it meets as a `Problem`."""
        now = self.clock.now()
        window = self._throughput.setdefault(number, RollingWindow(self.per_second, 1.0))
        window.limit = self.per_second
        if not window.take(now):
            raise errors.problem(130429)
        pair = self._pairs.get((number, whom))
        if pair is None:
            pair = self._pairs[(number, whom)] = Bucket(self.pair_burst, 1 / self.pair_seconds, now)
        if pair.wait_seconds(1, now) > 0:
            raise errors.problem(131056)
        pair.take(1)

    def forget_pace(self) -> None:
        """Begin to count anew, with the limits as they are now."""
        self._throughput.clear()
        self._pairs.clear()

    def usage(self) -> dict[str, str]:
        """Return the headers that say how much was used, in percent."""
        share = round(100 * self.calls.used(self.clock.now()) / self.calls.limit)
        used = f'"call_count":{share},"total_cputime":0,"total_time":0'
        return {
            "facebook-api-version": self.served,
            "x-app-usage": "{" + used + "}",
            "x-business-use-case-usage": f'{{"{WABA_ID}":[{{"type":"messaging",{used},'
            '"estimated_time_to_regain_access":0}]}',
            "x-fb-trace-id": "APractice000",
        }

    # Templates

    def template(self, name: str, language: str) -> Template:
        """Return a template that may be sent. Raises `Problem`."""
        for one in self.templates:
            if one.name == name and one.language == language:
                if one.status == "PAUSED":
                    raise errors.problem(132015)
                if one.status == "DISABLED":
                    raise errors.problem(132016)
                if one.status == "APPROVED":
                    return one
        raise errors.problem(132001, f"template name ({name}) does not exist in {language}")

    def listed(self, status: str = "", name: str = "") -> Iterable[Template]:
        return [t for t in self.templates if status in ("", t.status) and name in ("", t.name)]


def _seconds(moment: float | None) -> int:
    return 0 if moment is None else int(moment)


def moment(text: Any) -> float | None:
    """Return a moment given as ISO text or as seconds; None stays None."""
    if text is None or isinstance(text, int | float):
        return text
    found = datetime.fromisoformat(str(text))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
