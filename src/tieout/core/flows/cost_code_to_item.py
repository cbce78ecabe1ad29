"""A cost code in use becomes a service item, or is coded straight to an account; a class may stand beside either.

Trigger   a committed line carries the code.
Match     the item of the rendered name, if it can be bought; else a new service item on the mapped cost account.
Key       the rendered item name: one item for the equal codes of all projects.
Owner     QuickBooks, once made.
Coding    `coding_of` is what order and bill lines use, by item or by account.
Class     where `line_coding` has one, a cost line bears the class mapped to its code or type, else the one that
          `class_name` names. It is made in QuickBooks, by a person; what was posted is not held up by it.
Covers    A69 A72 A74 A82 A94 A99 A124
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from tieout.core.books import Account, Item
from tieout.core.construction import Code
from tieout.core.drafts import ItemDraft, Ref
from tieout.core.flows.company_to_vendor import name_problem
from tieout.core.money import ZERO, Money
from tieout.core.names import squeezed
from tieout.core.picture import Picture, Slot
from tieout.core.problems import (
    Problem,
    account_not_found,
    account_type_wrong,
    class_not_found,
    classes_not_tracked,
    cost_code_has_no_account,
    item_not_usable,
)
from tieout.core.wish import Wish

FLOW = "cost_code_to_item"
LONGEST, LONGEST_KEY = 100, 160
COST_TYPES = ("Cost of Goods Sold", "Expense", "Other Expense")
USABLE = ("Service", "NonInventory", "Non-inventory")


def account_ref(account: Account) -> Ref:
    return Ref(kind="account", name=account.label, id=account.id)


def mapped_account(picture: Picture, code: Code) -> Account | None:
    """The cost account a person chose for the code with its type, for the code, or for the type; any that exists."""
    said = picture.said.get(("cost_code_has_no_account", f"cost_code:{code.text}"))
    text = said.value if said else picture.mapped("cost_code", code.text, code.cost_code)
    text = text or picture.mapped("cost_type", code.cost_type)
    if not text:
        return None
    account = picture.lists.accounts.get(text) or picture.lists.account(text)
    return account if account and account.active else None


def coding_of(picture: Picture, code: Code) -> tuple[Ref, Ref]:
    """(what codes the line, where it posts). Without an id while the item does not exist or no account is chosen."""
    account = mapped_account(picture, code)
    posts_to = account_ref(account) if account else Ref(kind="account", name=f"account of {code.text}")
    if picture.rules.by_account:
        return posts_to, posts_to
    name = picture.item_name(code)
    link = picture.link(FLOW, squeezed(name))
    item = picture.lists.items.get(link.target) if link else None
    if item and item.active:
        landing = picture.lists.accounts.get(item.expense_account)
        return Ref(kind="item", name=item.name, id=item.id), account_ref(landing) if landing else posts_to
    return Ref(kind="item", name=name), posts_to


def class_of(picture: Picture, code: Code) -> Ref | None:
    """The class of a cost line, without an id while QuickBooks has none that can be used; None where none is wanted."""
    if not picture.rules.by_class:
        return None
    name = picture.class_name(code)
    found = picture.lists.class_(name) if picture.lists.books.classes_per_line else None
    return Ref(kind="class", name=found.name, id=found.id) if found else Ref(kind="class", name=name)


def codes_in_use(picture: Picture) -> dict[Code, Money]:
    """Every code on the project's committed lines, approved change orders and applications, with what it comes to."""
    used: dict[tuple[str, str], tuple[Code, Money]] = {}

    def add(code: Code, amount: Money) -> None:
        if code.cost_code:
            key = (code.cost_code, code.cost_type)
            first, total = used.get(key, (code, ZERO))
            used[key] = (first, total + amount)

    for commitment in picture.commitments.values():
        if picture.rules.commits(commitment.kind, commitment.status) or commitment.id in picture.requisitions_of:
            for line in commitment.lines:
                add(line.code, line.amount)
            for change in picture.change_orders_of.get(commitment.id, ()):
                for part in change.lines:
                    add(_markup_code(picture) if part.markup else part.code, part.amount)
    for requisitions in picture.requisitions_of.values():
        for requisition in requisitions:
            for billed in requisition.lines:
                add(billed.code, ZERO)
    return dict(used.values())


def _markup_code(picture: Picture) -> Code:
    return markup_code(picture) or Code(cost_code="", cost_type="")


def markup_code(picture: Picture) -> Code | None:
    """The code that the rules name for markup, or None."""
    if not picture.rules.markup_code:
        return None
    cost_code, _, cost_type = picture.rules.markup_code.rpartition(".")
    return Code(cost_code=cost_code or cost_type, cost_type=cost_type if cost_code else "", description="Markup")


def wishes(picture: Picture) -> Iterator[Wish]:
    used = sorted(codes_in_use(picture).items(), key=lambda pair: pair[0].text)
    if picture.rules.by_account:
        yield from (_account_wish(picture, code, amount) for code, amount in used)
    else:
        yield from _item_wishes(picture, used)
    if picture.rules.by_class:
        yield from _class_wishes(picture, used)


