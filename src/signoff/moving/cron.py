"""Turns the times of other tools into the five fields of a schedule."""

from __future__ import annotations

import re
from typing import Any

from signoff.integrations.schedule import is_schedule

WEEKDAYS = {"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6}


def from_rule(rule: Any) -> str:
    """Return the schedule of n8n's Schedule Trigger, "" for none that can be said: the first of its intervals."""
    intervals = rule.get("interval") if isinstance(rule, dict) else None
    one = (
        intervals[0] if isinstance(intervals, list) and intervals and isinstance(intervals[0], dict) else None
    )
    if one is None:
        return ""
    hour, minute = _number(one.get("triggerAtHour"), 0), _number(one.get("triggerAtMinute"), 0)
    match one.get("field") or "days":
        case "cronExpression":
            return five(one.get("expression"))
        case "seconds":
            return "* * * * *"
        case "minutes":
            return five(f"*/{_number(one.get('minutesInterval'), 5)} * * * *")
        case "hours":
            return five(f"{minute} */{_number(one.get('hoursInterval'), 1)} * * *")
        case "weeks":
            return five(f"{minute} {hour} * * {_days(one.get('triggerAtDay'))}")
        case "months":
            return five(f"{minute} {hour} {_number(one.get('triggerAtDayOfMonth'), 1)} * *")
        case _:
            every = _number(one.get("daysInterval"), 1)
            return five(f"{minute} {hour} {'*' if every == 1 else f'*/{every}'} * *")


def from_times(times: Any) -> str:
    """Return the schedule of n8n's older Cron node, or of how often a trigger looks; "" for none."""
    items = times.get("item") if isinstance(times, dict) else None
    one = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else None
    if one is None:
        return ""
    hour, minute = _number(one.get("hour"), 14), _number(one.get("minute"), 0)
    match one.get("mode") or "everyDay":
        case "everyMinute":
            return "* * * * *"
        case "everyHour":
            return five(f"{minute} * * * *")
        case "everyWeek":
            return five(f"{minute} {hour} * * {_number(one.get('weekday'), 1)}")
        case "everyMonth":
            return five(f"{minute} {hour} {_number(one.get('dayOfMonth'), 1)} * *")
        case "everyX":
            every, unit = _number(one.get("value"), 1), one.get("unit")
            return five(f"*/{every} * * * *" if unit == "minutes" else f"{minute} */{every} * * *")
        case "custom":
            return five(one.get("cronExpression"))
        case _:
            return five(f"{minute} {hour} * * *")


def from_scheduling(told: Any) -> str:
    """Return the schedule of a Make scenario, "" where it runs at once or every few minutes."""
    if not isinstance(told, dict):
        return ""
    hour, minute = _clock(told.get("time"))
    match told.get("type"):
        case "daily":
            return five(f"{minute} {hour} * * *")
        case "weekly":
            return five(f"{minute} {hour} * * {_days(told.get('days'))}")
        case "monthly":
            return five(f"{minute} {hour} {_days(told.get('dates'))} * *")
        case "indefinitely":
            minutes = _number(told.get("interval"), 900) // 60
            if minutes >= 1440:
                return "0 9 * * *"
            return five(f"0 */{minutes // 60} * * *") if minutes >= 60 else ""
    return ""


def five(text: Any) -> str:
    """Return a cron expression with five fields, "" for one that a schedule here cannot say; seconds are left out."""
    words = str(text or "").replace("?", "*").split()
    found = " ".join(words[1:] if len(words) == 6 else words)
    return found if is_schedule(found) else ""


def _days(told: Any) -> str:
    """Return days of a week or a month as cron lists them; the first where none is told."""
    return ",".join(str(_number(day, 1)) for day in told) if isinstance(told, list) and told else "1"


def _number(value: Any, otherwise: int) -> int:
    if isinstance(value, str) and value.lower() in WEEKDAYS:
        return WEEKDAYS[value.lower()]
    return int(value) if re.fullmatch(r"[0-9]{1,7}", str(value)) else otherwise


def _clock(value: Any) -> tuple[int, int]:
    found = re.match(r"([0-9]{1,2}):([0-9]{2})", str(value or ""))
    return (int(found[1]), int(found[2])) if found else (9, 0)
