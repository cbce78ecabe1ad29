"""Everything a person may have to settle: a value with plain words, the fix, and who can do it. [A190 A192 A193]

`kind` and `subject` are a problem's identity within a pair, so that it does not multiply. A choice is what a person
can answer; its effect is a `Decision` that planning reads.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tieout.core.money import ZERO, Money, shown

Who = Literal["bookkeeper", "controller", "project manager", "IT"]

# what a vendor's refusal comes down to; adapters/*/refusals map the vendor's codes to these
REFUSAL_REASONS = (
    "name_taken", "number_taken", "inactive_record", "missing_record", "closed_period", "wrong_amount", "bad_field",
    "too_long", "permission", "edition", "company_status", "locked", "stale", "account_type", "limit", "other",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer to a problem. `needs` names the value that goes with it ("account", "vendor", "date"), or is empty."""

    id: str
    label: str
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """kind: the class of trouble, a snake_case word of KINDS. subject: what it is about, e.g. `cost_code:03-300.S`.

    says, fix   plain sentences with names and amounts
    amount      the money that waits on it, gross; 0.00 where it has none
    blocks      the slot keys that cannot go on: (flow, slot)
    """

    kind: str
    subject: str
    says: str
    fix: str
    who: Who = "bookkeeper"
    amount: Money = ZERO
    choices: tuple[Choice, ...] = ()
    details: str = ""
    project: str = ""
    blocks: tuple[tuple[str, str], ...] = field(default=())


def cost_code_has_no_account(code: str, description: str, amount: Money) -> Problem:
    named = f"{code} {description}".strip()
    return Problem(
        kind="cost_code_has_no_account", subject=f"cost_code:{code}", amount=amount,
        says=f"Cost code {named} has no QuickBooks account to go to; {shown(amount)} waits for it.",
        fix="Choose the account that this cost belongs to. Everything that waits for it is then offered again.",
        choices=(Choice(id="account", label="Use this account", needs="account"),))


def class_not_found(code: str, name: str, subject: str, amount: Money) -> Problem:
    return Problem(
        kind="class_not_found", subject=subject, amount=amount,
        says=f"Cost code {code} goes to the class “{name}”, and QuickBooks has no active class of that name; "
             f"{shown(amount)} waits for it.",
        fix="Create the class in QuickBooks, or map the cost code to one that is there (set-up file: a mapping of kind "
            "class). Everything that waits for it is then offered again.")


def classes_not_tracked(amount: Money) -> Problem:
    return Problem(
        kind="classes_not_tracked", subject="classes", amount=amount, who="controller",
        says="The rules give each cost line a class (line_coding), but this QuickBooks company does not track classes "
             f"line by line; {shown(amount)} waits for it.",
        fix="In QuickBooks, under Account and settings, Advanced, Categories, track classes with one to each row, or "
            "choose a line_coding without class in the set-up file.")


def account_not_found(name: str, role: str) -> Problem:
    return Problem(
        kind="account_not_found", subject=f"account:{name}", who="controller",
        says=f"The {role} is set to “{name}”, but QuickBooks has no active account of that name or number.",
        fix="Correct the account in the set-up file, or create or reactivate it in QuickBooks.")


def account_type_wrong(name: str, role: str, found: str, wanted: str) -> Problem:
    return Problem(
        kind="account_type_wrong", subject=f"account:{name}:{role}", who="controller",
        says=f"The {role} is set to “{name}”, which is of type {found}; it must be {wanted}.",
        fix="Choose an account of that type in the set-up file. Nothing was posted to it.")


def item_not_usable(name: str, why: str) -> Problem:
    return Problem(
        kind="item_not_usable", subject=f"item:{name.casefold()}",
        says=f"The QuickBooks item “{name}” cannot be used on a bill: {why}",
        fix="Correct the item in QuickBooks (Products and services), then look again.")


