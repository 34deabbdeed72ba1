"""A test in words for a terminal: what it will cost, how the candidates compare, and which one to take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from signoff.core.counting import counted
from signoff.core.money import dollars

if TYPE_CHECKING:
    from signoff.proving.expecting import Expected
    from signoff.proving.models import Proof
    from signoff.proving.prove import Outcome, Plan

MISTAKES_SHOWN = 3  # of each candidate; the page has all of them
PRICES_SHOWN = 5
LONGEST = 160
HEAD = ("", "cases", "errors", "unfit", "flagged", "wrong", "repeated", "close", "each", "seconds", "passes")


def beforehand(planned: Plan, told: Sequence[Expected], doubts: Sequence[str] = ()) -> str:
    """Return what a test will take: how many answers, and about what they cost; and what speaks against a model."""
    cases, answers = len(planned.cases), sum(one.answers for one in told)
    total = sum(one.cost_micros or 0 for one in told)
    unknown = [one.candidate["label"] for one in told if one.cost_micros is None]
    what = counted(cases, "test case")
    if len(told) > 1:
        what += f", {len(told)} candidates: {counted(answers, 'answer')}"
    if len(unknown) == len(told):
        price = "Nobody knows a list price for what they cost."
    else:
        known = sorted(
            (one.cost_micros, one.candidate["label"]) for one in told if one.cost_micros is not None
        )
        parts = [f"{label} {dollars(cost)}" for cost, label in known]
        apart = f" ({', '.join(parts)})" if len(told) > 1 else ""
        if len(parts) > PRICES_SHOWN:
            apart = f" (from {parts[0]} to {parts[-1]})"
        price = f"About {dollars(total)} by list prices{apart}."
        if unknown:
            price += f" No price is known for {', '.join(unknown)}."
    return "\n".join([f"{what}. {price} Nothing is sent.", *doubts])


def table(proof: Proof, found: Sequence[Outcome], best: Outcome | None, address: str) -> str:
    """Return the candidates side by side, what is wrong with them, and which one passes for the least money."""
    judged = bool(proof.fail_on)
    text = [*_columns(found, judged=judged), ""]
    for position, one in enumerate(found):
        text += _against(proof, position, one)
    if judged and len(found) > 1 and proof.state != proof.State.STOPPED:
        text += [_advice(proof, found, best), ""]
    text.append(f"Nothing was sent. Each case with its answers: {address}/integrations/"
                f"{proof.integration.name}/tests/{proof.pk}/")  # fmt: skip
    return "\n".join(text)


def _columns(found: Sequence[Outcome], *, judged: bool) -> list[str]:
    lines = [list(HEAD)]
    for one in found:
        f = one.figures
        near = "–" if f.closeness is None else f"{f.closeness:.0%}"
        share = f"{f.errors} ({f.errors / f.cases:.0%})" if f.cases else "–"
        each = "–" if not f.cases else dollars(f.each_micros) if f.has_price else "no price"
        lines.append(
            [one.candidate["label"], str(f.cases), share, str(f.unfit), str(f.flagged), str(f.wrong), str(f.repeated),
             near, each, f"{f.seconds:.1f}", "yes" if one.passes else "no"]
        )  # fmt: skip
    if not judged:  # then nothing is there to pass
        lines = [line[:-1] for line in lines]
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    text = []
    for first, *rest in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(widths[n]) for n, cell in enumerate(rest, start=1))]
        text.append("  ".join(cells).rstrip())
    return text


def _against(proof: Proof, position: int, one: Outcome) -> list[str]:
    """Return what speaks against a candidate: the conditions that hold, and its first mistakes."""
    from signoff.proving.telling import why

    label, figures, text = one.candidate["label"], one.figures, []
    if figures.errors or (one.failed_on and figures.cases):
        text.append(f"{label}: {figures.errors} of {figures.cases} should not go out.")
        if one.failed_on:
            holds = "holds" if len(one.failed_on) == 1 else "hold"
            text[0] += f" It does not pass: {' and '.join(one.failed_on)} {holds}."
    rows = list(proof.replays.filter(candidate=position).select_related("case").order_by("case_id"))
    wrong = [(row, said) for row in rows if row.is_error and (said := why(row))]
    text += [_short(f"  {row.case}: {'; '.join(said)}") for row, said in wrong[:MISTAKES_SHOWN]]
    if len(wrong) > MISTAKES_SHOWN:
        text.append(f"  and {len(wrong) - MISTAKES_SHOWN} more")
    if figures.failed:
        problems = dict.fromkeys(row.problem for row in rows if row.state == row.State.FAILED)
        text.append(f"{label}: {figures.failed} could not be asked. {' '.join(problems)}")
    return [*text, ""] if text else []


def _advice(proof: Proof, found: Sequence[Outcome], best: Outcome | None) -> str:
    """Return which candidate passes for the least money, how sure that is, and how it comes into force."""
    if best is None:
        return (
            "None passes. Allow some errors (--fail-on 'error>5%'), try other models, or make the task clearer: "
            f"signoff coach {proof.integration.name}"
        )
    from signoff.review.bound import upper_bound

    now = _in_force(proof)
    figures = best.figures
    price = f"{dollars(figures.each_micros)} an answer" if figures.has_price else "no price is known for it"
    text = [f"The cheapest that passes: {best.candidate['label']}, {price}."]
    own = next((one for one in found if now.items() <= one.candidate.items()), None)
    if own is best:
        text.append("It is what is in force.")
    elif own is not None and own.figures.has_price and own.figures.cases:
        text.append(f"What is in force ({own.candidate['label']}) costs {dollars(own.figures.each_micros)}.")
    worst = upper_bound(figures.cases, figures.errors)
    text.append(
        f"By {counted(figures.cases, 'case')} alone, up to {worst:.0%} of its answers may still be wrong."
    )
    if own is not best and best.candidate["version"] == now["version"]:
        text.append(
            f"To use it, write it as `model` into the file (signoff export {proof.integration.name}) and apply that; "
            "its drafts are measured anew."
        )
    return " ".join(text)


def _in_force(proof: Proof) -> dict[str, Any]:
    from signoff.proving.prove import as_it_is

    return as_it_is(proof.integration.current) if proof.integration.current else {"version": None}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
