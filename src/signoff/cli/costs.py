"""`signoff cost`: what the AI has cost, and what it will."""

from __future__ import annotations

import click

from signoff.cli.start import answer, django
from signoff.core.counting import counted


@click.command("cost")
@click.argument("name", default="")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
@click.option("--json", "as_json", is_flag=True)
def cost_command(name: str, days: int, as_json: bool) -> None:
    """Say what the AI has cost, of all integrations or of one, and what a record and a month cost."""
    django()
    from signoff.core.money import dollars
    from signoff.integrations.models import Integration
    from signoff.runs.spending import estimate, spending

    integration = Integration.objects.filter(name=name).first() if name else None
    if name and integration is None:
        raise click.ClickException(f"There is no integration {name}.")
    found = spending(integration, days)
    shown = [integration] if integration else list(Integration.objects.select_related("current"))
    expected = {one.name: guess for one in shown if (guess := estimate(one)) is not None}
    total = found.total
    lines = [
        f"{found.since:%d %b} to {found.until:%d %b %Y}: {dollars(total.cost_micros)} for "
        f"{counted(total.drafts, 'draft')}, {dollars(total.each_micros)} each. "
        f"Caches of the providers saved {dollars(total.saved_micros)}.",
        "",
    ]
    for day, one in found.by_day.items():
        if one.answers:
            lines.append(f"{day:%a %d %b}  {dollars(one.cost_micros):>12}  {counted(one.drafts, 'draft')}")
    for row in shown:
        guess = expected.get(row.name)
        spent = found.by_integration.get(row.name)
        lines.append(f"\n{row.name}: {dollars(spent.cost_micros if spent else 0)}")
        if guess is not None and not guess.is_priced:
            lines.append(f"  No list price is known for {guess.model}; it counts as nothing.")
        elif guess is not None:
            how = (
                f"measured on {counted(guess.drafts, 'draft')}"
                if guess.measured
                else "worked out from the prompt"
            )
            month = "" if guess.month_micros is None else (
                f", {dollars(guess.month_micros)} a month at the present {counted(guess.a_month or 0, 'record')}"
            )  # fmt: skip
            lines.append(f"  About {dollars(guess.each_micros)} a record ({how}){month}.")
    built = found.by_integration.get(None)
    if built is not None:
        lines.append(f"\nTried while it was being built: {dollars(built.cost_micros)}")
    document = found.as_document() | {
        "expected": {key: guess.as_document() for key, guess in expected.items()}
    }
    answer(document, as_json, "\n".join(lines).rstrip())