def name_not_allowed(kind: str, name: str, why: str, subject: str) -> Problem:
    return Problem(
        kind="name_not_allowed", subject=subject,
        says=f"“{name}” cannot be the name of a QuickBooks {kind}: {why}",
        fix="Change the name in Procore or the naming rule in the set-up file, or link it to an existing record.",
        choices=(Choice(id="link", label=f"It is this {kind} in QuickBooks", needs=kind),))


def vendor_may_exist(company: str, name: str, candidates: tuple[tuple[str, str], ...], amount: Money) -> Problem:
    """candidates: (vendor id, display name), best first."""
    names = ", ".join(f"“{shown_name}”" for _, shown_name in candidates)
    links = tuple(Choice(id=f"link:{vendor}", label=f"It is {shown_name}") for vendor, shown_name in candidates)
    return Problem(
        kind="vendor_may_exist", subject=f"company:{company}", amount=amount,
        says=f"“{name}” from Procore has no vendor of that exact name in QuickBooks, which has {names}.",
        fix="Say which vendor it is, or that it is a new one. Its orders and bills wait for the answer.",
        choices=(*links, Choice(id="new", label="It is a new vendor")))


def vendor_not_found(company: str, name: str, mapped: str, amount: Money) -> Problem:
    return Problem(
        kind="vendor_not_found", subject=f"company:{company}", amount=amount,
        says=f"“{name}” from Procore is mapped to the vendor “{mapped}”, and QuickBooks has no active vendor of "
             "that name.",
        fix="Correct the mapping in the set-up file, or say which vendor it is. Its orders and bills wait for it.",
        choices=(Choice(id="link", label="It is this vendor in QuickBooks", needs="vendor"),))


def name_taken(kind: str, name: str, by: str, subject: str) -> Problem:
    return Problem(
        kind="name_taken", subject=subject,
        says=f"QuickBooks already uses the name “{name}” for {by}, so no {kind} of that name can be made.",
        fix=f"Link it to an existing {kind}, or give one of the two another name.",
        choices=(Choice(id="link", label=f"It is this {kind} in QuickBooks", needs=kind),))


def customer_not_found(project: str, customer: str) -> Problem:
    wanted = f"the customer “{customer}”" if customer else "its customer, which is not set"
    return Problem(
        kind="customer_not_found", subject=f"project:{project}", project=project,
        says=f"Project {project} needs {wanted}; QuickBooks has no active customer of that name.",
        fix="Choose the customer the job belongs to, or create it in QuickBooks.",
        choices=(Choice(id="customer", label="The job belongs to this customer", needs="customer"),))


def project_unknown(number: str) -> Problem:
    return Problem(
        kind="project_unknown", subject=f"project:{number}", project=number, who="controller",
        says=f"The set-up routes project {number}, but Procore has no project of that number that this connection "
             "can see.",
        fix="Correct the number, or give the connection access to the project in Procore.")


def retainage_account_missing(document: str, subject: str, amount: Money, setting: str) -> Problem:
    return Problem(
        kind="retainage_account_missing", subject=subject, amount=amount, who="controller",
        says=f"{document} has retainage of {shown(amount)}, and no account is set for it ({setting}).",
        fix="Choose the retainage payable account in the set-up file. Nothing of this document was posted.")


def tax_not_supported(document: str, subject: str, tax: Money, amount: Money) -> Problem:
    return Problem(
        kind="tax_not_supported", subject=subject, amount=amount, who="controller",
        says=f"{document} carries tax of {shown(tax)}. How this tax is to be booked has not been decided.",
        fix="Enter this document in QuickBooks by hand, then link it here, or take the tax off in Procore.",
        choices=(Choice(id="link", label="It is this bill in QuickBooks", needs="bill"),))


def does_not_add_up(document: str, subject: str, lines: Money, due: Money) -> Problem:
    return Problem(
        kind="does_not_add_up", subject=subject, amount=due, who="project manager",
        says=f"{document}: the lines come to {shown(lines)}, but its payment due is {shown(due)}; "
             f"the difference is {shown(due - lines)}.",
        fix="Open the application in Procore and correct the line that is off. It is looked at again on its own.")


