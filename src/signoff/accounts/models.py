"""People, how they prove who they are, and the trail of what they did."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.functions import RandomUUID
from django.db import models

from signoff.vault.fields import SealedField
from signoff.vault.keys import derived, derived_before


class People(BaseUserManager["Person"]):
    def add(self, email: str, password: str | None, role: str, name: str = "") -> Person:
        """Return a new person; without a password they can only come in by a sign-in link."""
        person = Person(email=email.strip().lower(), role=role, name=name.strip())
        person.set_password(password)
        person.save()
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. Owner: all; Builder: no people or keys; Reviewer: decides; Viewer: looks."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        BUILDER = "builder", "Builder"
        REVIEWER = "reviewer", "Reviewer"
        VIEWER = "viewer", "Viewer"

    RIGHTS: ClassVar[dict[str, frozenset[str]]] = {
        "owner": frozenset({"see", "review", "build", "connect", "people"}),
        "builder": frozenset({"see", "review", "build"}),
        "reviewer": frozenset({"review"}),
        "viewer": frozenset({"see"}),
    }

    # What a passkey knows its person by: it says nothing about them to whoever reads the device.
    handle = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices)
    groups_csv = models.CharField(max_length=200, blank=True)  # "sales,support": who reviews what
    is_active = models.BooleanField(default=True)
    single_keys = models.BooleanField(default=True)  # WCAG 2.1.4: one-letter shortcuts can be switched off
    theme = models.CharField(max_length=6, default="system")
    created_at = models.DateTimeField(auto_now_add=True)

    through = ""  # the key for a program by which they act just now; the trail tells it

    USERNAME_FIELD = "email"
    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        return self.name or self.email

    def get_session_auth_hash(self) -> str:
        """Return what ties a sign-in to the password; by the master key of this moment, not of the start."""
        return self.session_auth_hash_under(derived("django"))

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for key in derived_before("django"):
            yield self.session_auth_hash_under(key)

    def session_auth_hash_under(self, key: bytes) -> str:
        return str(self._get_session_auth_hash(secret=key.hex()))  # type: ignore[attr-defined]  # not in the stubs

    def may(self, right: str) -> bool:
        """Say whether this person has a right: see, review, build, connect, people."""
        return self.is_active and right in self.RIGHTS.get(self.role, frozenset())


class Away(models.Model):
    """When somebody is out of office, first and last day both included, and who stands in for them."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="away")
    from_on = models.DateField()
    until_on = models.DateField()
    cover = models.ForeignKey(Person, models.CASCADE, related_name="covers")

    def __str__(self) -> str:
        return f"{self.person} is away"


class Rules(models.Model):
    """What the owner asks of everybody who signs in; one row, or none while everything is as it came."""

    second_step = models.BooleanField(default=False)
    idle_hours = models.PositiveSmallIntegerField(default=72)
    longest_days = models.PositiveSmallIntegerField(default=30)

    def __str__(self) -> str:
        return "rules for signing in"


class Session(models.Model):
    """A browser in which somebody is signed in, or is about to be. Only the hash of its cookie is kept."""

    hash = models.CharField(max_length=64, unique=True)
    data = models.TextField()
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="sessions")
    how = models.CharField(max_length=40, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=45, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"session {self.pk}"


class Invitation(models.Model):
    """Somebody who may become a person here, by a link that is good once. Only its hash is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=10, choices=Person.Role.choices)
    groups_csv = models.CharField(max_length=200, blank=True)
    hash = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="invited")
    sent = models.BooleanField(default=False)  # by e-mail; else the link was given by hand
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(used_at=None, withdrawn_at=None),
                name="one_open_invitation_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"invitation of {self.email}"


class SignInLink(models.Model):
    """A link that signs one person in, once, before it ends. Only its hash is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="links")
    hash = models.CharField(max_length=64, unique=True)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class ApiToken(models.Model):
    """A key of ours for a program. Only its hash is kept; `can` holds rights of `tokens.RIGHTS`."""

    name = models.CharField(max_length=80)
    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    hash = models.CharField(max_length=64, unique=True)
    can = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # by somebody
    ends_at = models.DateTimeField(null=True)  # by itself; those made before tokens had an end have none

    def __str__(self) -> str:
        return self.name


class OneTimeCodes(models.Model):
    """A phone that shows a person's one-time codes. Not confirmed: they are just setting it up."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="one_time_codes")
    sealed = SealedField(part="secret")
    last_step = models.BigIntegerField(default=0)  # of the newest code that was used: none is good twice
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"one-time codes {self.pk}"


class RecoveryCode(models.Model):
    """A code on paper, good once. `lookup` is its first part; of the rest only the hash is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    lookup = models.CharField(max_length=4)
    hash = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "lookup"], name="one_recovery_code_a_lookup")
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class Passkey(models.Model):
    """A device that vouches for a person. The public half of its key is here; the other never leaves the device."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=80)
    # Both as WebAuthn's bytes in base64: its id, and its attested credential data, which holds the public key.
    credential_id = models.CharField(max_length=1400, unique=True)
    credential = models.TextField()
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class FailedSignIn(models.Model):
    """A wrong password or code, for slowing down whoever tries many: by whom it was meant for, and whence it came."""

    class Kind(models.TextChoices):
        PASSWORD = "password", "Password"
        CODE = "code", "Code"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PASSWORD)
    email = models.CharField(max_length=254, db_index=True)
    source = models.CharField(max_length=45, blank=True, db_index=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"failed sign-in {self.pk}"


class AuditEntry(models.Model):
    """
    Who did what. Each entry carries the hash of the one before, so that a changed one shows.

    The database itself refuses to change or delete a row (migration 0004).
    """

    at = models.DateTimeField()
    who = models.CharField(max_length=254)
    did = models.CharField(max_length=80)
    what = models.CharField(max_length=200)
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)
    before = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.who} {self.did} {self.what}"


class AuditSeal(models.Model):
    """How many entries the trail has and the hash of the newest, sealed with the master key; one row."""

    sealed = SealedField(part="head")

    def __str__(self) -> str:
        return "seal of the trail"
