"""`/healthz`: the process lives. `/readyz`: the database, the engine and the key are there."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from signoff.vault.keys import KeyTrouble
from signoff.vault.rotate import census


def healthz(request: HttpRequest) -> HttpResponse:  # Django hands it over
    """Say that this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:  # Django hands it over
    """Say for each part whether it is ready; 503 when one is not."""
    parts = {"database": False, "engine": False, "key": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '20 s'"
            )
            row = cursor.fetchone()
            parts["database"] = True
            parts["engine"] = bool(row and row[0])
    except DatabaseError:
        connection.close()
    try:
        parts["key"] = not census().is_foreign
    except (KeyTrouble, DatabaseError):
        pass
    ready = all(parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)
