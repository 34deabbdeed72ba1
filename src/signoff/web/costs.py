"""What the AI costs: by day, by integration, by model, and what caches saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from signoff.core.money import dollars
from signoff.integrations.models import Integration
from signoff.runs.models import Spent
from signoff.runs.spending import DAYS, Estimate, Sum, estimate, spending
from signoff.web.charts import Bar, bars
from signoff.web.rights import needs
from signoff.web.words import named

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SPANS = (7, 30, 90, 365)
PURPOSES: dict[str, StrPromise] = {
    Spent.For.DRAFTS: later("Drafts"),
    Spent.For.TRIALS: later("Trials"),
    Spent.For.TESTS: later("Tests of prompts"),
}


class Row(NamedTuple):
    """What one integration cost, and what it costs at the present rate."""

    integration: Integration
    name: str
    spent: Sum
    expected: str


@needs("see")
def costs(request: HttpRequest) -> HttpResponse:
    """Show what was spent, of all integrations or of one."""
    wanted, asked = request.GET.get("integration", ""), request.GET.get("days", "")
    days = int(asked) if asked in {str(span) for span in SPANS} else DAYS
    integrations = list(Integration.objects.select_related("current").order_by("name"))
    chosen = get_object_or_404(Integration, name=wanted) if wanted else None
    found = spending(chosen, days)
    shown = [one for one in integrations if chosen is None or one.pk == chosen.pk]
    return render(
        request,
        "web/costs.html",
        {
            "spending": found,
            "chart": _chart(found.by_day),
            "days": [(day, one) for day, one in reversed(found.by_day.items()) if one.answers],
            "rows": [
                Row(one, named(one.name), found.by_integration.get(one.name, Sum()), in_words(estimate(one)))
                for one in shown
            ],
            "being_built": found.by_integration.get(None),
            "purposes": [(PURPOSES.get(key, key), one) for key, one in found.by_purpose.items()],
            "cached_percent": round(found.total.cached_share * 100),
            "integrations": [(one.name, named(one.name)) for one in integrations],
            "integration": wanted,
            "spans": [(span, _("%(n)s days") % {"n": span}) for span in SPANS],
            "span": days,
            "here": "health",
        },
    )


def in_words(expected: Estimate | None) -> str:
    """Return what a record and a month cost, as a sentence without a full stop; "" for an empty integration."""
    if expected is None:
        return ""
    if not expected.is_priced:
        return _("No list price is known for %(model)s") % {"model": expected.model}
    each = _("about %(money)s a record") % {"money": dollars(expected.each_micros)}
    if expected.month_micros is None:
        return each
    month = _("%(money)s a month at the present rate") % {"money": dollars(expected.month_micros)}
    return f"{each}, {month}"


def _chart(by_day: Mapping[date, Sum]) -> SafeString:
    rows = [
        Bar(date_format(day, "j M"), one.cost_micros, dollars(one.cost_micros)) for day, one in by_day.items()
    ]
    dearest = max(rows, key=lambda row: row.value)
    first, last = rows[0].label, rows[-1].label
    described = _("A bar for each day from %(first)s to %(last)s. The highest is %(day)s with %(money)s.") % {
        "first": first, "last": last, "day": dearest.label, "money": dearest.shown,
    }  # fmt: skip
    return bars("by-day", _("Spent by day"), described, rows)
