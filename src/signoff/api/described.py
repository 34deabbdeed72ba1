"""The description of the API: OpenAPI 3.1, with the problem document that every call may answer."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What was wrong with a request (RFC 9457). `detail` says what to do about it.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["what"],
                "properties": {
                    "where": {"type": "string"},
                    "what": {"type": "string"},
                    "file": {"type": "string"},
                    "line": {"type": "integer"},
                    "expected": {"type": "string"},
                },
            },
        },
    },
}
REFUSED = {
    "4XX": "The request was refused; nothing was done.",
    "5XX": "It could not be done; try again later.",
}


class DescribedAPI(NinjaAPI):
    """A NinjaAPI that says what its calls answer when they do not go well."""

    def get_openapi_schema(self, **choices: Any) -> Any:
        schema = super().get_openapi_schema(**choices)
        schema["components"].setdefault("schemas", {})["Problem"] = PROBLEM
        for methods in schema["paths"].values():
            for call in methods.values():
                for statuses, words in REFUSED.items():
                    call["responses"].setdefault(statuses, _refused(words))
        return schema


def _refused(words: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": words, "content": content}
