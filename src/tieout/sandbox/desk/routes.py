"""Which page or act answers which path below `/_sandbox/desk`, and what every one of them has in common."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tieout.sandbox.desk import bills, books, costs, documents, field, income, names, owner
from tieout.sandbox.desk.desk import PATH, Act, Balances, Desk, Form, Missing, Mistake, Page, Said, why
from tieout.sandbox.desk.pages import page, style
from tieout.sandbox.desk.tables import PAGE
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.worlds.rest import Refused

if TYPE_CHECKING:
    from tieout.sandbox.sandbox import Sandbox

Handler = TypeVar("Handler")
CONFIRMED = ("delete", "void", "merge")
DAYS_AHEAD = {"1": 1, "7": 7, "30": 30}


def home(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    world = desk.sandbox.world
    unpaid = desk.quickbooks.query("Bill", "Balance > '0'")
    return "home.html", {
        "title": "The desk", **field.waiting(desk), "bills": unpaid, "owed": sum(bill["Balance"] for bill in unpaid),
        "next": world.steps[world.played] if world.played < len(world.steps) else None,
        "left": len(world.steps) - world.played, "played": world.played}


def play(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    done = desk.sandbox.world.play_next()
    if done is None:
        return "The world's story is over; what happens now is up to you.", "/"
    acts = done.get("acts", [])
    return "\n".join([f"{done.get('label', done.get('step', ''))} is played.", *map(str, acts)]), "/"


def advance(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    days = DAYS_AHEAD.get(form.text("days", "Days"))
    if days is None:
        raise Mistake(f"Days is “{form.values['days']}”. Choose 1, 7 or 30.")
    desk.sandbox.kit.clock.advance(timedelta(days=days))
    return f"It is {desk.today} now.", "/"


PAGES: tuple[tuple[str, Page], ...] = (
    ("/", home),
    ("/procore", field.projects),
    ("/procore/{project}", field.project),
    ("/procore/{project}/applications/{invoice}", field.invoice),
    ("/procore/{project}/commitments/{contract}/bill", field.new_invoice),
    ("/procore/{project}/owner", owner.owner_side),
    ("/procore/{project}/prime-contracts/{contract}", owner.prime_contract),
    ("/procore/{project}/prime-contracts/{contract}/bill", owner.new_owner_invoice),
    ("/procore/{project}/owner-invoices/{invoice}", owner.owner_invoice),
    ("/procore/{project}/owner-invoices/{invoice}/copy", income.copy_owner_invoice),
    ("/procore/{project}/direct-costs", costs.direct_costs),
    ("/procore/{project}/direct-costs/{cost}", costs.direct_cost),
    ("/procore/{project}/timesheets", costs.timesheets),
    ("/procore/{project}/timesheets/{sheet}", costs.timesheet),
    ("/quickbooks/deposit", income.deposit_page),
    ("/quickbooks/Invoice/{id}/receive", income.receive_page),
    ("/quickbooks/books", books.books),
    ("/quickbooks/pay", bills.open_bills),
    ("/quickbooks/new-bill", bills.new_bill),
    ("/quickbooks/vendors", names.vendors),
    ("/quickbooks/vendors/{id}", names.vendor),
    ("/quickbooks/vendors/{id}/merge", names.ask_merge),
    ("/quickbooks/PurchaseOrder/{id}/copy", bills.copy_order),
    ("/quickbooks/{entity}/{id}/delete", documents.ask_delete),
    ("/quickbooks/{entity}/{id}/void", documents.ask_void),
    ("/quickbooks/{entity}", documents.documents),
    ("/quickbooks/{entity}/{id}", documents.document))
ACTS: tuple[tuple[str, Act], ...] = (
    ("/world/next", play),
    ("/clock", advance),
    ("/procore/{project}/commitments/{contract}/bill", field.create_invoice),
    ("/procore/{project}/applications/{invoice}/lines", field.save_lines),
    ("/procore/{project}/applications/{invoice}/status", field.set_invoice),
    ("/procore/{project}/change-orders/{order}/status", field.set_order),
    ("/procore/{project}/prime-contracts/{contract}/bill", owner.create_owner_invoice),
    ("/procore/{project}/owner-invoices/{invoice}/lines", owner.save_owner_lines),
    ("/procore/{project}/owner-invoices/{invoice}/status", owner.set_owner_invoice),
    ("/procore/{project}/owner-invoices/{invoice}/copy", income.create_invoice),
    ("/quickbooks/Invoice/{id}/receive", income.receive),
    ("/quickbooks/deposit", income.deposit),
    ("/quickbooks/new-bill", bills.create_bill),
    ("/quickbooks/pay", bills.pay),
    ("/quickbooks/close", books.close_books),
    ("/quickbooks/vendors/{id}/rename", names.rename_vendor),
    ("/quickbooks/vendors/{id}/retire", names.retire_vendor),
    ("/quickbooks/vendors/{id}/merge", names.merge_vendor),
    ("/quickbooks/PurchaseOrder/{id}/copy", bills.bill_order),
    ("/quickbooks/Bill/{id}/edit", bills.edit_bill),
    ("/quickbooks/{entity}/{id}/delete", documents.delete),
    ("/quickbooks/{entity}/{id}/void", documents.void))
NAVIGATION = (
    ("", (("/", "Today"),)),
    ("Project manager, in Procore", (("/procore", "Projects"),)),
    ("Bookkeeper: money out", (
        ("/quickbooks/pay", "Pay bills"), ("/quickbooks/new-bill", "Enter a bill"),
        *documents.kinds("Bill", "VendorCredit", "BillPayment", "PurchaseOrder", "Purchase"),
        ("/quickbooks/vendors", "Vendors"))),
    ("Bookkeeper: money in", (
        ("/quickbooks/deposit", "Deposit"),
        *documents.kinds("Invoice", "Payment", "Deposit", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt"))),
    ("The rest of QuickBooks", (
        ("/quickbooks/books", "The books"), *documents.kinds("JournalEntry", "Transfer", "TimeActivity"))))


def handle(sandbox: Sandbox, request: Request) -> Response:
    """A page, or an act and then the page to go to. An act is kept in the journal with the time of its doing."""
    path = request.path.removeprefix(PATH) or "/"
    if path == "/desk.css":
        return style()
    if request.method == "POST":
        if not _from_the_desk(request):
            return Response(403, {"Content-Type": "text/plain"}, b"Send this from the desk's own page.")
        with sandbox.undisturbed() as at:
            answer = _act(sandbox.desk, path, request)
            sandbox.webhooks.drain()
        if sandbox.kit.journal is not None:
            sandbox.kit.journal.append("control", request, at)
        return answer
    if request.method not in ("GET", "HEAD"):
        return Response(405, {"Allow": "GET, POST"})
    with sandbox.undisturbed():
        return _show(sandbox.desk, path, request)


def _from_the_desk(request: Request) -> bool:
    """Another site's page in the same browser may not act here."""
    origin = request.headers.get("origin")
    here = request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return (origin in (None, "null") and here) or origin == f"http://{request.headers.get('host')}"


