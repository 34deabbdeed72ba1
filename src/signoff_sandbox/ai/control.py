"""What `POST /_control` can do to the practice AI; `signoff_sandbox.control` lists the verbs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from signoff_sandbox.ai import mistakes
from signoff_sandbox.ai.limits import Limits
from signoff_sandbox.ai.mistakes import Choice
from signoff_sandbox.ai.models import Models
from signoff_sandbox.ai.office import Office
from signoff_sandbox.desk import BadControl, Json, Verb
from signoff_sandbox.world import World


class Control:
    """Does what an AI vendor, or the owner of the account there, could do meanwhile."""

    def __init__(self, office: Office, world: World, billing: Iterable[str], errors: Iterable[str]) -> None:
        self.office = office
        self.world = world
        self._billing = tuple(billing)
        self._errors = tuple(errors)

    def verbs(self) -> dict[str, Verb]:
        return {
            "rpm": lambda n: self._limits(rpm=int(n)),
            "tpm": lambda n: self._limits(tpm=int(n)),
            "enforcement": lambda mode: self._limits(enforcement=str(mode)),
            "mistakes": self._mistakes,
            "billing": lambda code: self._trouble(code, self._billing),
            "always": lambda name: self._trouble(name, self._errors),
            "revoke_key": self._revoke_key,
            "restore_key": self._restore_key,
            "rotate_key": self._rotate_key,
            "rate_headers": self._rate_headers,
        }

    def _limits(self, rpm: int | None = None, tpm: int | None = None, enforcement: str | None = None) -> Json:
        if enforcement not in (None, "minute", "second"):
            raise BadControl("enforcement is minute or second")
        limits = self.office.limits
        wanted = enforcement or limits.enforcement
        limits.set(rpm or limits.rpm, tpm or limits.tpm, "second" if wanted == "second" else "minute")
        return {"rpm": limits.rpm, "tpm": limits.tpm, "enforcement": limits.enforcement}

    def _mistakes(self, asked: Any) -> Json:
        """A share, or `{"share", "structural", "kinds"}`; null goes back to the standard."""
        wanted = asked if isinstance(asked, dict) else {} if asked is None else {"share": asked}
        kinds = tuple(wanted.get("kinds") or mistakes.KINDS)
        unknown = sorted(set(kinds) - set(mistakes.KINDS))
        if unknown:
            raise BadControl(f"no mistakes {unknown}; there are {', '.join(mistakes.KINDS)}")
        # Shares of the fault spec would win over these.
        for app in ("", self.office.app):
            for name in ("mistakes", "structural"):
                self.world.faults.shares.pop((app, name), None)
        share = float(wanted.get("share", mistakes.STANDARD_SHARE))
        of_form = float(wanted.get("structural", mistakes.STANDARD_FORM_SHARE))
        self.office.choice = Choice(share, of_form, kinds)
        return {"share": share, "structural": of_form, "kinds": list(kinds)}

    def _trouble(self, name: Any, possible: tuple[str, ...]) -> str | None:
        if name and name not in possible:
            raise BadControl(f"no error {name}; there are {', '.join(possible)}")
        self.office.trouble = str(name) if name else None
        return self.office.trouble

    def _revoke_key(self, key: Any) -> int:
        if isinstance(key, str) and key:
            self.office.keys.discard(key)
        else:
            self.office.keys.clear()
        return len(self.office.keys)

    def _restore_key(self, key: Any) -> int:
        self.office.keys.add(key if isinstance(key, str) and key else self.office.practice_key)
        return len(self.office.keys)

    def _rotate_key(self, asked: Any) -> int:
        """A key, or `{"new": key}`: it works now, all others no longer."""
        self.office.keys = {str(asked["new"] if isinstance(asked, dict) else asked)}
        return 1

    def _rate_headers(self, on: Any) -> bool:
        self.office.sends_headers = bool(on)
        return bool(on)


class OpenAIControl(Control):
    """What is OpenAI's alone: how tokens are counted, and the models."""

    def __init__(
        self,
        office: Office,
        world: World,
        billing: Iterable[str],
        errors: Iterable[str],
        limits: Limits,
        models: Models,
    ) -> None:
        super().__init__(office, world, billing, errors)
        self.limits = limits
        self.models = models

    def verbs(self) -> dict[str, Verb]:
        return {
            **super().verbs(),
            "token_count": self._token_count,
            "add_model": self._add_model,
            "retire_model": self._retire_model,
            "move_alias": self._move_alias,
        }

    def _token_count(self, how: Any) -> str:
        if how not in ("documented", "used"):
            raise BadControl("token_count is documented or used")
        self.limits.token_count = how
        return str(how)

    def _add_model(self, asked: Any) -> str:
        ends, id = asked.get("shutdown_date"), str(asked["id"])
        self.models.ends[id] = date.fromisoformat(ends) if ends else None
        self.models.added.add(id)
        if asked.get("image_input", True) is False:
            self.models.blind.add(id)
        return id

    def _move_alias(self, asked: Any) -> dict[str, str]:
        """Let answers of a model carry another snapshot's name from now on, and say so nowhere else."""
        if not isinstance(asked, dict):
            raise BadControl("move_alias is {alias: snapshot}")
        self.models.moved.update({str(id): str(to) for id, to in asked.items()})
        return self.models.moved

    def _retire_model(self, id: Any) -> str:
        """The model is gone from today on."""
        self.models.ends[str(id)] = self.world.clock.utc().date()
        return str(id)
