"""
Public holidays of the owner's country, on which nobody is missed.

Worked out by `holidays` in a process of its own that ends at once: in ours it would hold 20 MB for ten dates a year.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

import structlog

log = structlog.get_logger()

WITHIN_SECONDS = 30
NONE = frozenset[date]()
PROGRAM = """
import json, sys, holidays
country, _, region = sys.argv[1].partition("-")
years = [int(year) for year in sys.argv[2:]]
print(json.dumps([day.isoformat() for day in holidays.country_holidays(country, subdiv=region or None, years=years)]))
"""


def country() -> str:
    """
    Return the owner's country, "DE" or with a region "DE-BY", "" where nobody knows.

    `SIGNOFF_COUNTRY`; else the country in which the time zone's city lies, by the table that comes with time zones.
    """
    given = os.environ.get("SIGNOFF_COUNTRY", "").strip().upper()
    return given if given else _country_of(os.environ.get("TZ", ""))


@lru_cache(maxsize=8)
def of_country(code: str, years: Iterable[int]) -> frozenset[date]:
    """Return the public holidays of a country; none where the country is not known."""
    if not code or code == "NONE":
        return NONE
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, code, *map(str, years)],
            capture_output=True,
            timeout=WITHIN_SECONDS,
            check=True,
        )
        return frozenset(map(date.fromisoformat, json.loads(done.stdout)))
    except (OSError, subprocess.SubprocessError, ValueError):
        log.warning(
            "the public holidays of this country are not known; it is watched as on any day", country=code
        )
        return NONE


@lru_cache(maxsize=4)
def _country_of(zone: str) -> str:
    if not zone:
        return ""
    for folder in zoneinfo.TZPATH:
        table = Path(folder) / "zone.tab"
        if table.exists():
            for line in table.read_text().splitlines():
                code, *rest = line.split("\t")
                if len(rest) > 1 and rest[1] == zone and not code.startswith("#"):
                    return code
    return ""
