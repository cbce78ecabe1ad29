"""Rows as a sync leaves them, for the pages: one pair with documents in every status and problems of several kinds.

Small helpers make one row each; `seeded()` puts an office's morning together from them.
"""
from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from tieout.core.tieout_table import Entry, TieOut, tie_out
from tieout.engine import trail
from tieout.engine.store.models import Connection, OpenProblem, Pair, Posting, RoutedProject, Seen, Standing

PASSWORD = "three blind invoices"
NOW = datetime.now(UTC).replace(microsecond=0)
LONG_NAME = (
    "Consolidated Mechanical, Refrigeration & Environmental Balancing Contractors of the Greater Pacific Northwest, LLC"
)
BILLS = "subcontractor_invoice_to_bill"
PAYMENTS = "bill_payment_to_payment_issued"


def user(name: str = "dana") -> Any:
    return get_user_model().objects.create_superuser(username=name, password=PASSWORD)


def connection(name: str, kind: str, **fields: Any) -> Connection:
    row = {
        "kind": kind,
        "client_id": "an-app",
        "company_id": "4283186" if kind == "procore" else "4620816365000000001",
        "company_name": "Maple Ridge Builders",
        "tokens_sealed": b"sealed",
        "access_expires_at": NOW + timedelta(hours=1),
        "last_read_at": NOW - timedelta(minutes=3),
        **fields,
    }
    return Connection.objects.create(name=name, **row)


def pair(name: str = "maple", **fields: Any) -> Pair:
    made = Pair.objects.create(
        name=name, procore=connection(f"{name}-field", "procore"), mode=fields.pop("mode", "review"),
        quickbooks=connection(f"{name}-books", "quickbooks_online", refresh_expires_at=NOW + timedelta(days=97)),
        last_turn_at=NOW - timedelta(minutes=3), **fields)
    for number in ("24-011", "24-017", "24-022"):
        RoutedProject.objects.create(pair=made, number=number, customer="Oak Health LLC", start=date(2026, 1, 1))
    return made


def standing(of: Pair, slot: str, **fields: Any) -> Standing:
    row = {"flow": BILLS, "status": "synced", "title": f"Invoice {slot} of Smith Plumbing", "number": slot,
           "party": "Smith Plumbing", "project": "24-017", "dated": date(2026, 3, 31), "amount_cents": 1_240_000,
           "source_kind": "subcontractor_invoice", "source": slot, **fields}
    return Standing.objects.create(pair=of, slot=slot, **row)


def problem(of: Pair, kind: str, subject: str, **fields: Any) -> OpenProblem:
    row = {"says": "Something has to be settled.", "fix": "Settle it.", "who": "bookkeeper", "amount_cents": 0,
           "since": NOW - timedelta(hours=5), **fields}
    return OpenProblem.objects.create(pair=of, kind=kind, subject=subject, **row)


def posting(of: Pair, slot: str, **fields: Any) -> Posting:
    row = {"flow": BILLS, "side": "quickbooks", "key": f"key-{slot}", "tag": f"tag-{slot}", "state": "posted",
           "action": "create", "kind": "bill", "title": f"Bill {slot} of Smith Plumbing", "amount_cents": 1_240_000,
           "fingerprint": f"print-{slot}", "approved_by": "dana", "made_at": NOW - timedelta(hours=2),
           "sent_at": NOW - timedelta(hours=2), **fields}
    return Posting.objects.create(pair=of, slot=slot, **row)


def seen(of: Connection, kind: str, key: str, raw: dict[str, Any]) -> Seen:
    return Seen.objects.create(
        connection=of,
        kind=kind,
        key=key,
        version="0",
        digest="d",
        seen_at=NOW,
        seq=of.seen.count() + 1,
        raw=json.dumps({"Id": key, "SyncToken": "0", **raw}),
    )


def books_lists(of: Connection) -> None:
    """A few accounts, vendors and customers as QuickBooks writes them."""
    for key, number, name, kind in (("80", "5100", "Subcontractors", "Cost of Goods Sold"),
                                    ("81", "5200", "Materials", "Cost of Goods Sold"),
                                    ("33", "2000", "Accounts Payable", "Accounts Payable"),
                                    ("34", "2050", "Retainage payable", "Other Current Liability")):
        seen(of, "account", key, {"Name": name, "FullyQualifiedName": name, "AcctNum": number, "AccountType": kind,
                                  "Active": True})
    for key, name in (("56", "Smith Plumbing"), ("57", "Norton Lumber & Building Materials"), ("58", LONG_NAME[:100])):
        seen(of, "vendor", key, {"DisplayName": name, "Active": True})


