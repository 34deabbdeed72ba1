"""Notices: what is open and who knows of it; and by which channels I am told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import mail
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.core.numbers import row_number
from signoff.core.secret import Secret
from signoff.monitoring import acting, channels, telling
from signoff.monitoring.models import Channel, Notice, Telling
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of, safe
from signoff.web.said import say

HERE = "/settings/notices/"
CLOSED = 20


class AddForm(forms.Form):
    kind = forms.ChoiceField(
        label=later("By"),
        choices=[
            ("mail", later("E-mail to another address")),
            ("app", later("Slack, by a connection of yours")),
            ("service", later("Telegram, Teams, SMS, WhatsApp and a hundred others")),
        ],
    )
    address = forms.CharField(
        label=later("Address"),
        max_length=channels.LONGEST_ADDRESS,
        help_text=later(
            "An e-mail address; or the connection and the channel, as in slack-main.#alerts; or a service’s address "
            "as apprise writes it, as in tgram://token/chat. It is kept like a key and not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ChannelForm(forms.Form):
    urgency = forms.ChoiceField(
        label=later("Tell me here"),
        choices=[
            ("calm", later("everything, also what ends in some weeks")),
            ("soon", later("what needs somebody today, and what stops the work")),
            ("now", later("only what stops the work")),
        ],
    )
    quiet_from = forms.TimeField(
        label=later("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=later("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    zone = forms.CharField(
        label=later("Time zone"), max_length=60, help_text=later("As in Europe/Berlin or America/New_York.")
    )
    lets_urgent = forms.BooleanField(
        label=later("What stops the work comes at any hour"),
        required=False,
        help_text=later("All else waits until the quiet hours are over."),
    )
    is_on = forms.BooleanField(label=later("Use this channel"), required=False)
    weekly = forms.BooleanField(
        label=later("A letter about the week, on Mondays"),
        required=False,
        help_text=later("What was done and saved, what was wrong, and what is coming."),
    )


@dataclass(frozen=True)
class Line:
    """A notice as a list shows it, with who was told of its present round and by what."""

    notice: Notice
    tone: str
    icon: str
    told: tuple[str, ...]


def lines(rows: list[Notice]) -> list[Line]:
    """Return notices as a list shows them."""
    tellings = Telling.objects.filter(notice__in=rows, state=Telling.State.TOLD).select_related("person")
    told: dict[int, list[str]] = {}
    for one in tellings.order_by("pk"):
        told.setdefault(one.notice_id, []).append(_("%(who)s by %(by)s") % {"who": one.person, "by": one.by})
    return [Line(row, *look_of(row), tuple(dict.fromkeys(told.get(row.pk, ())))) for row in rows]


def look_of(row: Notice) -> tuple[str, str]:
    """Return the tone and the icon of a notice."""
    if not row.is_open:
        return "ok", "circle-check"
    if row.ends_at is not None and row.ends_at > clock.now():
        return "warn", "clock-alert"
    return {"now": ("bad", "circle-alert"), "soon": ("warn", "circle-alert")}.get(
        row.urgency, ("info", "info")
    )


def for_health() -> dict[str, Any]:
    """Return what the page Health shows of notices."""
    return {
        "notices": lines(acting.open_notices()),
        "over": lines(list(acting.closed_notices()[:CLOSED])),
    }


@needs("see", to_write="build")
def acknowledge(request: HttpRequest, notice_id: int) -> HttpResponseBase:
    """Say that I know and see to it, by POST."""
    return _act(request, notice_id, acting.acknowledge, _("Noted. You are told again if it gets worse."))


@needs("see", to_write="build")
def snooze(request: HttpRequest, notice_id: int) -> HttpResponseBase:
    """Put a notice aside until it gets worse, by POST."""
    return _act(request, notice_id, acting.snooze, _("Put aside until it gets worse. Health still lists it."))


def _act(request: HttpRequest, notice_id: int, act: Any, done: str) -> HttpResponseBase:
    if request.method == "POST":
        try:
            act(notice_id, person_of(request), row_number(request.POST.get("round"), 8))
            say(request, done)
        except acting.NoticeChanged as changed:
            say(request, str(changed))
        except LookupError:
            say(request, _("This notice is not there any more."))
    return see_other(safe(request, request.POST.get("next", "/health/")))


@needs("see")
@sensitive_post_parameters("address")
def mine(request: HttpRequest) -> HttpResponseBase:
    """By which channels I am told; another one is added by POST."""
    person = person_of(request)
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = channels.add(
                person, form.cleaned_data["kind"], Secret(form.cleaned_data["address"]), channels.Wanted()
            )
        except channels.ChannelRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            say(request, _("Added. Press Send a test to see whether it arrives."))
            return see_other(f"{HERE}#c{row.pk}")
    return _page(request, person, form)


@needs("see")
def one(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    """What I want to hear by one channel, and when not."""
    row = _channel(request, channel_id)
    begun = {name: getattr(row, name) for name in ChannelForm.base_fields}
    form = ChannelForm(request.POST if request.method == "POST" else None, initial=begun)
    if row.kind != Channel.Kind.OWN:
        del form.fields["weekly"]
    if request.method == "POST" and form.is_valid():
        try:
            channels.change(row, channels.Wanted(**form.cleaned_data))
        except channels.ChannelRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            say(request, _("Saved."))
            return see_other(HERE)
    page = {"channel": row, "form": form, "here": "settings", "tab": "notices"}
    return render(request, "web/channel.html", page, status=422 if form.errors else 200)


@needs("see")
def test(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    """Send a test by a channel of mine, by POST."""
    if request.method == "POST":
        row = _channel(request, channel_id)
        problem = telling.test(row)
        if problem:
            say(request, _("The test did not leave. %(why)s") % {"why": problem})
        else:
            say(request, _("The test is on its way by %(name)s. Look whether it arrives.") % {"name": row})
    return see_other(HERE)


@needs("see")
def first(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    """Let a channel be tried before my others, by POST."""
    if request.method == "POST":
        channels.use_first(_channel(request, channel_id))
        say(request, _("Tried first from now on."))
    return see_other(HERE)


@needs("see")
def remove(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    """Forget a channel of mine and its address, by POST."""
    if request.method == "POST":
        try:
            channels.remove(_channel(request, channel_id))
            say(request, _("Removed."))
        except channels.ChannelRefused as refused:
            say(request, str(refused))
    return see_other(HERE)


def _channel(request: HttpRequest, channel_id: int) -> Channel:
    """Return a channel of mine; 0 is my own e-mail, whose row is made when something is done with it."""
    person = person_of(request)
    if channel_id == 0:
        if request.method == "POST":
            return channels.own_channel(person)
        return next(row for row in channels.channels_of(person) if row.kind == Channel.Kind.OWN)
    return get_object_or_404(Channel.objects.select_related("person"), pk=channel_id, person=person)


def _page(request: HttpRequest, person: Person, form: AddForm) -> HttpResponseBase:
    trouble = ""
    try:
        mails = mail.server() is not None
    except mail.MailTrouble as wrong:
        mails, trouble = False, str(wrong)
    page = {
        "channels": channels.channels_of(person),
        "form": form if person.may("build") else None,
        "mails": mails,
        "trouble": trouble,
        "here": "settings",
        "tab": "notices",
    }
    return render(request, "web/notices.html", page, status=422 if form.errors else 200)
