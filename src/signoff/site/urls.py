"""The addresses: pages, and beside them what programs use."""

from __future__ import annotations

from django.urls import include, path

from signoff.api.health import healthz, readyz
from signoff.api.intake import intake, told
from signoff.api.mcp import mcp
from signoff.api.metrics import metrics
from signoff.api.v1 import anything_else, api

urlpatterns = [
    path("in/<str:key>", intake),
    path("in/app/<slug:app>", told),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("mcp", mcp),
    path("api/v1/", anything_else),
    path("api/v1/", api.urls),
    path("api/", anything_else),
    path("api/<path:path>", anything_else),
    path("", include("signoff.web.urls")),
]

handler400 = "signoff.web.errors.bad_request"
handler403 = "signoff.web.errors.forbidden"
handler404 = "signoff.web.errors.not_found"
handler500 = "signoff.web.errors.broken"