EFFECT = [
    ["5100 Subcontractors", 1_377_778, 0],
    ["2050 Retainage payable", 0, 137_778],
    ["2000 Accounts Payable", 0, 1_240_000],
]

NOT_SYNCED = (
    ("needs_you", "2201", "Norton Lumber & Building Materials", 4_121_000, "cost code 03-300 has no account"),
    ("needs_approval", "2202", "Smith Plumbing", 1_240_000, ""),
    ("waiting", "2203", "Ridge Electric Inc.", 889_150, "waits for the vendor Ridge Electric Inc."),
    ("changed", "2204", "Smith Plumbing", 1_030_000, "the total was changed in QuickBooks"),
    ("missing", "2205", "Alder Roofing", 560_000, "deleted in QuickBooks"),
    ("held_back", "2206", "Alder Roofing", 25_000_000, "above the limit for one document"),
    ("not_posted", "2207", LONG_NAME, 1_870_033, "a draft in Procore"),
    ("left_out", "2208", "Smith Plumbing", 300_000, "before the start"),
    ("synced", "2209", "Smith Plumbing", -400_000, ""),
    ("synced", "2210", "Smith Plumbing", 0, ""),
)


def documents_in_every_status(of: Pair) -> None:
    for status, slot, party, amount, why in NOT_SYNCED:
        standing(
            of,
            slot,
            status=status,
            party=party,
            amount_cents=amount,
            why=why,
            title=f"Invoice {slot} of {party}",
            fingerprint=f"print-{slot}",
            effect=json.dumps(EFFECT),
            intent="enter" if status == "needs_approval" else "",
        )


def some_problems(of: Pair) -> None:
    problem(
        of,
        "cost_code_has_no_account",
        "cost_code:03-300.S",
        amount_cents=4_121_000,
        project="24-017",
        says="Cost code 03-300.S Cast-in-place concrete has no QuickBooks account to go to; 41,210.00 waits for it.",
        fix="Choose the account that this cost belongs to. Everything that waits for it is then offered again.",
        choices=[{"id": "account", "label": "Use this account", "needs": "account"}],
        blocks=[[BILLS, "2201"]],
    )
    problem(of, "cost_code_has_no_account", "cost_code:07-500.S", amount_cents=120_000,
            says="Cost code 07-500.S Roofing has no QuickBooks account to go to; 1,200.00 waits for it.",
            fix="Choose the account that this cost belongs to. Everything that waits for it is then offered again.",
            choices=[{"id": "account", "label": "Use this account", "needs": "account"}])
    problem(
        of,
        "closed_period",
        "requisition:2203",
        amount_cents=889_150,
        who="controller",
        project="24-017",
        says="Invoice 2203 of Ridge Electric Inc. is dated 2026-02-28, and the books are closed through 2026-03-31.",
        fix="Say how it should be entered. Its date is never moved without your word.",
        choices=[
            {"id": "first_open_day", "label": "Enter it on the first open day, with the original date in the memo"},
            {"id": "date", "label": "Enter it on this date, with the original date in the memo", "needs": "date"},
            {"id": "by_hand", "label": "It will be booked by hand: leave it out, shown as prior period"},
        ],
        blocks=[[BILLS, "2203"]],
    )
    problem(of, "refused", "posting:2204", amount_cents=1_030_000, details="6140: Duplicate Document Number Error",
            says="Invoice 2204 of Smith Plumbing was refused: the number is already used.",
            fix="Mend the cause, then try again. Nothing was entered.",
            choices=[{"id": "try_again", "label": "Try again"}], blocks=[[BILLS, "2204"]])
    problem(of, "does_not_add_up", "requisition:2207", amount_cents=1_870_033, who="project manager", project="24-022",
            says=f"Invoice 2207 of {LONG_NAME}: the lines come to 18,700.34, but its payment due is 18,700.33; "
                 "the difference is (0.01).",
            fix="Open the application in Procore and correct the line that is off. It is looked at again on its own.",
            blocks=[[BILLS, "2207"]])