def earlier_application_open(document: str, subject: str, earlier: str, amount: Money) -> Problem:
    return Problem(
        kind="earlier_application_open", subject=subject, amount=amount, who="project manager",
        says=f"{document} is approved, but {earlier} before it is not; what this one adds cannot be told.",
        fix=f"Approve or delete {earlier} in Procore.")


def billing_date_missing(document: str, subject: str, amount: Money) -> Problem:
    return Problem(
        kind="billing_date_missing", subject=subject, amount=amount, who="project manager",
        says=f"{document} has no date of the kind that the rules ask for (bill.date).",
        fix="Set the billing date in Procore, or choose another date in the set-up file (rules: bill.date).")


def closed_period(document: str, subject: str, dated: date, closed_through: date, amount: Money) -> Problem:
    return Problem(
        kind="closed_period", subject=subject, amount=amount, who="controller",
        says=f"{document} is dated {dated.isoformat()}, and the books are closed through {closed_through.isoformat()}.",
        fix="Say how it should be entered. Its date is never moved without your word.",
        choices=(Choice(id="first_open_day",
                        label="Enter it on the first open day, with the original date in the memo"),
                 Choice(id="date", label="Enter it on this date, with the original date in the memo", needs="date"),
                 Choice(id="by_hand", label="It will be booked by hand: leave it out, shown as prior period")))


def bill_may_exist(document: str, subject: str, number: str, vendor: str,
                   candidates: tuple[tuple[str, str], ...], amount: Money) -> Problem:
    """candidates: (bill id, how it reads: date and total)."""
    found = "; ".join(text for _, text in candidates)
    same = tuple(Choice(id=f"this_is_it:{bill}", label=f"This is it: {text}") for bill, text in candidates)
    return Problem(
        kind="bill_may_exist", subject=subject, amount=amount,
        says=f"{document} would be entered as bill {number} of {vendor}, but QuickBooks already has that number "
             f"from that vendor: {found}.",
        fix="Say whether it is the same paper. Entered twice, it would be paid twice.",
        choices=(*same, Choice(id="different", label="A different one: enter it")))


def chosen_bill_gone(document: str, subject: str, candidates: tuple[tuple[str, str], ...], amount: Money) -> Problem:
    """Asked in the place of `bill_may_exist`, so that the new answer takes the old one's place."""
    same = tuple(Choice(id=f"this_is_it:{bill}", label=f"This is it: {text}") for bill, text in candidates)
    return Problem(
        kind="bill_may_exist", subject=subject, amount=amount,
        says=f"{document} was said to be a bill that is no longer in QuickBooks, or that stands for another "
             "application.",
        fix="Say again which paper it is. Nothing is entered meanwhile.",
        choices=(*same, Choice(id="different", label="None of those there: enter it")))


def release_exceeds_held(document: str, subject: str, release: Money, held: Money,
                         by_hand: tuple[str, ...] = ()) -> Problem:
    """by_hand: what lowered the balance there and is not ours, as people would look for it."""
    told = f"Released there by hand: {'; '.join(by_hand)}." if by_hand else "It may have been released by hand."
    return Problem(
        kind="release_exceeds_held", subject=subject, amount=release, who="controller",
        says=f"{document} releases {shown(release)} of retainage, but QuickBooks holds only {shown(held)} for this "
             f"vendor and project. {told}",
        fix="Compare the retainage account in QuickBooks. Then enter it, or leave it out as already booked by hand.",
        choices=(Choice(id="by_hand", label="It was booked by hand: leave it out"),
                 Choice(id="enter", label="Enter it all the same")))


def changed_in_quickbooks(document: str, subject: str, what: str, amount: Money) -> Problem:
    return Problem(
        kind="changed_in_quickbooks", subject=subject, amount=amount,
        says=f"{document} was changed in QuickBooks after it was posted: {what}.",
        fix="Keep QuickBooks' version, or put it back as Procore has it. Nothing is overwritten without your word.",
        choices=(Choice(id="keep", label="Keep QuickBooks' version"),
                 Choice(id="restore", label="Put it back as in Procore")))


