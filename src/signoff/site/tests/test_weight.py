"""What the pages' process must not carry along for callers who may never come."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("grammar", ["lark", "rfc3987_syntax"])
def test_the_addresses_of_the_pages_load_no_grammar(grammar, tmp_path):
    asked = "import django, sys; django.setup(); import signoff.site.urls; print(sys.argv[1] in sys.modules)"
    names = {"DJANGO_SETTINGS_MODULE": "signoff.site.settings", "SIGNOFF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", asked, grammar], env={**os.environ, **names}, capture_output=True, text=True
    )

    assert done.stdout == "False\n", done.stderr