def _show(desk: Desk, path: str, request: Request, said: Said | None = None) -> Response:
    found = _match(PAGES, path)
    status = 200
    if said is None:
        said = desk.said.get(request.param("said") or "")
    try:
        if found is None:
            raise Missing("The desk has no such page.")
        template, facts = found[0](desk, request, found[1])
    except (Missing, Mistake, Refused) as wrong:
        missing = isinstance(wrong, Missing) or (isinstance(wrong, Refused) and wrong.status in (400, 404))
        status = 404 if missing else 400
        template, facts = "wrong.html", {"title": "Not here" if missing else "Can't be shown", "text": _text(wrong)}
    return page(template, {
        "page": PAGE, **facts, "said": said, "here": path, "navigation": NAVIGATION, "base": PATH,
        "world": desk.sandbox.world.name, "now": desk.sandbox.kit.clock.now(), "day_now": desk.today}, status)


def _act(desk: Desk, path: str, request: Request) -> Response:
    """What was refused leaves everything as it was, and shows the page it came from with the reason."""
    found = _match(ACTS, path)
    if found is None:
        return _show(desk, path, request)
    balances, form = Balances(desk.books), Form({})
    try:
        form = Form.of(request)
        text, where = found[0](desk, form, found[1])
        said = Said("done", text, balances.moved())
    except (Missing, Mistake, Refused) as wrong:
        moved = balances.moved()
        said, where = Said("refused", _text(wrong), moved, dict(form.values)), _back(form.values.get("from") or path)
    number = desk.remember(said)
    return Response(303, {"Location": f"{PATH}{where}{'&' if '?' in where else '?'}said={number}"})


def _back(where: str) -> str:
    """The page that an act came from; of what was to be confirmed, the document itself."""
    path, _, query = where.partition("?")
    if path.rpartition("/")[2] in CONFIRMED:
        path, query = path.rpartition("/")[0], ""
    if _match(PAGES, path) is None or not (where.isascii() and where.isprintable()):
        return "/"
    return f"{path}?{query}" if query else path


def _text(wrong: Exception) -> str:
    return why(wrong.body) if isinstance(wrong, Refused) else str(wrong)


def _match(table: tuple[tuple[str, Handler], ...], path: str) -> tuple[Handler, dict[str, str]] | None:
    parts = path.split("/")
    for template, handler in table:
        wanted = template.split("/")
        if len(wanted) == len(parts) and all(
                want == part or (want.startswith("{") and part) for want, part in zip(wanted, parts, strict=True)):
            return handler, {want[1:-1]: part for want, part in zip(wanted, parts, strict=True)
                             if want.startswith("{")}
    return None
