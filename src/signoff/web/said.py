"""One sentence from a view to the next page: "Saved."."""

from __future__ import annotations

from django.http import HttpRequest

KEY = "said"


def say(request: HttpRequest, sentence: object) -> None:
    """Keep a sentence for the next page that this person opens."""
    request.session[KEY] = str(sentence)


def hear(request: HttpRequest) -> str:
    """Return the sentence, once."""
    return str(request.session.pop(KEY, "")) if KEY in request.session else ""
