"""The addresses: pages, and beside them what programs use."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("signoff.web.urls")),
]

handler400 = "signoff.web.errors.bad_request"
handler403 = "signoff.web.errors.forbidden"
handler404 = "signoff.web.errors.not_found"
handler500 = "signoff.web.errors.broken"
