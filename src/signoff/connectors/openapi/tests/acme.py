"""A small document of our own, to be bent by tests: `document(change)` gives its bytes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

TASK = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "title": {"type": "string", "maxLength": 80},
        "priority": {"type": "string", "enum": ["low", "high"]},
        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
        "done": {"type": "boolean"},
        "external_id": {"type": "string"},
        "assignee": {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}},
        "labels": {"type": "array", "items": {"type": "string", "enum": ["red", "blue"]}},
        "parent": {"$ref": "#/components/schemas/Task"},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Acme Tasks", "version": "7"},
    "servers": [{"url": "https://api.acme-tasks.com/v7"}],
    "components": {
        "schemas": {"Task": TASK},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
    "security": [{"token": []}],
    "paths": {
        "/me": {
            "get": {
                "operationId": "me",
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
                                }
                            }
                        }
                    }
                },
            }
        },
        "/tasks": {
            "get": {
                "operationId": "listTasks",
                "summary": "List tasks",
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "per_page", "in": "query", "schema": {"type": "integer"}},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}
                            }
                        }
                    }
                },
            },
            "post": {
                "operationId": "createTask",
                "summary": "Create a task",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
                },
                "responses": {
                    "201": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
                    }
                },
            },
        },
        "/tasks/{task_id}": {
            "parameters": [{"name": "task_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getTask",
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
                    }
                },
            },
            "patch": {
                "operationId": "changeTask",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
                },
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
                    }
                },
            },
        },
    },
}


def document(change: Callable[[dict[str, Any]], object] | None = None) -> bytes:
    """Return the document's bytes, after a change."""
    tree = copy.deepcopy(DOCUMENT)
    if change is not None:
        change(tree)
    return json.dumps(tree).encode()