def changed_on_both_sides(document: str, subject: str, what: str, amount: Money) -> Problem:
    return Problem(
        kind="changed_on_both_sides", subject=subject, amount=amount,
        says=f"{document} was changed in both systems since they last agreed: {what}.",
        fix="Compare the two, then choose which one holds.",
        choices=(Choice(id="keep", label="Keep the version that is there now"),
                 Choice(id="restore", label="Enter Procore's version")))


def changed_by_the_rules(document: str, subject: str, what: str, amount: Money) -> Problem:
    return Problem(
        kind="changed_by_the_rules", subject=subject, amount=amount, who="controller",
        says=f"{document} was entered under other rules or codes; as they are now it would read otherwise: {what}.",
        fix="What was posted stays as it is until you say so. Keep it, or enter it as the rules now have it.",
        choices=(Choice(id="keep", label="Keep it as it was entered"),
                 Choice(id="restore", label="Change it to what the rules now say")))


def linked_and_differs(document: str, subject: str, what: str, amount: Money) -> Problem:
    return Problem(
        kind="linked_and_differs", subject=subject, amount=amount,
        says=f"{document} is linked to a bill that a person typed, and the two do not say the same: {what}.",
        fix="Keep the bill and the difference with it, or put the bill right as Procore has it.",
        choices=(Choice(id="keep", label="Keep the bill as it is in QuickBooks"),
                 Choice(id="restore", label="Put the bill right as in Procore")))


def linked_and_changed(document: str, subject: str, what: str, amount: Money) -> Problem:
    return Problem(
        kind="linked_and_changed", subject=subject, amount=amount,
        says=f"{document} is linked to a bill that a person typed, and Procore has changed it since: {what}.",
        fix="What a person typed is not overwritten without your word.",
        choices=(Choice(id="keep", label="Keep the bill as it is in QuickBooks"),
                 Choice(id="restore", label="Change it to Procore's version")))


def deleted_after_posting(document: str, subject: str, where: str, amount: Money) -> Problem:
    return Problem(
        kind="deleted_after_posting", subject=subject, amount=amount,
        says=f"{document} was entered and has since been deleted in {where}.",
        fix="Nothing a person deleted is made again on its own. Say what should be.",
        choices=(Choice(id="keep_deleted", label="It is right that it is gone"),
                 Choice(id="enter_again", label="Enter it again")))


def set_back_after_posting(document: str, subject: str, status: str, amount: Money) -> Problem:
    return Problem(
        kind="set_back_after_posting", subject=subject, amount=amount, who="controller",
        says=f"{document} was posted, and is now “{status}” in Procore.",
        fix="It stays in QuickBooks meanwhile. Approve it again in Procore, or take it out of QuickBooks.",
        choices=(Choice(id="keep", label="Leave it in QuickBooks"),
                 Choice(id="remove", label="Take it out of QuickBooks")))


def below_what_was_paid(document: str, subject: str, total: Money, paid: Money, already: str = "paid on it") -> Problem:
    """already: "paid on it" of a bill, "used" of a credit, whose amounts are given above zero."""
    return Problem(
        kind="below_what_was_paid", subject=subject, amount=paid - total, who="controller",
        says=f"{document} now comes to {shown(total)}, less than the {shown(paid)} already {already}.",
        fix="Enter a bill or vendor credit for the difference, or correct the application in Procore.",
        choices=(Choice(id="keep", label="Leave it as it is in QuickBooks"),))


def order_line_already_billed(document: str, subject: str, line: str, amount: Money) -> Problem:
    return Problem(
        kind="order_line_already_billed", subject=subject, amount=amount,
        says=f"{document}: the line “{line}” changed in Procore, and bills already draw on it in QuickBooks.",
        fix="A billed order line is never rewritten. Make the change as a change order in Procore, or leave it.",
        choices=(Choice(id="keep", label="Leave the order as it is in QuickBooks"),))


