"""
Loads Django Ninja without what most installations never need, 4 MB.

It asks for one signal that stands beside Django's tools for tests, and so would bring these along; and each of some
three hundred shapes would be built for callers who may never come. They are built when one is first asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import django

_TOOLS = "django.test"


def _load() -> None:
    stand_in = ModuleType(_TOOLS)
    stand_in.__path__ = [str(Path(django.__file__).with_name("test"))]
    is_ours = sys.modules.setdefault(_TOOLS, stand_in) is stand_in
    try:
        import ninja  # noqa: F401  # only to be loaded now
    finally:
        if is_ours:
            sys.modules.pop(_TOOLS, None)


_load()

from ninja import Schema  # noqa: E402  # after it was loaded our way

Schema.model_config["defer_build"] = True
