"""Connections: which apps, what they allow, when keys end; connecting one, testing it, a new key."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from signoff.connections import connect as connecting
from signoff.connections import signing_in
from signoff.connections.choosing import offers_tools
from signoff.connections.client import manifest_of
from signoff.connections.ending import End as KeyEnd
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection, DescribedApp
from signoff.connectors.manifest import PROVIDER, Manifest
from signoff.connectors.registry import connector_class, manifest_for, manifests
from signoff.core.errors import SignoffError
from signoff.core.home import public_url
from signoff.core.numbers import row_number
from signoff.core.secret import Secret
from signoff.engine import verbs, watching
from signoff.integrations.models import Integration
from signoff.integrations.pushing import secret_of
from signoff.integrations.usage import Use, models_asked_by, switched_on_with, uses
from signoff.runs.models import Run
from signoff.versions.known import models_ending
from signoff.web import practice
from signoff.web.answers import see_other
from signoff.web.connect_form import (
    KeyForm,
    SignInForm,
    ask_for_settings,
    at_fault,
    initial_for,
    provider_in,
    secret_in,
    settings_in,
)
from signoff.web.rights import needs, person_of, safe
from signoff.web.said import say
from signoff.web.words import Shown, ago, day, ends, named, today, urgency

STATE = "sign_in_state"
BACK = "connect_for"  # the page that wanted something connected, and goes on once it is
CALLBACK = "/connections/callback/"
MOST_COUNTED = 1000
MENDED_ELSEWHERE = ("quota", "permission", "address")  # troubles of a connection that no new key helps


class ModelEnding(NamedTuple):
    """An AI model that stops: how near that is ("ok", "warn", "bad"), what happens, and what to do."""

    tone: str
    sentence: str
    advice: str


class Row:
    """One connection as pages show it."""

    def __init__(self, connection: Connection, uses: list[Use]) -> None:
        self.connection = connection
        self.uses = uses
        self.end = ends_on(connection)
        self.manifest = manifest_of(connection) if connection.app in manifests() else None
        self.app = self.manifest.name if self.manifest else named(connection.app)
        self.used_by = [use.integration for use in uses]
        self.is_practice = practice.is_practice(connection)

    @property
    def needs_you(self) -> bool:
        return self.connection.state == Connection.State.NEEDS_YOU

    @property
    def state(self) -> Shown:
        row = self.connection
        if self.needs_you:
            return _state("bad", "circle-x", _("Needs you"))
        if self.end and self.end.is_soon():
            soon = _("Ends soon: %(when)s") if self.end.is_certain else _("May end: %(when)s")
            return _state("warn", "clock-alert", soon % {"when": ends(self.end.at)})
        if row.problem:
            return _state("warn", "circle-alert", _("Could not be checked"))
        if self.manifest and not self.manifest.auth.can_be_asked:
            return _state("ok", "circle-check", _("Kept"))  # whether it works shows when it is used
        return _state("ok", "circle-check", _("Working, checked %(when)s") % {"when": ago(row.checked_at)})

    @property
    def key_ends(self) -> str:
        if self.end:
            when = ends(self.end.at)
            return when if self.end.is_certain else _("Perhaps %(when)s") % {"when": when}
        if self.manifest and self.manifest.auth.kind == "oauth":
            return _("Renews itself")
        return _("No known end")

    @property
    def servers(self) -> list[str]:
        """Return the servers of a mailbox, the one for reading first; none for an app that is no mailbox."""
        if self.manifest is None or self.manifest.door != "mail":
            return []
        place = connector_class(self.connection.app).mailbox(self.connection.settings)
        return [f"{one.host}:{one.port}" for one in (place.imap, place.smtp) if one is not None]

    @property
    def models_ending(self) -> list[ModelEnding]:
        """Return what is known of the last days of the models that integrations ask here."""
        asked = models_asked_by(self.connection.name)
        return [_model_ending(*one) for one in models_ending(self.connection, asked)]

    @property
    def stops(self) -> str:
        """Return what stops when this connection ends, "" where nothing does or the end is far."""
        stopping = [use.integration for use in self.uses if use.is_on]
        if not self.end or not stopping or not self.end.is_soon():
            return ""
        return stops_on(len(stopping), self.end)

    @property
    def short_of(self) -> list[Use]:
        """Return the integrations that need a permission which this key lacks."""
        return [use for use in self.uses if use.lacks]

    @property
    def wants_a_key(self) -> bool:
        """Say whether a new key is what mends it: credit, a permission or an address is mended elsewhere."""
        return self.connection.trouble not in MENDED_ELSEWHERE

    @property
    def waiting(self) -> int:
        """Return how many records wait for this connection to be mended."""
        runs = Run.objects.filter(waits_for=self.connection, state=Run.State.NEEDS_YOU)
        return runs[:MOST_COUNTED].count()

    @property
    def waiting_words(self) -> str:
        count = self.waiting
        if not count:
            return ""
        return ngettext("%(n)s record is waiting.", "%(n)s records are waiting.", count) % {"n": count}


def _model_ending(model: str, on: date, replacement: str, users: list[str]) -> ModelEnding:
    who = ", ".join(map(named, users))
    if on <= today():
        sentence = _("%(model)s stopped on %(day)s. %(who)s cannot go on with it.")
        advice = _("Choose another model in the integration; its work waits until then.")
    else:
        sentence = _("%(model)s stops on %(day)s. It is used by %(who)s.")
        advice = _("Choose another model in the integration before that day. Until then it goes on as it is.")
    if replacement:
        advice = f"{advice} {_('The one that follows it is %(what)s.') % {'what': replacement}}"
    # "Thu 14 January 2027, in 50 days"; a day that is past is told without how far off it is.
    when = day(on) if on <= today() else ends(on)
    return ModelEnding(urgency(on), sentence % {"model": model, "day": when, "who": who}, advice)


def stops_on(count: int, end: KeyEnd) -> str:
    """Return what an end means: "These 4 integrations stop on Sat 12 December"."""
    words = {"n": count, "day": day(end.at)}
    if end.is_certain:
        return (
            ngettext("This integration stops on %(day)s", "These %(n)s integrations stop on %(day)s", count)
            % words
        )
    return (
        ngettext(
            "This integration may stop on %(day)s", "These %(n)s integrations may stop on %(day)s", count
        )
        % words
    )


def _state(tone: str, icon: str, word: str) -> Shown:
    return Shown(tone, icon, word)


@needs("see")
def listing(request: HttpRequest) -> HttpResponseBase:
    """List the connections; those that need somebody say so first."""
    request.session.pop(BACK, None)
    connections = list(Connection.objects.all())
    used = uses(connections)
    rows = [Row(one, used[one.name]) for one in connections]
    return render(
        request,
        "web/connections.html",
        {"rows": rows, "broken": [row for row in rows if row.needs_you], "here": "connections"},
    )


@needs("connect")
def choose(request: HttpRequest) -> HttpResponseBase:
    """Choose the app to connect."""
    return render(request, "web/choose_app.html", {"apps": manifests().values(), "here": "connections"})


@needs("connect")
@sensitive_post_parameters()
def new(request: HttpRequest, app: str) -> HttpResponseBase:
    """Connect an app: where the key is, the key, a test, what it may do. `?replace=ID`: a new key."""
    manifest = manifests().get(app)
    if manifest is None:
        raise Http404
    old = Connection.objects.filter(pk=row_number(request.GET.get("replace")) or 0, app=app).first()
    if request.method == "GET" and PROVIDER not in request.GET:  # the choice of a provider is the same visit
        request.session.pop(BACK, None)
        if "next" in request.GET:
            request.session[BACK] = safe(request, request.GET["next"])
    chosen = {**(old.settings if old else {}), **provider_in(request, manifest)}
    manifest = manifest_for(app, chosen)
    kind = SignInForm if manifest.auth.kind == "oauth" else KeyForm
    here = practice.stand_in(manifest, chosen)
    form = kind(
        request.POST or None, initial=initial_for(manifest, old, chosen, here.address if here else "")
    )
    rare = ask_for_settings(form, manifest, old, {**chosen, **(here.settings if here else {})})
    if old:
        form.fields["name"].widget = forms.HiddenInput()
        form.fields["base_url"].widget = forms.HiddenInput()
    if manifest.auth.asks_the_server:
        for name in ("client_id", "client_secret"):
            form.fields[name].required = False
            form.fields[name].help_text = _("Empty: Signoff makes itself known there.")
    if "secret" in form.fields:
        form.fields["secret"].label = manifest.auth.label
        if manifest.auth.keyless:
            form.fields["secret"].required = False
            form.fields["secret"].help_text = _("Leave it empty if none is needed.")
        if manifest.auth.example:
            form.fields["secret"].widget.attrs["placeholder"] = manifest.auth.example
    trouble: SignoffError | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if old is None and Connection.objects.filter(name=data["name"]).exists():
            form.add_error("name", _("There is a connection with this name already. Choose another."))
        else:
            try:
                if manifest.auth.asks_a_person:
                    return _begin_sign_in(request, manifest, data)
                row = connecting.connect(
                    app,
                    data["name"],
                    secret_in(manifest, data),
                    base_url=data["base_url"],
                    settings=settings_in(manifest, data),
                    person=person_of(request),
                )
            except SignoffError as error:
                at_practice = here is not None and here.is_at(data["base_url"])
                trouble = practice.in_practice(error, here) if here and at_practice else error
            else:
                return _connected(request, row)
    return render(
        request,
        "web/connect.html",
        {
            "app": manifest,
            "form": form,
            "shown": [field for field in form.visible_fields() if field.name not in rare],
            "rare": [field for field in form.visible_fields() if field.name in rare],
            "rare_is_wrong": any(form[name].errors for name in rare) or at_fault(trouble) in rare,
            "chosen": manifest.auth.preset(chosen),
            "old": old,
            "stand_in": here if here and here.is_at(form["base_url"].value()) else None,
            "trouble": trouble,
            "callback": public_url() + CALLBACK,
            "here": "connections",
        },
        status=422 if form.errors or trouble else 200,
    )


def _begin_sign_in(request: HttpRequest, manifest: Manifest, data: dict[str, Any]) -> HttpResponseBase:
    """
    Send the person to the app's own sign-in page.

    Our policy lets a form lead nowhere but to us, which browsers also hold against a redirect after it. So
    the answer is a page that goes on by itself, with a link for when it does not.
    """
    begun = signing_in.begin_sign_in(
        manifest.key,
        data["name"],
        data["client_id"].strip(),
        Secret(data["client_secret"].strip()),
        public_url() + CALLBACK,
        data["base_url"].strip(),
        settings_in(manifest, data),
    )
    request.session[STATE] = begun.state
    return render(
        request, "web/go_on.html", {"app": manifest, "address": begun.address, "here": "connections"}
    )


@needs("connect")
def callback(request: HttpRequest) -> HttpResponseBase:
    """Take a person back from an app's sign-in page."""
    begun = request.session.pop(STATE, "")
    given = request.GET.get("state", "")
    try:
        # Only the browser that began a sign-in may finish it: else somebody could slip us their own account.
        row = signing_in.finish_sign_in(
            begun if begun == given else "", request.GET.dict(), person_of(request)
        )
    except SignoffError as error:
        return render(
            request, "web/sign_in_failed.html", {"trouble": error, "here": "connections"}, status=422
        )
    return _connected(request, row)


