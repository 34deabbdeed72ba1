"""
The REST API: what a page can do, for programs.

A call that moves to another module keeps its `operation_id`: clients that are made from the description take the
names of their methods from it.
"""

from __future__ import annotations

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import AuthenticationError, HttpError, ValidationError

from signoff import __version__
from signoff.api import (
    accuracy,
    connections,
    cost,
    decisions,
    documents,
    drafts,
    facts,
    hooks,
    instead,
    integrations,
    notices,
    offered_tools,
    overview,
    people,
    pictures,
    proposals,
    proving,
    queue,
    recipes,
    reviews,
    running,
    runs,
    sent,
    uploads,
    versions,
    week,
)
from signoff.api.described import DescribedAPI
from signoff.api.finding import person_of
from signoff.api.problems import problem
from signoff.api.reading import TOO_LARGE, StrictParser, words_for
from signoff.api.rights import Forbidden
from signoff.core.errors import SignoffError
from signoff.review.certificates import NotSigned
from signoff.review.decide import DecisionRefused
from signoff.review.inbox import may_decide
from signoff.runs.handing_in import UploadRefused
from signoff.versions.drills import DrillRefused
from signoff.versions.quarterly import NotSigned as QuarterNotSigned

log = structlog.get_logger()

api = DescribedAPI(
    title="Signoff",
    version=__version__,
    description="What a page of Signoff can do, for programs. Every error is a problem document (RFC 9457).",
    docs_url=None,
    urls_namespace="api-v1",
    parser=StrictParser(),
)
api.add_router("/runs", runs.router)
api.add_router("/reviews", decisions.router)
api.add_router("/cost", cost.router)
api.add_router("/queue", queue.router)
api.add_router("/integrations", overview.router)
api.add_router("/uploads", uploads.router)
api.add_router("/proposals", proposals.router)
api.add_router("/hooks", hooks.router)
api.add_router("/connections", connections.router)
api.add_router("/connections", offered_tools.router)
api.add_router("/documents", documents.router)
api.add_router("", sent.router)
api.add_router("", pictures.router)
api.add_router("", instead.router)
api.add_router("", running.router)
api.add_router("/integrations", accuracy.router)
api.add_router("", versions.router)
api.add_router("/integrations", integrations.router)
api.add_router("", integrations.at_the_root)
api.add_router("/drafts", drafts.router)
api.add_router("", recipes.router)
api.add_router("/facts", facts.router)
api.add_router("/integrations", proving.router)
api.add_router("", proving.at_the_root)
api.add_router("/reviews", reviews.router)
api.add_router("/away", reviews.away_router)
api.add_router("", people.router)
api.add_router("/notices", notices.router)
api.add_router("/week", week.router)


@api.exception_handler(DecisionRefused)
def _refused(request: HttpRequest, error: DecisionRefused) -> HttpResponse:
    if error.review is None:
        return problem(404, str(error))
    return problem(409 if may_decide(person_of(request), error.review) else 403, str(error))


@api.exception_handler(NotSigned)
@api.exception_handler(DrillRefused)
@api.exception_handler(QuarterNotSigned)
@api.exception_handler(UploadRefused)
def _not_now(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(SignoffError)
def _known(request: HttpRequest, error: SignoffError) -> HttpResponse:
    return problem(422, f"{error.owner_message} {error.next_step}")


@api.exception_handler(AuthenticationError)
def _unknown_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, "Send a token of this Signoff: Authorization: Bearer so_…")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Forbidden)
def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    log.warning("the API refused for want of a right", path=request.path)
    return problem(403, str(error))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": fault["msg"]}
        for fault in error.errors
    ]
    return problem(422, "Something in the request does not fit.", faults=faults)


@api.exception_handler(HttpError)
def _not_so(request: HttpRequest, error: HttpError) -> HttpResponse:
    unread = words_for(error.__cause__)
    return problem(*unread) if unread else problem(error.status_code, f"{error.message}.")


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, TOO_LARGE)


@api.exception_handler(MultiPartParserError)
@api.exception_handler(BadRequest)
@api.exception_handler(SuspiciousOperation)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, "The request cannot be read. Send what the description of the API says, as UTF-8.")


@api.exception_handler(UnreadablePostError)
def _broken_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem(400, "The request did not arrive whole. Send it again.")


@api.exception_handler(Exception)
def _surprise(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("the API failed", path=request.path, error=type(error).__name__)
    return problem(500, "Something went wrong on our side. Nothing was decided. Try again later.")


@csrf_exempt  # a program has no page to take a mark from, and nothing is done here
def anything_else(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer for an address that the API does not have, as the API answers."""
    return problem(404, f"The API has no /api/{path[:200]}. Its description: /api/v1/openapi.json")
