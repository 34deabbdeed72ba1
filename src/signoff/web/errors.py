"""Pages for what is not there, not allowed or not working: what happened, is anything lost, what next."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.sheets.tables import TOO_LARGE_MARK

log = logging.getLogger("signoff.web")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return trouble(
        request,
        404,
        _("This page is not here"),
        _("The address may have a slip in it, or what it showed was removed. Nothing is lost."),
    )


def no_permission(request: HttpRequest, rights: Iterable[str] = ()) -> HttpResponse:
    """Answer 403, and say who can open the page."""
    rights = list(rights)
    log.warning(
        "refused for want of a right: person %s, %s", getattr(request.user, "pk", None), " or ".join(rights)
    )
    roles = [
        str(role.label) for role in Person.Role if any(right in Person.RIGHTS[role.value] for right in rights)
    ]
    owner = Person.objects.filter(role=Person.Role.OWNER, is_active=True).order_by("id").first()
    who = _("It is for: %(roles)s.") % {"roles": ", ".join(roles)} if roles else ""
    ask = _("Ask %(owner)s if you need it.") % {"owner": owner} if owner else ""
    return trouble(
        request,
        403,
        _("You cannot open this page"),
        " ".join(part for part in (who, ask, _("Nothing was changed.")) if part),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 where no right is named."""
    return no_permission(request)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return trouble(
        request,
        400,
        _("We could not read that"),
        _("Your browser sent something unexpected. Nothing was changed. Go back and try once more."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was open too long, or that came from another site."""
    if getattr(request, TOO_LARGE_MARK, False):
        # It was so large that nothing of it was read, and so not the form's mark either.
        return trouble(
            request,
            413,
            _("This file is too large"),
            _("A spreadsheet may have 20 MB. Nothing was kept of it. Divide it into several files."),
            back=request.path if request.path.startswith("/uploads") else "/",
        )
    log.info("form refused", extra={"path": request.path, "why": reason})
    return trouble(
        request,
        403,
        _("This form was open for too long"),
        _("To be safe we did not use it, and nothing was changed. Go back, reload the page and press again."),
        back=request.path if request.path.startswith("/sign-in") else "/",
    )


def only_by_button(
    request: HttpRequest, back: str, title: str | None = None, text: str | None = None
) -> HttpResponse:
    """Answer a GET at an address that decides something: nothing was decided, and why."""
    title = title or _("Nothing was decided")
    text = text or _(
        "A draft is decided only when a person presses a button on its page. "
        "Opening a link, or a program that follows it, decides nothing."
    )
    answer = trouble(request, 405, title, text, back=back)
    answer["Allow"] = "POST"
    return answer


def trouble(request: HttpRequest, status: int, title: str, text: str, back: str = "/") -> HttpResponse:
    """Answer with a page in the house's style."""
    signed_in = isinstance(getattr(request, "user", None), Person)
    base = "web/framed.html" if signed_in else "web/bare.html"
    return render(
        request, "web/trouble.html", {"base": base, "title": title, "text": text, "back": back}, status=status
    )


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500. Asks no database and no person: either may be what is broken."""
    reference = secrets.token_hex(4)
    log.error("a page failed", exc_info=True, extra={"reference": reference, "path": request.path})
    return HttpResponse(render_to_string("web/broken.html", {"reference": reference}), status=500)
