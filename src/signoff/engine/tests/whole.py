"""A whole Signoff for tests that break it: the benchmark's house, loaded from its place in the checkout."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_path = Path(__file__).parents[4] / "bench" / "house.py"
_spec = importlib.util.spec_from_file_location("signoff_bench_house", _path)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules["signoff_bench_house"] = _module  # dataclasses look their module up by its name
_spec.loader.exec_module(_module)

House = _module.House
MAIL, NOTE, POLLED = _module.MAIL, _module.NOTE, _module.POLLED
house = _module.house
leads = _module.leads
post = _module.post
post_all = _module.post_all
