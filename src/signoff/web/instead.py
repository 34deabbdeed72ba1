"""A text that the app has approved, in place of an answer that came too late: choose it, fill it, see it, send it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.connectors.base import Approved
from signoff.core.errors import SignoffError
from signoff.engine import verbs
from signoff.review.mine import runs_of
from signoff.runs.instead import approved, can_be_replaced
from signoff.runs.models import Delivery, Run
from signoff.web import outline
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.said import say


@needs("build", "review", to_write="review")
def instead(request: HttpRequest, delivery_id: int) -> HttpResponseBase:
    """
    Show the approved texts, and the chosen one with its blanks. Only a POST that says `send` sends, and only the text
    that was on the screen.
    """
    delivery = get_object_or_404(Delivery.objects.select_related("connection"), pk=delivery_id)
    run = get_object_or_404(runs_of(person_of(request)).select_related("integration"), pk=delivery.run_id)
    if not can_be_replaced(delivery, run):
        say(request, _("Nothing waits for a template here any more."))
        return see_other(f"/history/{run.pk}/")
    try:
        texts = approved(delivery.connection)
    except SignoffError as error:
        return _page(request, delivery, run, [], refusal=f"{error.owner_message} {error.next_step}")
    given = request.POST if request.method == "POST" else request.GET
    chosen = next((one for one in texts if one.key == given.get("template")), None)
    if chosen is None or request.method != "POST":
        return _page(request, delivery, run, texts, chosen=chosen)
    values = [given.get(f"value{n + 1}", "").strip() for n in range(chosen.blanks())]
    if not all(values):
        return _page(
            request,
            delivery,
            run,
            texts,
            chosen=chosen,
            values=values,
            refusal=_("Fill every blank, please."),
        )
    if given.get("send") != "yes" or given.get("seen") != seen(chosen, values):
        return _page(request, delivery, run, texts, chosen=chosen, values=values, is_whole=True)
    try:
        sent = verbs.send_instead(delivery.pk, chosen, values, person_of(request))
    except SignoffError as error:
        refusal = f"{error.owner_message} {error.next_step}"
        return _page(request, delivery, run, texts, chosen=chosen, values=values, refusal=refusal)
    say(
        request,
        _("The template is on its way.") if sent else _("Nothing waits for a template here any more."),
    )
    return see_other(f"/history/{run.pk}/")


def seen(chosen: Approved, values: Sequence[str]) -> str:
    """Return what ties the button to the text that stood above it."""
    return hashlib.sha256(f"{chosen.key}\n{chosen.filled(values)}".encode()).hexdigest()


def _page(
    request: HttpRequest,
    delivery: Delivery,
    run: Run,
    texts: Sequence[Approved],
    *,
    chosen: Approved | None = None,
    values: Sequence[str] = (),
    is_whole: bool = False,
    refusal: str = "",
) -> HttpResponse:
    filled: Mapping[int, str] = dict(enumerate(values, 1))
    return render(
        request,
        "web/instead.html",
        {
            "run": run,
            "delivery": delivery,
            "app": outline.app_name(
                delivery.connection.name, {delivery.connection.name: delivery.connection}
            ),
            "texts": texts,
            "chosen": chosen,
            "blanks": [(n + 1, filled.get(n + 1, "")) for n in range(chosen.blanks())] if chosen else [],
            "whole": chosen.filled(values) if chosen and (is_whole or not chosen.blanks()) else "",
            "seen": seen(chosen, values) if chosen else "",
            "refusal": refusal,
            "here": "history",
        },
        status=409 if refusal else 200,
    )