def _connected(request: HttpRequest, row: Connection) -> HttpResponseBase:
    went_on = verbs.mended(row)
    sentence = _("Connected to %(who)s.") % {"who": row.account_name or row.name}
    if went_on:
        more = ngettext("%(n)s waiting record goes on.", "%(n)s waiting records go on.", went_on) % {
            "n": went_on
        }
        sentence = f"{sentence} {more}"
    say(request, sentence)
    if offers_tools(row) and not row.chosen:
        return see_other(f"/connections/{row.pk}/tools/")
    back = request.session.pop(BACK, "/")
    return see_other(f"/connections/{row.pk}/" if back == "/" else back)


@needs("see")
def one(request: HttpRequest, connection_id: int) -> HttpResponseBase:
    """Show one connection."""
    connection = get_object_or_404(Connection, pk=connection_id)
    row = Row(connection, uses([connection])[connection.name])
    # An app whose records start an integration is told the integration's own address.
    tells = row.manifest and row.manifest.pushes and not connector_class(connection.app).triggers
    return render(
        request,
        "web/connection.html",
        {
            "row": row,
            "told_at": f"{public_url()}/in/app/{connection.app}" if tells else "",
            "described": DescribedApp.objects.defer("document", "plan").filter(key=connection.app).first(),
            "can_hear": bool(tells) and secret_of(connection) is not None,
            "has_tools": offers_tools(connection),
            "is_first_steps": not Integration.objects.exists(),
            "here": "connections",
        },
    )


