"""The practice company's whole year through the real adapter: everything understood, every line adds up."""
import pytest

from tests.adapters.procore.office import URL
from tests.support.bridge import MemoryTokens, Permit, bridge
from tieout.adapters.procore.auth import app, grant
from tieout.adapters.procore.system import Procore
from tieout.core.construction import ChangeOrder, Commitment, Requisition
from tieout.core.money import ZERO
from tieout.ports import CallCount, Feed
from tieout.sandbox.sandbox import Sandbox


class Year:
    def __init__(self) -> None:
        sandbox = Sandbox.start("maple")
        while sandbox.world.play_next() is not None:
            pass
        practice, self.calls, transport = sandbox.procore, CallCount(), bridge(sandbox.procore)
        granted = grant(app(practice.client_id, practice.client_secret, URL), MemoryTokens(), "client_credentials",
                        calls=self.calls, transport=transport, now=sandbox.kit.clock.now)
        self.procore = Procore(company_id=str(practice.company.id), grant=granted, guard=Permit(), calls=self.calls,
                               base_url=URL, login_url=URL, transport=transport, now=sandbox.kit.clock.now)
        self.projects = [str(project) for project in practice.company.projects]
        self.owners_changes = sum(order.contract.is_prime for project in practice.company.projects.values()
                                  for order in project.change_orders.values())
        self.cursors: dict[Feed, str] = {}
        self.held: dict[tuple[str, str], object] = {}
        self.whole: set[tuple[str, str]] = set()
        self.first = self.turn()

    def turn(self) -> int:
        """Reads every feed; how many calls that took, without the token's."""
        self.calls.by_endpoint.clear()
        for feed in self.procore.feeds(self.projects):
            for batch in self.procore.read(feed, self.cursors.get(feed, "")):
                for reading in batch.readings:
                    self.held[reading.kind, reading.key] = self.procore.understand(reading)
                self.whole.update(batch.whole)
                self.cursors[feed] = batch.cursor or self.cursors.get(feed, "")
        return sum(count for endpoint, count in self.calls.by_endpoint.items() if endpoint != "POST token")

    def of(self, kind: str) -> list[object]:
        return [noun for (found, _), noun in self.held.items() if found == kind]


@pytest.fixture(scope="module")
def year() -> Year:
    return Year()


def test_the_year_is_read_whole_in_no_more_calls_than_it_has_lists_contracts_and_change_orders(year: Year) -> None:
    """One list holds the change orders of both sides (procore.md 5.12); the owner's are read and left."""
    shown = len(year.of("commitment")) + len(year.of("change_order")) + year.owners_changes
    paid = len({payment.commitment for payment in year.of("payment_issued")})
    assert year.first == 3 + 4 * len(year.projects) + shown + paid
    assert year.whole == {("project", ""), ("company", "")} | {
        (kind, project) for project in year.projects
        for kind in ("commitment", "change_order", "subcontractor_invoice", "payment_issued")}


def test_every_commitment_with_its_approved_change_orders_comes_to_its_revised_sum(year: Year) -> None:
    orders = [noun for noun in year.of("change_order") if isinstance(noun, ChangeOrder)]
    found = [noun for noun in year.of("commitment") if isinstance(noun, Commitment)]
    assert len(found) == 25 and len(orders) == 12
    for commitment in found:
        approved = [order for order in orders if order.commitment == commitment.id and order.status == "approved"]
        lines = [line.amount for holder in (commitment, *approved) for line in holder.lines]
        assert sum(lines, ZERO) == commitment.revised, commitment.number


def test_the_lines_of_every_application_come_to_its_cover_and_to_what_is_due(year: Year) -> None:
    found = {noun.id: noun for noun in year.of("subcontractor_invoice") if isinstance(noun, Requisition)}
    assert len(found) == 90
    for invoice in found.values():
        before = found.get(invoice.previous)
        completed = sum((line.completed for line in invoice.lines), ZERO)
        retained = sum((line.retained for line in invoice.lines), ZERO)
        earned_before = before.completed - before.retained if before else ZERO
        assert (completed, retained) == (invoice.completed, invoice.retained), invoice.id
        assert completed - retained - earned_before == invoice.due_now - invoice.tax, invoice.id


def test_every_line_of_an_application_bills_a_line_of_its_order_on_the_same_code(year: Year) -> None:
    codes = {line.id: line.code for noun in (*year.of("commitment"), *year.of("change_order"))
             if isinstance(noun, (Commitment, ChangeOrder)) for line in noun.lines}
    for invoice in year.of("subcontractor_invoice"):
        assert isinstance(invoice, Requisition)
        assert all(codes[line.source] == line.code for line in invoice.lines), invoice.id


def test_an_idle_turn_after_the_year_is_one_call_per_list(year: Year) -> None:
    held = len(year.held)
    year.turn()                                              # the rotation's own first look
    assert year.turn() == 2 + 4 * len(year.projects) + len(year.projects)
    assert len(year.held) == held
