"""
`signoff judge`: does an answer fit its contract? Pure: no Django, no database, and half a second at most.

Both forms return what INTERFACE promises: `{"accepted", "value", "repaired", "faults": [{"field", "what",
"expected"}]}`. The value of a faulty answer is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from signoff.outputs.faults import ContractFault

if TYPE_CHECKING:
    from signoff.outputs.contract import Contract

MOST_CONTRACTS_KEPT = 256


def judge_one(contract_text: str, answer_text: str | bytes) -> dict[str, Any]:
    """
    Return the verdict on one answer. The contract is an `answer:` block or a JSON Schema, in YAML or JSON.

    Raises `ContractFault` for a contract that is wrong.
    """
    from signoff.outputs.contract import Contract

    return _verdict(Contract.load(contract_text), answer_text)


def judge_batch(lines: Iterable[str | bytes]) -> Iterator[str]:
    """
    Yield one line of JSON for each line of JSON, `{"id", "contract", "answer"}`, in order.

    A contract is an object (or true, false), or a text as in `judge_one`. A line that cannot be judged gives
    `{"id", "error"}` and the rest goes on.
    """
    contracts: dict[str, Contract | ContractFault] = {}
    for line in lines:
        if line.strip():
            yield json.dumps(_judged(line, contracts))


def _judged(line: str | bytes, contracts: dict[str, Contract | ContractFault]) -> dict[str, Any]:
    given: Any = None
    try:
        given = json.loads(line)
        if not isinstance(given, dict) or "contract" not in given or not isinstance(given.get("answer"), str):
            raise ValueError("a line is an object with id, contract and answer, and the answer is a text")
        return {"id": given.get("id"), **_verdict(_contract(given["contract"], contracts), given["answer"])}
    except (ValueError, RecursionError) as wrong:
        identity = given.get("id") if isinstance(given, dict) else None
        return {"id": identity, "error": str(wrong) or "nested too deep"}


def _contract(given: Any, contracts: dict[str, Contract | ContractFault]) -> Contract:
    """Return the contract of a line; each is made once, however many answers are held to it."""
    from signoff.outputs.contract import Contract

    key = given if isinstance(given, str) else json.dumps(given)
    if key not in contracts:
        if len(contracts) >= MOST_CONTRACTS_KEPT:
            contracts.clear()
        try:
            contracts[key] = Contract.load(given) if isinstance(given, str) else Contract.of(given)
        except ContractFault as wrong:
            contracts[key] = wrong
    found = contracts[key]
    if isinstance(found, ContractFault):
        raise ContractFault(found.problems)
    return found


def _verdict(contract: Contract, answer: str | bytes) -> dict[str, Any]:
    from signoff.outputs.faults import Fault
    from signoff.outputs.judge import Accepted, Faulty, judge

    verdict: Accepted | Faulty
    try:
        verdict = judge(contract, answer.decode("utf-8") if isinstance(answer, bytes) else answer)
    except UnicodeDecodeError:
        verdict = Faulty((Fault("", "is not UTF-8 text", "text in UTF-8"),))
    if isinstance(verdict, Accepted):
        return {"accepted": True, "value": verdict.value, "repaired": verdict.repaired, "faults": []}
    faults = [{"field": one.field, "what": one.what, "expected": one.expected} for one in verdict.faults]
    return {"accepted": False, "value": None, "repaired": False, "faults": faults}
