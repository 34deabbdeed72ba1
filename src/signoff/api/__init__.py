"""The REST API and the intake of webhooks."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType


def _load_ninja() -> None:
    """
    Load Django Ninja without what most installations never need, 4 MB.

    It asks for one signal that stands beside Django's tools for tests, and so would bring these along; and each of some
    four hundred shapes would be built for callers who may never come. They are built when one is first asked for.
    """
    import django

    tools, without = "django.test", ModuleType("django.test")
    without.__path__ = [str(Path(django.__file__).with_name("test"))]
    is_ours = sys.modules.setdefault(tools, without) is without
    from ninja import Schema

    if is_ours:
        del sys.modules[tools]
    Schema.model_config["defer_build"] = True


_load_ninja()
