"""What the processes of the pages and of the work must not carry along for callers who may never come."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGES, TOOLS = "signoff.site.urls", "signoff.connectors.mcp.schemas"


def told(asked: str, tmp_path: Path) -> str:
    """Return what a new process prints that has loaded Django."""
    names = {"DJANGO_SETTINGS_MODULE": "signoff.site.settings", "SIGNOFF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", f"import django, sys; django.setup(); {asked}"],
        env={**os.environ, **names}, capture_output=True, text=True,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("grammar", ["lark", "rfc3987_syntax"])
@pytest.mark.parametrize("room", [PAGES, TOOLS])
def test_neither_the_pages_nor_the_tools_of_a_server_load_a_grammar(room, grammar, tmp_path):
    assert told(f"import {room}; print('{grammar}' in sys.modules)", tmp_path) == "False"


@pytest.mark.parametrize("tool", ["django.test.client", "unittest"])
def test_the_pages_load_no_tools_for_tests(tool, tmp_path):
    assert told(f"import {PAGES}; print('{tool}' in sys.modules)", tmp_path) == "False"


def test_whoever_wants_the_tools_for_tests_still_gets_them(tmp_path):
    asked = f"import {PAGES}; from django.test import Client; print(Client.__name__)"

    assert told(asked, tmp_path) == "Client"


def test_the_shapes_of_the_api_are_built_when_they_are_asked_for(tmp_path):
    looked = f"import {PAGES}; from signoff.api.runs import RunOut as out; print(out.__pydantic_complete__)"
    asked = "out.model_json_schema(); print(out.__pydantic_complete__)"

    assert told(f"{looked}; {asked}", tmp_path).split() == ["False", "True"]
