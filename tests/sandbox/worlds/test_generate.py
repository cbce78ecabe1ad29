"""Generated worlds are coherent, repeatable and of any size."""
from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.worlds.test_player import debits_and_credits, play, state
from tests.support.maple_clerk import Clerk
from tests.support.maple_ledger import Town, expected
from tests.support.world_files import write
from tieout.sandbox.sandbox import Sandbox, SandboxError
from tieout.sandbox.worlds import scenario_of

SMALL = "generate:projects=3,months=6,seed=5"


def test_the_same_spec_is_the_same_world():
    assert scenario_of(SMALL) == scenario_of(SMALL)
    assert scenario_of(SMALL) != scenario_of("generate:projects=3,months=6,seed=6")


def test_the_sandbox_s_seed_counts_where_the_spec_has_none():
    assert scenario_of("generate:projects=1,months=2", seed=5) != scenario_of("generate:projects=1,months=2", seed=6)
    assert scenario_of("generate:projects=1,months=2,seed=5", seed=6).commitments == \
        scenario_of("generate:projects=1,months=2", seed=5).commitments


@pytest.mark.parametrize("seed", range(6))
def test_a_generated_world_has_what_its_spec_asks_for(seed):
    world = scenario_of(f"generate:projects=4,months=9,seed={seed}")
    assert len(world.projects) == 4
    assert len({act.on.strftime("%Y-%m") for act in world.script}) == 9
    assert {one.project for one in world.commitments} == {project.number for project in world.projects}
    assert sum(len(one.applications) for one in world.commitments) > 4 * 9


def test_a_generated_world_holds_every_kind_of_commitment():
    world = scenario_of("generate:projects=20,months=12,seed=7")
    billed = [line for one in world.commitments for application in one.applications for line in application.lines]
    assert {one.accounting for one in world.commitments} == {"amount", "unit"}
    assert {one.kind for one in world.commitments} == {"subcontract", "purchase_order"}
    assert any(one.change_orders for one in world.commitments)
    assert any(line.released for line in billed)
    assert any(Decimal(line.stored or 0) for line in billed)
    assert len(billed) > 1500


@pytest.mark.parametrize("spec", [SMALL, "generate:projects=1,months=1,seed=3"])
def test_generated_books_are_those_of_the_derivation(spec, tmp_path):
    folder = write(scenario_of(spec), tmp_path / "generated")
    facts = expected(folder)
    assert facts["problems"] == [] and facts["acts_without_effect"] == []
    sandbox = Sandbox.start(world=spec)
    clerk = Clerk(sandbox, Town(folder), facts["documents"])
    while (done := sandbox.play_next()) is not None:
        clerk.enter(done["step"])
        month = facts["months"][done["step"][:7]]
        if not done["step"].endswith("-15"):
            assert clerk.trial_balance(done["step"]) == month["trial_balance"], done["step"]
            assert clerk.retention() == month["retention_payable"]


def test_a_world_written_to_files_is_the_same_world(tmp_path):
    folder = write(scenario_of(SMALL), tmp_path / "generated")
    from_files, generated = scenario_of(str(folder)), scenario_of(SMALL)
    assert sorted(from_files.commitments, key=lambda one: one.number) == \
        sorted(generated.commitments, key=lambda one: one.number)
    assert from_files.script == generated.script


def test_a_generated_world_plays_the_same_twice():
    first, second = Sandbox.start(world=SMALL), Sandbox.start(world=SMALL)
    assert play(first) == play(second)
    assert state(first) == state(second)
    debits, credits = debits_and_credits(first, "2026-06-30")
    assert debits == credits > 0


def test_an_office_without_a_connector_has_entered_every_approved_invoice_by_hand(tmp_path):
    folder = write(scenario_of(SMALL), tmp_path / "generated")
    derived = expected(folder)["months"]
    by_hand = Sandbox.start(world=f"{SMALL},by_hand=1,played=6")
    assert Clerk(by_hand, Town(folder), {}).trial_balance("2026-06-30") == derived["2026-06"]["trial_balance"]
    assert by_hand.play_next() is None


def test_the_months_asked_for_have_been_played_at_the_start():
    begun = Sandbox.start(world=f"{SMALL},played=2")
    assert begun.play_next()["step"] == "2026-03-15"


def test_more_than_one_by_hand_is_refused_by_name():
    with pytest.raises(SandboxError, match="by_hand must be between 0 and 1"):
        Sandbox.start(world=f"{SMALL},by_hand=2")


def test_direct_costs_come_to_the_same_in_both_systems_where_they_are_paid_by_hand():
    sandbox = Sandbox.start(world=f"{SMALL},by_hand=1,direct_costs=2,played=6")
    paid = sum((line["Amount"] for record in sandbox.quickbooks.company.records["Purchase"].values()
                if record.body["PaymentType"] == "CreditCard" for line in record.body["Line"]), Decimal(0))
    written = sum((line.amount for project in sandbox.procore.company.projects.values()
                   for cost in project.direct_costs.values() for line in cost.lines.values()), Decimal(0))
    assert paid == written > 0
