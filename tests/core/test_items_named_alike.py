"""Item names that the naming rule cannot make, or makes for two codes."""
from dataclasses import replace

from tests.support.pictures import RULES, Town
from tieout.core.books import Item
from tieout.core.picture import Said

ITEMS = "cost_code_to_item"


def test_two_codes_of_one_item_name_are_asked_about_when_they_belong_to_different_accounts():
    """By cost code alone, 03-300.S and 03-300.M are one item, but subcontractors and materials are two accounts."""
    town = Town(rules=replace(RULES, item_name="{cost_code}"))
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "1000.00", "03-300.M": "500.00"})
    town.sync()
    intent = town.intent(ITEMS, "03-300")
    assert intent.act == "ask" and "03-300.M, 03-300.S" in intent.problems[0].says and not town.books.items


def test_two_codes_of_one_item_name_and_one_account_share_the_item():
    town = Town(rules=replace(RULES, item_name="{cost_code}"))
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "1000.00", "03-300.O": "500.00"})
    town.sync()
    assert len(town.books.items) == 1 and town.books.orders


def test_A74_an_item_whose_name_quickbooks_does_not_take_can_be_linked_instead():
    town = Town(rules=replace(RULES, item_name="{project_number}:{cost_code}.{cost_type}"))
    town.books.items["i9"] = Item(id="i9", name="Concrete", type="Service", expense_account="51")
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "1000.00"})
    town.sync()
    [problem] = town.intent(ITEMS, "24-017:03-300.s").problems
    assert [choice.id for choice in problem.choices] == ["link"]
    town.said[problem.kind, problem.subject] = Said(choice="link", value="i9")
    town.sync()
    [order] = town.books.orders.values()
    assert order.lines[0].item == "i9" and list(town.books.items) == ["i9"]
