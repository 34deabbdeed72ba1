"""Reads who decides, and how many records are expected, out of the form of the builder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from signoff.integrations.record_part import EXPECTED
from signoff.integrations.review_part import BY_MAIL
from signoff.web.fields_form import line, put

Data = dict[str, Any]
AS_WRITTEN = "as written"  # what only a file can say, or says wrong
DEFAULT_AUDIT = "10%"


def read_review(post: QueryDict, before: Any) -> Any:
    """Return `review` as the form has it; what stands in no control stays as it was, down to how it is written."""
    if "reviewed" not in post:
        return before if before is not None else {}
    if post["reviewed"] == "none":
        return "none"
    review = dict(before) if isinstance(before, Mapping) else {}
    put(review, "by", [group.strip() for group in line(post, "by").split(",") if group.strip()])
    teller, place = post.get("ask_by", ""), line(post, "ask_in")
    by_mail = teller == BY_MAIL
    put(review, "ask", BY_MAIL if by_mail else f"{teller}.{place}" if teller and place else "")
    _autopilot(post, review)
    for name in ("assign", "due_in"):
        if name in post:
            put(review, name, post[name])
    if "four_eyes_shown" in post and ("four_eyes" in post) != is_yes(review.get("four_eyes")):
        put(review, "four_eyes", True if "four_eyes" in post else None)
    if "planted" in post and post["planted"] != share_of(review.get("planted")):
        put(review, "planted", post["planted"])
    return review


def read_expected(post: QueryDict, record: Data) -> None:
    """Put how many records should come at least into `record`, where the form says so."""
    per = post.get("expect_per")
    if per is None or per == AS_WRITTEN:
        return
    if per in ("", "off"):
        was_off = record.get("expect") in (False, "off")
        if not (per == "off" and was_off):
            put(record, "expect", per)
        return
    count = line(post, "expect_count").replace(",", "")
    before = EXPECTED.fullmatch(" ".join(str(record.get("expect") or "").lower().split()))
    if before and before.groups() == (count, per):
        return  # "5 per day" stays as it is written
    put(record, "expect", f"{count} {'an' if per == 'hour' else 'a'} {per}".strip())


def is_yes(value: Any) -> bool:
    """Say whether a file says yes: as a word, or as YAML has it."""
    return value is True or (isinstance(value, str) and value.strip().lower() in ("yes", "true"))


def share_of(value: Any) -> str:
    """Return a share as it is written, "" for none."""
    return "" if value in (None, False, 0, "off", "") else str(value)


def _autopilot(post: QueryDict, review: Data) -> None:
    below, was = post.get("autopilot", ""), review.get("autopilot")
    if not below:
        if isinstance(was, Mapping):
            review.pop("autopilot")
        return
    kept = dict(was) if isinstance(was, Mapping) else {}
    if str(kept.get("error_below")) != below:
        kept["error_below"] = below
        kept.setdefault("audit", DEFAULT_AUDIT)
    audit = post.get("audit", "")
    if audit and str(kept.get("audit", DEFAULT_AUDIT)) != audit:
        kept["audit"] = audit
    review["autopilot"] = kept
