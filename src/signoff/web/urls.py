"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path

from signoff.web import connections, entrance, health, history, home, integrations, review, settings

urlpatterns = [
    path("", home.home),
    path("more/", home.more),
    path("setup/", entrance.set_up),
    path("sign-in/", entrance.sign_in),
    path("sign-in/link/<str:text>/", entrance.by_link),
    path("sign-out/", entrance.sign_out),
    path("review/", review.inbox),
    path("review/count/", review.count),
    path("review/toast/", review.toast),
    path("review/<int:review_id>/", review.one),
    path("review/<int:review_id>/approve/", review.decide, {"verdict": "approved"}),
    path("review/<int:review_id>/edit/", review.decide, {"verdict": "edited"}),
    path("review/<int:review_id>/reject/", review.decide, {"verdict": "rejected"}),
    path("review/<int:review_id>/undo/", review.undo),
    path("integrations/", integrations.listing),
    path("integrations/<slug:name>/", integrations.one),
    path("integrations/<slug:name>/switch/", integrations.switch),
    path("integrations/<slug:name>/secret/", integrations.new_secret),
    path("connections/", connections.listing),
    path("connections/new/", connections.choose),
    path("connections/new/<slug:app>/", connections.new),
    path("connections/callback/", connections.callback),
    path("connections/<int:connection_id>/", connections.one),
    path("connections/<int:connection_id>/check/", connections.check),
    path("connections/<int:connection_id>/disconnect/", connections.disconnect),
    path("history/", history.listing),
    path("history/<int:run_id>/", history.one),
    path("history/<int:run_id>/prompt/", history.prompt),
    path("history/<int:run_id>/again/", history.again),
    path("history/<int:run_id>/resume/", history.resume),
    path("history/deliveries/<int:delivery_id>/settle/", history.settle),
    path("health/", health.health),
    path("settings/me/", settings.me),
    path("settings/people/", settings.people),
    path("settings/people/<int:person_id>/link/", settings.person_link),
    path("settings/people/<int:person_id>/access/", settings.person_switch),
    path("settings/audit/", settings.audit),
]