@needs("see", to_write="connect")
def check(request: HttpRequest, connection_id: int) -> HttpResponseBase:
    """Ask the app now whether the key works."""
    connection = get_object_or_404(Connection, pk=connection_id)
    if request.method == "POST":
        row = watching.check(connection, before_work=True, by_person=True)
        if row.problem:
            say(request, row.problem)
        else:
            verbs.mended(row)
            say(request, _("%(name)s works.") % {"name": row.name})
    return see_other(f"/connections/{connection_id}/")


@needs("connect")
def disconnect(request: HttpRequest, connection_id: int) -> HttpResponseBase:
    """Forget a connection and its key, after a page that asks."""
    connection = get_object_or_404(Connection, pk=connection_id)
    refusal = ""
    running = switched_on_with(connection.name)
    if request.method == "POST" and running:
        refusal = _("%(who)s needs this connection. Pause that first; nothing was changed.") % {
            "who": ", ".join(map(named, running))
        }
    elif request.method == "POST":
        try:
            connecting.disconnect(connection, person_of(request))
        except models.ProtectedError:
            refusal = _(
                "The history still names this connection, so it stays. Take its key away at the app itself, "
                "and nothing can be done with it any more."
            )
        else:
            say(request, _("%(name)s is disconnected and its key is forgotten.") % {"name": connection.name})
            return see_other("/connections/")
    return render(
        request,
        "web/disconnect.html",
        {
            "row": Row(connection, uses([connection])[connection.name]),
            "refusal": refusal,
            "here": "connections",
        },
        status=409 if refusal else 200,
    )