def markup_has_no_code(document: str, subject: str, amount: Money) -> Problem:
    return Problem(
        kind="markup_has_no_code", subject=subject, amount=amount, who="controller",
        says=f"{document} carries markup of {shown(amount)}, and no cost code is set for markup.",
        fix="Name the cost code that markup belongs to in the set-up file (rules: markup_code).")


def refused(document: str, subject: str, reason: str, words: str, code: str, amount: Money) -> Problem:
    plain = {
        "closed_period": "the period is closed", "number_taken": "the number is already used",
        "name_taken": "the name is already used", "inactive_record": "something on it was made inactive",
        "missing_record": "something on it no longer exists", "permission": "the connection may not do this",
        "edition": "this QuickBooks edition does not have the feature", "account_type": "an account has the wrong type",
        "company_status": "the QuickBooks company is not active", "locked": "the record is locked",
        "wrong_amount": "an amount was not accepted", "too_long": "a text was too long",
        "bad_field": "a field was not accepted", "limit": "a limit of the edition is reached",
        "stale": "it was changed at the same moment",
    }.get(reason, "it was not accepted")
    return Problem(
        kind="refused", subject=subject, amount=amount, details=f"{code}: {words}".strip(": "),
        says=f"{document} was refused: {plain}.",
        fix="Mend the cause, then try again. Nothing was entered.",
        choices=(Choice(id="try_again", label="Try again"),))


def answer_differs(document: str, subject: str, what: str, amount: Money) -> Problem:
    return Problem(
        kind="answer_differs", subject=subject, amount=amount,
        says=f"{document} was entered, but not as ordered: {what}.",
        fix="Compare the two, then keep what is there or put it right.",
        choices=(Choice(id="keep", label="Keep what is there"), Choice(id="restore", label="Put it right")))


def not_understood(what: str, subject: str, why: str) -> Problem:
    return Problem(
        kind="not_understood", subject=subject, who="IT", details=why,
        says=f"{what} could not be read as documented: {why}.",
        fix="Open the record in its system and correct the value. Everything else goes on.")


def payment_may_exist(document: str, subject: str, candidates: tuple[tuple[str, str], ...], amount: Money) -> Problem:
    found = "; ".join(text for _, text in candidates)
    same = tuple(Choice(id=f"this_is_it:{payment}", label=f"This is it: {text}") for payment, text in candidates)
    return Problem(
        kind="payment_may_exist", subject=subject, amount=amount,
        says=f"{document} would be reported to Procore, which already has a payment like it: {found}.",
        fix="Say whether it is the same payment.",
        choices=(*same, Choice(id="different", label="A different one: report it")))


def currency_differs(document: str, subject: str, found: str, books: str, amount: Money) -> Problem:
    return Problem(
        kind="currency_differs", subject=subject, amount=amount, who="controller",
        says=f"{document} is in {found}, and the books are kept in {books}.",
        fix="Enter it in QuickBooks by hand: what is in another currency is not carried over.")


def books_not_known(name: str, why: str) -> Problem:
    return Problem(
        kind="books_not_known", subject=f"connection:{name}", who="IT", details=why,
        says=f"The preferences of {name} could not be read: which periods are closed is not known. Nothing is posted.",
        fix="They are read again on the next turns. If it stays, connect QuickBooks again.")


def pair_paused(name: str, tries: int, why: str) -> Problem:
    return Problem(
        kind="pair_paused", subject=f"pair:{name}", who="IT", details=why,
        says=f"The sync of {name} failed {tries} times in a row and is paused: {why}",
        fix="Mend the cause, then resume.", choices=(Choice(id="resume", label="Resume"),))


def not_connected(name: str, says: str, fix: str) -> Problem:
    return Problem(kind="not_connected", subject=f"connection:{name}", who="IT", says=f"{name}: {says}", fix=fix)
