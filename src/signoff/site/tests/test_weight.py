"""What the processes of the pages and of the work must not carry along for callers who may never come."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PAGES, TOOLS = "signoff.site.urls", "signoff.connectors.mcp.schemas"


@pytest.mark.parametrize("grammar", ["lark", "rfc3987_syntax"])
@pytest.mark.parametrize("room", [PAGES, TOOLS])
def test_neither_the_pages_nor_the_tools_of_a_server_load_a_grammar(room, grammar, tmp_path):
    asked = f"import django, sys; django.setup(); import {room}; print(sys.argv[1] in sys.modules)"
    names = {"DJANGO_SETTINGS_MODULE": "signoff.site.settings", "SIGNOFF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", asked, grammar], env={**os.environ, **names}, capture_output=True, text=True
    )

    assert done.stdout == "False\n", done.stderr
