"""Hooks: which addresses are told when something happens, what they were told, and each attempt."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from signoff.core.numbers import row_number
from signoff.core.secret import Secret
from signoff.engine import hooks as engine
from signoff.hooks.address import LONGEST, HookRefused
from signoff.hooks.documents import hooks_that_are
from signoff.hooks.models import Attempt, Hook, Message
from signoff.hooks.sending import try_out
from signoff.hooks.subscribe import subscribe, unsubscribe
from signoff.hooks.telling import ended_with_its_key
from signoff.integrations.models import Integration
from signoff.web.answers import see_other
from signoff.web.history import TOLD_KINDS
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import named

HERE = "/settings/hooks/"
ROWS = 50
EVENTS = {
    "draft.waiting": later("A draft waits for a person"),
    "draft.decided": later("A draft was decided, and nobody can take that back any more"),
    "run.needs_you": later("Something keeps a run, or stopped it"),
    "run.delivered": later("Everything has arrived where it goes"),
}


class HookForm(forms.Form):
    """A new hook. The address is kept like a key."""

    event = forms.ChoiceField(label=later("Tell it when"), choices=list(EVENTS.items()))
    integration = forms.ModelChoiceField(
        label=later("Of which integration"),
        queryset=Integration.objects.order_by("name"),
        to_field_name="name",
        required=False,
        empty_label=later("all of them"),
    )
    address = forms.CharField(
        label=later("Address"),
        max_length=LONGEST,
        help_text=later(
            "The other program shows it, such as https://hook.eu1.make.com/… It is kept like a key and not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["integration"].label_from_instance = lambda row: named(row.name)  # type: ignore[attr-defined]


class Line(NamedTuple):
    """A hook as a list shows it: how it stands in one word and one sentence, and how many messages are not taken."""

    hook: Hook
    what: str
    tone: str
    state: str
    problem: str
    untold: int


class Told(NamedTuple):
    """One message, and each attempt at it."""

    message: Message
    tone: str
    attempts: list[Attempt]


@needs("build")
def listing(request: HttpRequest) -> HttpResponseBase:
    """Show the addresses that are told, by their hosts, and whether they take it."""
    rows = hooks_that_are().select_related("token").order_by("-pk")
    return _page(request, "web/hooks.html", rows=[line_of(row) for row in rows])


@needs("build")
@never_cache
@sensitive_post_parameters("address")
def add(request: HttpRequest) -> HttpResponseBase:
    """Let an address be told, by POST; shows the secret of its signature, once."""
    form = HookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            hook, secret = subscribe(
                data["event"], Secret(data["address"]), person_of(request), data["integration"]
            )
        except HookRefused as refused:
            form.add_error("address" if refused.where == "url" else None, str(refused))
        else:
            return _page(request, "web/hook_made.html", hook=hook, secret=secret.reveal())
    return _page(request, "web/hook_add.html", status=422 if form.errors else 200, form=form)


@needs("build")
def one(request: HttpRequest, hook_id: int) -> HttpResponseBase:
    """Show what an address was told, the newest first."""
    hook = _hook(hook_id)
    before = row_number(request.GET.get("before"))
    rows = hook.messages.select_related("run").prefetch_related("attempts").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: ROWS + 1])
    told = [Told(row, TOLD_KINDS.get(row.state, "info"), list(row.attempts.all())) for row in found[:ROWS]]
    older = found[ROWS - 1].pk if len(found) > ROWS else None
    return _page(request, "web/hook.html", line=line_of(hook), hook=hook, told=told, older=older)


@needs("build")
def test(request: HttpRequest, hook_id: int) -> HttpResponseBase:
    """Send a test by POST, and say what the address answered."""
    hook = _hook(hook_id)
    if request.method == "POST":
        heard = try_out(hook)
        words = _("%(host)s received the test.") % {"host": hook.host}
        say(
            request,
            _("The test did not arrive. %(why)s") % {"why": heard.problem} if heard.problem else words,
        )
    return see_other(f"{HERE}{hook.pk}/")


@needs("build")
def again(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Send a message once more by POST, with the same id."""
    message = get_object_or_404(Message.objects.select_related("hook"), pk=message_id)
    if request.method == "POST":
        sent = engine.tell_again(message, person_of(request))
        busy = _("It is being sent at this moment. Look again in a minute.")
        say(request, _("It is sent again.") if sent else busy)
    return see_other(
        f"{HERE}{message.hook_id}/" if message.hook.run_id is None else f"/history/{message.run_id}/"
    )


@needs("build")
def remove(request: HttpRequest, hook_id: int) -> HttpResponseBase:
    """Say what stops when a hook is removed, and remove it by POST."""
    hook = _hook(hook_id)
    if request.method == "POST":
        unsubscribe(hook, person_of(request))
        say(request, _("%(host)s is told nothing more.") % {"host": hook.host})
        return see_other(HERE)
    return _page(request, "web/hook_remove.html", line=line_of(hook), hook=hook)


def line_of(hook: Hook) -> Line:
    """Return a hook as a list shows it. A hook that tells nothing never looks as if it did."""
    untold, last_problem = getattr(hook, "untold", 0), getattr(hook, "last_problem", "")
    if hook.state == Hook.State.GONE:
        tone, state = "bad", _("Ended")
        problem = _(
            "The address said that it is gone for good. Nothing is told. Add it anew if that was a mistake."
        )
    elif ended_with_its_key(hook):
        tone, state = "bad", _("Ended")
        problem = _("The key of the program that made it has ended. Nothing is told. Add the address here.")
    elif hook.person is None or not hook.person.may("see"):
        tone, state = "bad", _("Ended")
        problem = _("Whoever made it may not see answers any more. Nothing is told. Add the address here.")
    elif last_problem:
        tone, state, problem = "warn", _("Needs you"), last_problem
    else:
        tone, state, problem = "ok", _("Working"), ""
    return Line(hook, str(EVENTS.get(hook.event, hook.event)), tone, state, problem, untold)


def _hook(hook_id: int) -> Hook:
    found: Hook = get_object_or_404(hooks_that_are().select_related("token"), pk=hook_id)
    return found


def _page(request: HttpRequest, template: str, status: int = 200, **more: Any) -> HttpResponseBase:
    return render(request, template, {"here": "settings", "tab": "hooks"} | more, status=status)