def history(of: Pair, slot: str) -> None:
    entries = [
        trail.Entry(kind="seen", subject=f"{BILLS}:{slot}", says=f"Invoice {slot} was approved in Procore."),
        trail.Entry(kind="approved", subject=f"{BILLS}:{slot}", says="dana approved the bill.", by="dana"),
        trail.Entry(kind="answered", subject=f"{BILLS}:{slot}", says=f"QuickBooks entered it as bill {slot}.",
                    body={"Id": "145", "SyncToken": "0"}),
    ]
    with transaction.atomic():
        trail.append(of.name, entries, NOW)


def seeded(synced: int = 12) -> Pair:
    """An office's morning. `synced` documents agree; besides them there is one of every other status."""
    made = pair()
    books_lists(made.quickbooks)
    documents_in_every_status(made)
    some_problems(made)
    Standing.objects.bulk_create(
        [
            Standing(
                pair=made,
                flow=BILLS,
                slot=str(1000 + n),
                status="synced",
                title=f"Invoice {1000 + n} of Smith Plumbing",
                number=str(1000 + n),
                party="Smith Plumbing",
                project=("24-011", "24-017", "24-022")[n % 3],
                dated=date(2026, 1, 1) + timedelta(days=n % 300),
                amount_cents=100_000 + 12_345 * n,
                source_kind="subcontractor_invoice",
                source=str(9000 + n),
                target_kind="bill",
                target=str(500 + n),
                effect=json.dumps(EFFECT),
            )
            for n in range(synced)
        ]
    )
    for n in range(3):
        standing(made, f"pay-{n}", flow=PAYMENTS, title=f"Check {2217 + n} to Smith Plumbing", number=str(2217 + n),
                 source_kind="bill_payment", source=str(700 + n), target_kind="payment_issued", target=str(300 + n))
        posting(made, str(1000 + n), sent_at=NOW - timedelta(days=1), made_at=NOW - timedelta(days=1))
    history(made, "1000")
    return made


def an_amount(side: str, figure: str, amount: str, **fields: Any) -> Entry:
    row = {
        "project": "24-017",
        "vendor": "Smith Plumbing",
        "code": "03-300.S",
        "title": "Invoice 1000 of Smith Plumbing",
        "dated": date(2026, 3, 31),
        "flow": BILLS,
        "slot": "1000",
        "document": (side, "bill", "1000"),
        **fields,
    }
    return Entry(side=side, figure=figure, amount=Decimal(amount), **row)


def both(figure: str, amount: str, **fields: Any) -> list[Entry]:
    return [an_amount(side, figure, amount, **fields) for side in ("procore", "quickbooks")]


def figures() -> TieOut:
    """Three projects: one agrees, one has a bill on hold and one typed by hand, one holds no code for its payments;
    and cost on a job that no project is linked to."""
    held = {"slot": "2201", "title": "Invoice 2201 of Norton Lumber & Building Materials", "class_": "on hold",
            "vendor": "Norton Lumber & Building Materials", "why": "cost code 03-300.S has no account"}
    by_hand = {
        "slot": "",
        "flow": "",
        "title": "Bill A-77 of Alder Roofing",
        "vendor": "Alder Roofing",
        "code": "",
        "class_": "only in QuickBooks",
        "why": "entered in QuickBooks by hand",
        "document": ("quickbooks", "bill", "900"),
    }
    return tie_out(
        [
            *both("committed", "1352817.73"),
            *both("billed", "366249.53"),
            *both("retained", "36624.95"),
            *both("paid", "250000.00", code="", slot="pay-0", flow=PAYMENTS),
            *both("open", "79624.58", code=""),
            *both("committed", "88000.00", project="24-011"),
            *both("billed", "12400.00", project="24-011"),
            *both("retained", "1240.00", project="24-011"),
            *both("open", "11160.00", project="24-011", code=""),
            an_amount("procore", "billed", "41210.00", **held),
            an_amount("procore", "open", "41210.00", **{**held, "code": ""}),
            an_amount("quickbooks", "billed", "5600.00", **by_hand),
            an_amount("quickbooks", "open", "5600.00", **by_hand),
            an_amount("quickbooks", "direct_cost", "725.00", **{
                **by_hand, "project": "job not linked: Oak Health LLC:Annex", "class_": "not mapped"}),
            *both("committed", "64000.00", project="24-022", vendor=LONG_NAME),
            *both("billed", "-4000.00", project="24-022", vendor=LONG_NAME, title="Invoice 7 (a credit)"),
        ]
    )
