"""What a page can do, a program can: each page that takes a POST names its call of the REST API, or why it has none."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern

from signoff.api.v1 import api
from signoff.web.urls import urlpatterns

PERSON = "How a person gets in is between them and their browser: a program comes in by its key."
LETS_IN = "A program that could make it could come in as anybody, and decide as they do."
MORE_RIGHTS = "A key that makes keys could give itself any right. An owner makes them, here or in a terminal."
BY_ONE_CALL = (
    "POST /uploads"  # columns, ways of reading and dry_run stand in the one call; what it refuses is not kept
)

# Each route of a page that takes a POST → its calls ("POST /runs/{run_id}/resume"), or a sentence why there is none.
ACTIONS: dict[str, str | tuple[str, ...]] = {
    "setup/": PERSON,
    "sign-in/": PERSON,
    "sign-in/link/<str:text>/": PERSON,
    "sign-in/second/": PERSON,
    "sign-in/passkey/": PERSON,
    "sign-in/passkey/options/": PERSON,
    "sign-in/invitation/<str:text>/": PERSON,
    "sign-out/": PERSON,
    "review/together/": "POST /reviews/together",
    "review/together/undo/": "POST /reviews/together/undo",
    "review/<int:review_id>/approve/": "POST /reviews/{review_id}/decision",
    "review/<int:review_id>/edit/": "POST /reviews/{review_id}/decision",
    "review/<int:review_id>/reject/": "POST /reviews/{review_id}/decision",
    "review/<int:review_id>/undo/": "POST /reviews/{review_id}/undo",
    "review/<int:review_id>/again/": "POST /reviews/{review_id}/again",
    "review/<int:review_id>/redraft/": "POST /reviews/{review_id}/redraft",
    "review/<int:review_id>/assign/": "POST /reviews/{review_id}/assign",
    "review/<int:review_id>/grade/": "POST /reviews/{review_id}/grade",
    "integrations/new/": "POST /drafts",
    "integrations/moving-in/": "POST /moving-in",
    "integrations/drafts/<int:draft_id>/moved/": "PUT /drafts/{draft_id}",
    "integrations/drafts/<int:draft_id>/": (
        "PUT /drafts/{draft_id}", "POST /drafts/{draft_id}/try", "POST /drafts/{draft_id}/apply", "POST /coach",
    ),
    "integrations/drafts/<int:draft_id>/keep/": "PUT /drafts/{draft_id}",
    "integrations/drafts/<int:draft_id>/forget/": "DELETE /drafts/{draft_id}",
    "integrations/<slug:name>/": "POST /integrations/{name}/try",
    "integrations/<slug:name>/build/": ("POST /drafts", "PUT /drafts/{draft_id}", "POST /drafts/{draft_id}/try"),
    "integrations/<slug:name>/build/keep/": "PUT /drafts/{draft_id}",
    "integrations/<slug:name>/build/forget/": "DELETE /drafts/{draft_id}",
    "integrations/<slug:name>/build/changes/": "POST /drafts/{draft_id}/apply",
    "integrations/<slug:name>/accuracy/sign/": "POST /integrations/{name}/autopilot",
    "integrations/<slug:name>/accuracy/replay/": "POST /integrations/{name}/accuracy/replay",
    "integrations/<slug:name>/accuracy/withdraw/": "POST /integrations/{name}/autopilot/withdraw",
    "integrations/<slug:name>/switch/": ("POST /integrations/{name}/on", "POST /integrations/{name}/off"),
    "integrations/<slug:name>/secret/": "POST /integrations/{name}/secret",
    "integrations/<slug:name>/take-over/": "POST /integrations/{name}/take-over",
    "integrations/<slug:name>/tests/": (
        "POST /integrations/{name}/cases", "POST /integrations/{name}/cases/import",
        "DELETE /integrations/{name}/cases/{case_id}",
    ),
    "integrations/<slug:name>/tests/start/": "POST /integrations/{name}/evals",
    "integrations/<slug:name>/tests/<int:proof_id>/": "POST /evals/{proof_id}/stop",
    "integrations/<slug:name>/drill/": "POST /integrations/{name}/drills",
    "integrations/<slug:name>/drill/<int:drill_id>/": (
        "POST /drills/{id}/stop", "POST /drills/{id}/switch", "POST /drills/{id}/roll-back",
    ),
    "integrations/<slug:name>/versions/<int:number>/": "POST /integrations/{name}/rollback",
    "recipes/<slug:recipe>/": "POST /recipes/{key}/draft",
    "connections/new/openapi/": "POST /documents",
    "connections/new/<slug:app>/": "PUT /connections/{name}",
    "connections/described/<int:described_id>/": "PUT /documents/{document_id}",
    "connections/<int:connection_id>/check/": "POST /connections/{name}/check",
    "connections/<int:connection_id>/disconnect/": "DELETE /connections/{name}",
    "connections/<int:connection_id>/tools/": "PUT /connections/{name}/tools",
    "history/<int:run_id>/again/": "POST /runs/{run_id}/replay",
    "history/again/": ("POST /runs/{run_id}/replay", "POST /runs/{run_id}/resume"),
    "history/<int:run_id>/resume/": "POST /runs/{run_id}/resume",
    "history/leave/": "POST /runs/{run_id}/leave",
    "history/<int:run_id>/keep/": "POST /integrations/{name}/cases",
    "history/told/<int:message_id>/again/": "POST /hooks/messages/{message_id}/again",
    "history/deliveries/<int:delivery_id>/settle/": "POST /deliveries/{delivery_id}/settle",
    "history/deliveries/<int:delivery_id>/instead/": "POST /deliveries/{delivery_id}/template",
    "uploads/new/": BY_ONE_CALL,
    "uploads/<int:upload_id>/columns/": BY_ONE_CALL,
    "uploads/<int:upload_id>/read/": BY_ONE_CALL,
    "uploads/<int:upload_id>/throw-away/": BY_ONE_CALL,
    "uploads/<int:upload_id>/stop/": "POST /uploads/{upload_id}/stop",
    "uploads/<int:upload_id>/go-on/": "POST /uploads/{upload_id}/go-on",
    "health/versions/look/": "POST /versions/look",
    "health/versions/subscribe/": ("POST /versions/calendar", "DELETE /versions/calendar"),
    "health/quarterly/": "POST /quarterly",
    "notices/<int:notice_id>/acknowledge/": "POST /notices/{notice_id}/ack",
    "notices/<int:notice_id>/snooze/": "POST /notices/{notice_id}/snooze",
    "settings/notices/": "POST /notices/channels",
    "settings/notices/<int:channel_id>/": "PATCH /notices/channels/{channel_id}",
    "settings/notices/<int:channel_id>/test/": "POST /notices/channels/{channel_id}/test",
    "settings/notices/<int:channel_id>/first/": "PATCH /notices/channels/{channel_id}",
    "settings/notices/<int:channel_id>/remove/": "DELETE /notices/channels/{channel_id}",
    "settings/facts/new/": "PUT /facts/{name}",
    "settings/facts/<slug:fact>/": "PUT /facts/{name}",
    "settings/facts/<slug:fact>/remove/": "DELETE /facts/{name}",
    "settings/me/": "A password, and how pages look to one person: " + PERSON,
    "settings/me/away/": ("POST /away", "DELETE /away"),
    "settings/confirm/": PERSON,
    "settings/sign-in/codes/": PERSON,
    "settings/sign-in/codes/off/": PERSON,
    "settings/sign-in/recovery/": PERSON,
    "settings/sign-in/passkeys/": PERSON,
    "settings/sign-in/passkeys/options/": PERSON,
    "settings/sign-in/passkeys/<int:passkey_id>/remove/": PERSON,
    "settings/sessions/end/": "POST /people/{person_id}/sign-out",
    "settings/sessions/<int:session_id>/end/": "DELETE /sessions/{session_id}",
    "settings/people/invite/": "POST /invitations",
    "settings/people/rules/": "PUT /rules",
    "settings/people/invitations/<int:invitation_id>/again/": "POST /invitations",
    "settings/people/invitations/<int:invitation_id>/withdraw/": "DELETE /invitations/{email}",
    "settings/people/<int:person_id>/": "PATCH /people/{person_id}",
    "settings/people/<int:person_id>/link/": LETS_IN,
    "settings/people/<int:person_id>/sign-out/": "POST /people/{person_id}/sign-out",
    "settings/people/<int:person_id>/second-step/reset/": "POST /people/{person_id}/second-step/reset",
    "settings/people/<int:person_id>/sessions/<int:session_id>/end/": "DELETE /sessions/{session_id}",
    "settings/people/<int:person_id>/remove/": "DELETE /people/{person_id}",
    "settings/tokens/new/": MORE_RIGHTS,
    "settings/tokens/<int:token_id>/revoke/": "DELETE /tokens/{token_id}",
    "settings/hooks/new/": "POST /hooks",
    "settings/hooks/<int:hook_id>/test/": "POST /hooks/{hook_id}/test",
    "settings/hooks/<int:hook_id>/remove/": "DELETE /hooks/{hook_id}",
    "settings/hooks/told/<int:message_id>/again/": "POST /hooks/messages/{message_id}/again",
    "settings/backups/": "POST /backups",
    "settings/audit/": "GET /audit/state",
}  # fmt: skip


def takes_a_post(view: Callable[..., Any]) -> bool:
    """Say whether a view, or what of the pages it hands its request to, looks at a POST."""
    pending, looked_at = [inspect.unwrap(view)], set()
    while pending:
        one = pending.pop()
        if one in looked_at:
            continue
        looked_at.add(one)
        tree = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        for node in (inner for part in tree.body for inner in ast.walk(part)):
            if isinstance(node, ast.Attribute) and node.attr == "POST":
                return True
            if isinstance(node, ast.Constant) and node.value == "POST":
                return True
            if isinstance(node, ast.Call):
                pending.extend(_given_the_request(node, one))
    return False


def _given_the_request(call: ast.Call, by: Any) -> Iterator[Any]:
    if not any(isinstance(given, ast.Name) and given.id == "request" for given in call.args):
        return
    called = _named(call.func, by.__globals__)
    if inspect.isfunction(called) and called.__module__.startswith("signoff.web."):
        yield inspect.unwrap(called)


def _named(node: ast.expr, there: dict[str, Any]) -> Any:
    """Return what a name, or a dotted one, stands for in a module; None for what is made on the way."""
    if isinstance(node, ast.Attribute):
        return getattr(_named(node.value, there), node.attr, None)
    return there.get(node.id) if isinstance(node, ast.Name) else None


def routes() -> list[str]:
    return [
        str(one.pattern) for one in urlpatterns if isinstance(one, URLPattern) and takes_a_post(one.callback)
    ]


def test_each_action_of_a_page_names_its_call_or_why_it_has_none():
    found = routes()

    assert len(found) > 90, "the look at the pages finds nothing any more"
    assert set(found) - set(ACTIONS) == set(), "give each a call of the REST API, or say why it has none"
    assert set(ACTIONS) - set(found) == set(), "these pages take no POST (any more)"


def test_each_call_that_is_named_is_there():
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    there = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, calls in paths.items()
        for method in calls
    }

    named = {one for said in ACTIONS.values() for one in ((said,) if isinstance(said, str) else said)}
    calls = {one for one in named if one.split(" ")[0] in ("GET", "POST", "PUT", "PATCH", "DELETE")}
    assert calls - there == set()
    assert len(named - calls) < 6, "a reason is said once, for all that have it"


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("history/deliveries/<int:delivery_id>/settle/", True),  # looks itself
        ("integrations/drafts/<int:draft_id>/", True),  # hands it to a helper
        ("history/<int:run_id>/", False),
        ("recipes/", False),
    ],
)
def test_it_knows_who_takes_a_post(view, expected):
    (callback,) = (one.callback for one in urlpatterns if str(one.pattern) == view)

    assert takes_a_post(callback) is expected
