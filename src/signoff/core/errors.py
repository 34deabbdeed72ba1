"""
Every error belongs to whoever can put it right.

`Refused` is the owner's, `Unavailable` heals with time, `OutcomeUnknown` needs a look, `Broken` is ours:

    SignoffError
    ├── Refused: CredentialRejected, PermissionMissing, InputRejected, QuotaExhausted, ModelGone, WindowClosed
    ├── Unavailable: RateLimited, VendorDown, TimedOutBeforeSending
    ├── OutcomeUnknown
    └── Broken: AnswerUnexpected, SignatureRejected

The exception's text is for developers: which call, what was expected, what came; names of fields, never
values. `owner_message` and `next_step` are for the owner and carry the app's name.
"""

from __future__ import annotations


class SignoffError(Exception):
    """Something went wrong, and we know whose it is to mend."""

    owner_message: str = "Something went wrong on our side. Nothing is lost."
    next_step: str = "You need to do nothing. If it stays, send us the reference number."

    def __init__(
        self, detail: str, *, app: str = "", owner_message: str | None = None, next_step: str | None = None
    ) -> None:
        super().__init__(detail)
        self.app = app or "The app"
        self.owner_message = (owner_message or type(self).owner_message).format(app=self.app)
        self.next_step = (next_step or type(self).next_step).format(app=self.app)


class Refused(SignoffError):
    """The owner can put it right; work waits as "needs you" and resumes by itself."""

    owner_message = "{app} refused what we asked. Nothing is lost."
    next_step = "Look at the details and mend what {app} names."


class CredentialRejected(Refused):
    """The key or sign-in is not accepted any more."""

    owner_message = "{app} no longer accepts our key. Nothing is lost; the work waits."
    next_step = "Open Connections, choose {app} and paste a new key."


class PermissionMissing(Refused):
    """The key is good but may not do this. `lacks` names the permissions in the vendor's words."""

    owner_message = "The key for {app} is not allowed to do this. Nothing is lost; the work waits."
    next_step = "Give the key the missing permission in {app}, then press Test now under Connections."

    def __init__(
        self,
        detail: str,
        *,
        app: str = "",
        lacks: tuple[str, ...] = (),
        owner_message: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(detail, app=app, owner_message=owner_message, next_step=next_step)
        self.lacks = lacks


class InputRejected(Refused):
    """This one record or answer is not acceptable to the app. `field` names the field at fault."""

    owner_message = "{app} did not accept what we wanted to write. Nothing was changed there."
    next_step = "Open the run, look at the field it names, and run it again."

    def __init__(
        self,
        detail: str,
        *,
        app: str = "",
        field: str = "",
        owner_message: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(detail, app=app, owner_message=owner_message, next_step=next_step)
        self.field = field


class QuotaExhausted(Refused):
    """Paid credit or a spend limit is used up: waiting does not help."""

    owner_message = "The credit or spending limit at {app} is used up. Nothing is lost; the work waits."
    next_step = "Add credit or raise the limit at {app}, then press Test now under Connections."


class ModelGone(Refused):
    """The AI model named in the integration does not exist (any more); `AiConnector.gone` says which of the two."""

    owner_message = "The AI model of this integration is not offered by {app}. Nothing is lost."
    next_step = "Open the integration and choose another model."


class WindowClosed(Refused):
    """The time in which a free message was allowed is over."""

    owner_message = "{app} allows a free message only within 24 hours of the customer's last one."
    next_step = "Choose an approved template to send instead."


class Unavailable(SignoffError):
    """Time puts it right: tried again, and the whole connection slows down."""

    owner_message = "{app} cannot be reached right now. Nothing is lost; we try again by ourselves."
    next_step = "You need to do nothing."

    def __init__(
        self,
        detail: str,
        *,
        app: str = "",
        retry_after_seconds: float | None = None,
        owner_message: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(detail, app=app, owner_message=owner_message, next_step=next_step)
        self.retry_after_seconds = retry_after_seconds


class RateLimited(Unavailable):
    """The app asked us to slow down; `of_one`: with this one recipient only, and everybody else may go on."""

    owner_message = "{app} asked us to slow down. Nothing is lost; we go on by ourselves."

    def __init__(
        self,
        detail: str,
        *,
        app: str = "",
        retry_after_seconds: float | None = None,
        owner_message: str | None = None,
        next_step: str | None = None,
        of_one: bool = False,
    ) -> None:
        super().__init__(
            detail,
            app=app,
            retry_after_seconds=retry_after_seconds,
            owner_message=owner_message,
            next_step=next_step,
        )
        self.of_one = of_one


class VendorDown(Unavailable):
    """The app answered with an outage, or did not answer a question that is safe to repeat."""


class TimedOutBeforeSending(Unavailable):
    """No connection came about, so nothing reached the app."""


class OutcomeUnknown(SignoffError):
    """A write was sent and no answer came: it may or may not have happened."""

    owner_message = "{app} did not answer. It may or may not have happened, and we have not repeated it."
    next_step = "Look in {app}, then tell us whether it was done."


class Broken(SignoffError):
    """Ours to mend: stopped, and a developer is told which call, what was expected, what came."""


class AnswerUnexpected(Broken):
    """The app answered in a shape its description does not have."""

    owner_message = "{app} answered in a way we do not understand. Nothing is lost; the work waits."
    next_step = "Run it again later. If it stays, send us the details below."


class SignatureRejected(Broken):
    """A delivery was not signed by whom it claims to come from."""

    owner_message = "Somebody sent a message that {app} did not sign. It was not used."
    next_step = "If you changed the secret in {app}, paste the new one under Connections."
