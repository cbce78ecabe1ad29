"""A second reckoning of an owner invoice, from the amounts on its lines alone (AIA G702 and G703)."""
from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)


def reckon(invoice: Any, before: Any, *, moves: bool) -> list[str]:
    """What is wrong with an owner invoice, given the one before it; empty when nothing is.

    moves  the contract moves stored materials into previous work
    """
    return [*_lines(invoice), *_cover(invoice, before), *_goes_on(invoice, before, moves)]


def _of(row: Any, name: str) -> Decimal:
    """A row of a markup has no materials, quantities or sources of its own on some endpoints; here all are shown."""
    return Decimal(row[name])


def _lines(invoice: Any) -> list[str]:
    bad = []
    for row in invoice["g703"]:
        total = sum((_of(row, name) for name in (
            "work_completed_from_previous_application", "work_completed_this_period", "materials_presently_stored")),
            ZERO)
        held = _of(row, "work_completed_retainage_from_previous_application") \
            + _of(row, "work_completed_retainage_retained_this_period") \
            - _of(row, "work_completed_retainage_released_this_period")
        stored = _of(row, "materials_stored_retainage_from_previous_application") \
            + _of(row, "materials_stored_retainage_retained_this_period") \
            - _of(row, "materials_stored_retainage_released_this_period")
        wanted = {"total_completed_and_stored_to_date": total, "work_completed_retainage_currently_retained": held,
                  "materials_stored_retainage_currently_retained": stored,
                  "total_retainage_currently_retained": held + stored,
                  "balance_to_finish": _of(row, "scheduled_value") - total}
        bad += [f"line {row['item_number']}: {name} is {row[name]}, not {amount}"
                for name, amount in wanted.items() if _of(row, name) != amount]
        done = total - _of(row, "materials_presently_stored")
        carried = held == _of(row, "work_completed_retainage_from_previous_application")
        if done >= 0 > held and not carried:    # a credit and materials at another rate may have met in what was before
            bad.append(f"line {row['item_number']}: {held} of retainage on work is held")
        if stored < 0:
            bad.append(f"line {row['item_number']}: {stored} of retainage on materials is held")
    return bad


def _cover(invoice: Any, before: Any) -> list[str]:
    def total(name: str) -> Decimal:
        return sum((_of(row, name) for row in invoice["g703"]), ZERO)

    completed = total("total_completed_and_stored_to_date")
    retainage = total("total_retainage_currently_retained")
    contract, earned = total("scheduled_value"), completed - retainage
    previous = Decimal(before["g702"]["total_earned_less_retainage"]) if before else ZERO
    last = Decimal(before["g702"]["total_completed_and_stored_to_date"]) if before else ZERO
    wanted = {
        "contract_sum_to_date": contract, "total_completed_and_stored_to_date": completed,
        "completed_work_retainage_amount": total("work_completed_retainage_currently_retained"),
        "stored_materials_retainage_amount": total("materials_stored_retainage_currently_retained"),
        "total_retainage": retainage, "total_earned_less_retainage": earned,
        "less_previous_certificates_for_payment": previous, "current_payment_due": earned - previous,
        "balance_to_finish_including_retainage": contract - earned}
    bad = [f"{name} is {invoice['g702'][name]}, not {amount}" for name, amount in wanted.items()
           if Decimal(invoice["g702"][name]) != amount]
    accrued, percent = invoice["total_amount_accrued_this_period"], invoice["percent_complete"]
    if Decimal(accrued) != completed - last:
        bad.append(f"{accrued} is accrued, not {completed - last}")
    if contract and Decimal(percent) != (completed * 100 / contract).quantize(Decimal("0.01"), ROUND_HALF_UP):
        bad.append(f"{percent} percent is complete")
    return bad


def _goes_on(invoice: Any, before: Any, moves: bool) -> list[str]:
    """Each line begins with what the application before ended with; the lines of both stand in the same order."""
    if before is None:
        return []
    bad = []
    held = {_key(row): row for row in before["g703"]}
    for row in invoice["g703"]:
        last = held.pop(_key(row), None)
        if last is None:
            continue
        stored = _of(last, "materials_presently_stored") if moves else ZERO
        kept = _of(last, "materials_stored_retainage_currently_retained") if moves else ZERO
        wanted = {
            "work_completed_from_previous_application": _of(last, "work_completed_from_previous_application")
            + _of(last, "work_completed_this_period") + stored,
            "work_completed_retainage_from_previous_application":
                _of(last, "work_completed_retainage_currently_retained") + kept,
            "materials_stored_retainage_from_previous_application":
                _of(last, "materials_stored_retainage_currently_retained") - kept,
            "total_retainage_from_previous_application": _of(last, "total_retainage_currently_retained")}
        bad += [f"line {row['item_number']}: {name} is {row[name]}, not {amount}"
                for name, amount in wanted.items() if _of(row, name) != amount]
    return [*bad, *(f"{key} is not on the next application" for key in held)]


def _key(row: Any) -> tuple[object, ...]:
    return row.get("origin_id"), row.get("origin_type"), row["description_of_work"] if "origin_id" not in row else ""