def _item_wishes(picture: Picture, used: Sequence[tuple[Code, Money]]) -> Iterator[Wish]:
    alike: dict[str, dict[Code, Money]] = {}
    for code, amount in used:
        alike.setdefault(squeezed(picture.item_name(code)), {})[code] = amount
    for codes in alike.values():
        code = next((one for one in codes if mapped_account(picture, one)), next(iter(codes)))
        yield _item_wish(picture, code, sum(codes.values(), ZERO), tuple(codes))


def _class_wishes(picture: Picture, used: Sequence[tuple[Code, Money]]) -> Iterator[Wish]:
    """What keeps lines from their class. A class that is there is no slot: nothing is entered for it."""
    if used and not picture.lists.books.classes_per_line:
        total = sum((amount for _, amount in used), ZERO)
        yield Wish(slot=Slot(flow=FLOW, key="class:"), source_kind="code", source="", title="Classes of cost codes",
                   problems=(classes_not_tracked(total),))
        return
    for code, amount in used:
        ref = class_of(picture, code)
        if ref is not None and not ref.id:
            key = f"class:{code.text}:{squeezed(ref.name)}"[:LONGEST_KEY]
            problem = class_not_found(code.text, ref.name, key, amount)
            yield Wish(slot=Slot(flow=FLOW, key=key), source_kind="code", source=code.text, number=code.text,
                       title=f"Class of cost code {code.text}", problems=(problem,))


def _account_wish(picture: Picture, code: Code, amount: Money) -> Wish:
    account = mapped_account(picture, code)
    problem = _no_account(picture, code, amount) if account is None else None
    return Wish(slot=Slot(flow=FLOW, key=f"account:{code.text}"), source_kind="code", source=code.text,
                title=f"Cost code {code.text} {code.description}".rstrip(), number=code.text,
                nothing="" if problem else "coded to an account", problems=(problem,) if problem else ())


def _item_wish(picture: Picture, code: Code, amount: Money, alike: Sequence[Code]) -> Wish:
    """`alike` are the codes that the naming rule makes this one item of."""
    name = picture.item_name(code)
    found, draft, problem = "", None, None
    link = picture.link(FLOW, squeezed(name))
    item = picture.lists.items.get(link.target) if link else _found_item(picture, name)
    if item is not None:
        found, problem = item.id, _unusable(picture, item.id)
    else:
        problem = name_problem(name, "item", f"item:{squeezed(name)}", LONGEST)
        account = mapped_account(picture, code)
        if problem is None and account is None:
            problem = _no_account(picture, code, amount)
        problem = problem or _one_name_for_two(picture, name, alike)
        if problem is None and account is not None:
            draft, problem = _new_item(picture, code, name, account)
    return Wish(slot=Slot(flow=FLOW, key=squeezed(name)), source_kind="code", source=code.text, title=f"Item {name}",
                number=code.text, draft=draft, found="" if problem else found, problems=(problem,) if problem else ())


def _found_item(picture: Picture, name: str) -> Item | None:
    """The item a person chose where the name cannot be had, else the active one of that name."""
    said = picture.said.get(("name_not_allowed", f"item:{squeezed(name)}"))
    chosen = picture.lists.items.get(said.value) if said and said.choice == "link" else None
    return chosen or picture.lists.item_by_name.get(squeezed(name))


def _one_name_for_two(picture: Picture, name: str, alike: Sequence[Code]) -> Problem | None:
    """Codes of one item that belong to different accounts: one of them would go to the wrong one."""
    accounts = {account.id: account.label for code in alike if (account := mapped_account(picture, code))}
    if len(accounts) < 2:
        return None
    codes = ", ".join(sorted(code.text for code in alike))
    why = f"the naming rule gives it to {codes}, which are mapped to {' and '.join(sorted(accounts.values()))}."
    return item_not_usable(name, why)


def _new_item(picture: Picture, code: Code, name: str, account: Account) -> tuple[ItemDraft | None, Problem | None]:
    if account.type not in COST_TYPES:
        role = f"account of cost code {code.text}"
        return None, account_type_wrong(account.label, role, account.type, "a cost or expense account")
    income: Ref | None = None
    if picture.rules.item_income_account:
        earning = picture.lists.account(picture.rules.item_income_account)
        if earning is None:
            return None, account_not_found(picture.rules.item_income_account, "income account of new items")
        income = account_ref(earning)
    return ItemDraft(name=name, description=code.description or name, expense=account_ref(account), income=income), None


def _no_account(picture: Picture, code: Code, amount: Money) -> Problem:
    text = picture.mapped("cost_code", code.text, code.cost_code) or picture.mapped("cost_type", code.cost_type)
    if text:
        return account_not_found(text, f"account of cost code {code.text}")
    return cost_code_has_no_account(code.text, code.description, amount)


def _unusable(picture: Picture, item_id: str) -> Problem | None:
    item = picture.lists.items[item_id]
    if not item.active:
        return item_not_usable(item.name, "it is inactive.")
    if item.type not in USABLE:
        return item_not_usable(item.name, f"its type is {item.type}; a service or non-inventory item is needed.")
    if not item.expense_account:
        return item_not_usable(item.name, "it has no expense account.")
    return None
