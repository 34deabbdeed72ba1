"""An OpenAPI document as a practice server needs it; shares no code with what reads such documents in the product."""

from __future__ import annotations

import json
import lzma
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

Json = dict[str, Any]
LIST_KEYS = ("messages", "entries", "data", "items", "results", "records", "value", "values")


@dataclass(frozen=True)
class Op:
    """One operation; `pattern` finds the parameters in a path."""

    method: str
    template: str
    pattern: re.Pattern[str]
    node: Json
    shared: Json


class Document:
    """A document from a file: JSON or YAML, plain or packed (.xz)."""

    def __init__(self, raw: bytes) -> None:
        try:
            self.tree: Json = json.loads(raw)
        except ValueError:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            # Dates would be no JSON, and statuses no texts.
            self.tree = json.loads(json.dumps(yaml.load(raw, loader), default=str))  # noqa: S506
        self.is_swagger = "swagger" in self.tree
        self.is_new = str(self.tree.get("openapi", "")).startswith("3.1")
        self.ops = sorted(self._all(), key=lambda op: op.template.count("{"))

    @classmethod
    def of_file(cls, path: Path) -> Document:
        raw = path.read_bytes()
        return cls(lzma.decompress(raw) if path.suffix == ".xz" else raw)

    @property
    def base_path(self) -> str:
        """Return the path that stands before all paths, by the first server that is named."""
        if self.is_swagger:
            return str(self.tree.get("basePath") or "").rstrip("/")
        servers = self.tree.get("servers") or [{"url": "/"}]
        url = re.sub(r"^[a-z]+://[^/]+", "", str(servers[0]["url"]))
        return url.rstrip("/")

    def _all(self) -> list[Op]:
        found = []
        for template, shared in self.tree["paths"].items():
            whole = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
            pattern = re.compile(re.sub(r"\{([^}]+)\}", lambda m: f"(?P<{_group(m[1])}>[^/]+)", whole))
            for method in ("get", "post", "put", "patch", "delete"):
                if method in shared:
                    found.append(Op(method, template, pattern, shared[method], shared))
        return found

    def find(self, method: str, path: str) -> tuple[Op, Json] | None:
        """Return the operation for a request and the parameters in its path."""
        for op in self.ops:
            match = op.pattern.fullmatch(path)
            if op.method == method.lower() and match:
                return op, match.groupdict()
        return None

    def at(self, node: Any) -> Any:
        """Return what a node refers to."""
        while isinstance(node, dict) and "$ref" in node and isinstance(node["$ref"], str):
            found: Any = self.tree
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def parameters(self, op: Op) -> list[Json]:
        return [self.at(p) for p in (*op.node.get("parameters", ()), *op.shared.get("parameters", ()))]

    def answer_schema(self, op: Op) -> Any:
        """Return the schema of a good answer, None where there is none."""
        for code, told in op.node.get("responses", {}).items():
            if not str(code).startswith("2"):
                continue
            told = self.at(told)
            if "schema" in told:
                return told["schema"]
            for kind, media in told.get("content", {}).items():
                if "json" in kind:
                    return media.get("schema")
        return None

    def status(self, op: Op) -> int:
        codes = [int(c) for c in op.node.get("responses", {}) if str(c).isdigit() and str(c).startswith("2")]
        return codes[0] if codes else 200

    def declares_header(self, op: Op, name: str) -> bool:
        told = [self.at(r).get("headers", {}) for r in op.node.get("responses", {}).values()]
        return any(name in {key.lower() for key in headers} for headers in told)

    def body_schema(self, op: Op) -> tuple[str, Any] | None:
        """Return how the body comes ("json" or "form") and its schema."""
        if self.is_swagger:
            body = next((p for p in self.parameters(op) if p["in"] == "body"), None)
            if body is not None:
                return "json", body["schema"]
            fields = [p for p in self.parameters(op) if p["in"] == "formData"]
            return ("form", {"properties": {p["name"]: p for p in fields}}) if fields else None
        content = self.at(op.node.get("requestBody", {})).get("content", {})
        for word in ("json", "urlencoded"):
            for kind, media in content.items():
                if word in kind:
                    return ("json" if word == "json" else "form"), media.get("schema", {})
        return None

    def fault(self, schema: Any, value: Any) -> str:
        """Return what is wrong with a value by its schema, "" where nothing is; the library judges, not we."""
        kind = jsonschema.Draft202012Validator if self.is_new else jsonschema.Draft4Validator
        validator = kind({**self.tree, "practice": schema, "$ref": "#/practice"})
        error = next(iter(validator.iter_errors(value)), None)
        return "" if error is None else f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    def list_in(self, schema: Any) -> tuple[tuple[str, ...], Any] | None:
        """Return where the list of objects lies in an answer and what it holds; None for an answer without one."""
        whole = self.flat(schema)
        if _is(whole, "array"):
            return (), whole.get("items", {})
        found = []
        for key, told in whole.get("properties", {}).items():
            inner = self.flat(told)
            if _is(inner, "array") and self.flat(inner.get("items", {})).get("properties"):
                found.append(((key,), inner["items"]))
        found.sort(key=lambda one: one[0][0] not in LIST_KEYS)
        return found[0] if found and "id" not in whole.get("properties", {}) else None

    def flat(self, schema: Any, depth: int = 0) -> Json:
        """Return a schema with its references and its `allOf` in one; of alternatives the first that is not null."""
        node = self.at(schema)
        if not isinstance(node, dict) or depth > 6:
            return {}
        whole = {k: v for k, v in node.items() if k not in ("allOf", "oneOf", "anyOf")}
        parts = list(node.get("allOf", ()))
        for word in ("oneOf", "anyOf"):
            options = [o for o in node.get(word, ()) if self.at(o).get("type") != "null"]
            parts += options[:1]
        for part in parts:
            told = self.flat(part, depth + 1)
            properties = {**told.get("properties", {}), **whole.get("properties", {})}
            required = [*whole.get("required", ()), *told.get("required", ())]
            whole = {**told, **whole}
            if properties:
                whole["properties"] = properties
            if required:
                whole["required"] = required
        return whole


def _is(schema: Json, kind: str) -> bool:
    told = schema.get("type")
    return kind in told if isinstance(told, list) else told == kind


def _group(name: str) -> str:
    return re.sub(r"\W", "_", name)
