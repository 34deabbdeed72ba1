"""Keys for programs: who has one, making one, ending one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from signoff.accounts import tokens
from signoff.accounts.models import ApiToken
from signoff.core import clock
from signoff.core.home import public_url
from signoff.web.answers import see_other
from signoff.web.forms import TokenForm
from signoff.web.n8n.page import again
from signoff.web.rights import needs, person_of
from signoff.web.said import say

HERE = "/settings/tokens/"
MOST_SHOWN = 200


@needs("people")
def listing(request: HttpRequest) -> HttpResponseBase:
    """Show the keys: what each is for, what it may, when it was last used, when it ends."""
    rows = [(row, _may(row)) for row in tokens.good()]
    return _page(request, "web/tokens.html", rows=rows, gone=tokens.ended()[:MOST_SHOWN], now=clock.now())


@needs("people", fresh=True)
@never_cache
def make(request: HttpRequest) -> HttpResponseBase:
    """Make a key, shown once, by POST. For n8n, whose page leads here, what it needs is ticked already."""
    for_n8n = request.GET.get("for") == "n8n"
    usual = {"name": "n8n", "read": True, "propose": True} if for_n8n else {}
    form = TokenForm(request.POST or None, me=person_of(request), initial=usual)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = tokens.create(
                data["name"], data["person"], form.rights(), request.user, tokens.end_of(data["ends_on"])
            )
        except ValueError as refused:
            form.add_error("ends_on", str(refused))
        else:
            shown = {"name": data["name"], "key": made.reveal(), "address": f"{public_url()}/api/v1/"}
            shown["back"] = again(request.GET) if for_n8n else HERE
            return _page(request, "web/token_made.html", **shown)
    return _page(request, "web/token_make.html", status=422 if form.errors else 200, form=form)


@needs("people", fresh=True)
def revoke(request: HttpRequest, token_id: int) -> HttpResponseBase:
    """Say what stops when a key is ended, and end it by POST."""
    token = get_object_or_404(ApiToken.objects.select_related("person"), pk=token_id)
    if request.method == "POST":
        done = tokens.revoke(token, request.user)
        said = _("The key for %(name)s is ended. What uses it stops with its next call.")
        say(request, said % {"name": token.name} if done else _("This key was ended before."))
        return see_other(HERE)
    return _page(request, "web/token_revoke.html", token=token, over=token.ended_at is not None)


def in_words(right: str) -> str:
    """Return a right of a key as people say it."""
    return {
        "read": _("read"),
        "propose": _("hand in records"),
        "review": _("decide on drafts"),
        "build": _("build integrations"),
        "connect": _("connect apps"),
        "people": _("manage people"),
        "sign": _("sign for autopilot"),
    }.get(right, right)


def _may(token: ApiToken) -> str:
    return ", ".join(in_words(right) for right in token.can)


def _page(request: HttpRequest, template: str, status: int = 200, **more: Any) -> HttpResponseBase:
    return render(request, template, {"here": "settings", "tab": "tokens"} | more, status=status)
