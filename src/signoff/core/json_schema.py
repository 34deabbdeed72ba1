"""
The library `jsonschema`, without its weight.

When it is imported, it imports `rfc3987_syntax` (for the format "iri") and `isoduration` (for "duration"). The first
builds a grammar on the way: 0.8 of the 1.0 seconds that all of it takes and 19 MB, while `signoff judge` has half a
second. Both are hidden during that one import. Whoever checks those formats does it by themselves (`outputs.formats`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

_HEAVY = ("rfc3987_syntax", "isoduration")

if TYPE_CHECKING:
    import jsonschema
else:
    _hidden = [name for name in _HEAVY if "jsonschema" not in sys.modules and name not in sys.modules]
    for _name in _hidden:
        sys.modules[_name] = None  # an import of it now raises ImportError, which jsonschema expects
    try:
        import jsonschema
        import jsonschema.validators
    finally:
        for _name in _hidden:
            del sys.modules[_name]

__all__ = ["jsonschema"]
