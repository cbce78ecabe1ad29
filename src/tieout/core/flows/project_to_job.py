"""A routed project becomes a job (sub-customer) under its customer, or is linked to the one that is there.

Trigger   the set-up routes the project.
Match     `job` names an existing job; else the customer's job of the rendered name; else a new one.
Key       project id. Natural key: the job's display name.
Owner     Procore for the name at creation; afterwards QuickBooks.
Covers    A59 A60 A61 A62
"""
from __future__ import annotations

from collections.abc import Iterator

from tieout.core.books import Customer
from tieout.core.drafts import JobDraft, Ref
from tieout.core.flows.company_to_vendor import name_problem
from tieout.core.names import squeezed, tidy
from tieout.core.picture import Picture, Slot
from tieout.core.problems import Problem, customer_not_found, name_taken
from tieout.core.wish import Wish

FLOW = "project_to_job"
LONGEST = 100


def wishes(picture: Picture) -> Iterator[Wish]:
    project = picture.project
    found, draft, problem = "", None, None
    if not picture.link(FLOW, project.id):
        found, draft, problem = _wanted(picture)
    else:
        held = picture.lists.customers.get(picture.job.id)
        parent = picture.lists.customers.get(held.parent) if held else None
        if held and parent:
            draft = JobDraft(name=held.name, customer=_customer_ref(parent))
        elif held:
            found = held.id                                  # converted or moved to the top: still the same job
    yield Wish(slot=Slot(flow=FLOW, key=project.id), source_kind="project", source=project.id,
               title=f"Job {project.number} {project.name}".rstrip(), number=project.number, project=project.number,
               draft=draft, found=found, problems=(problem,) if problem else ())


def _wanted(picture: Picture) -> tuple[str, JobDraft | None, Problem | None]:
    route, lists, project = picture.route, picture.lists, picture.project
    for kind in ("name_taken", "name_not_allowed"):
        said = picture.said.get((kind, f"project:{project.number}"))
        linked = lists.customers.get(said.value) if said and said.choice == "link" else None
        if linked and linked.active:
            return linked.id, None, None
    said = picture.said.get(("customer_not_found", f"project:{project.number}"))
    if route.job and said is None:
        job = lists.customer_by_name.get(squeezed(route.job)) or next(
            (c for c in lists.customers.values() if c.active and squeezed(c.name) == squeezed(route.job)), None)
        return (job.id, None, None) if job else ("", None, customer_not_found(project.number, route.job))
    named = picture.mapped("customer", route.customer) or route.customer
    customer = lists.customers.get(said.value) if said else lists.customer_by_name.get(squeezed(named))
    if customer is None:
        return "", None, customer_not_found(project.number, route.customer)
    name = tidy(picture.rules.job_name.format(number=project.number, name=project.name))
    same = next((c for c in lists.customers.values() if c.active and squeezed(c.name) == squeezed(name)), None)
    if same and same.parent == customer.id:
        return same.id, None, None
    if same:
        return "", None, name_taken("job", name, f"“{same.full_name}”", f"project:{project.number}")
    problem = name_problem(name, "job", f"project:{project.number}", LONGEST)
    return "", None if problem else JobDraft(name=name, customer=_customer_ref(customer)), problem


def _customer_ref(customer: Customer) -> Ref:
    return Ref(kind="customer", name=customer.full_name, id=customer.id)
