"""Every endpoint of both stand-ins is called, and every answer held against the vendor's own description.

What is called and what is missing is printed: `pytest -rA tests/sandbox/conformance` shows the lists.
"""
from __future__ import annotations

import re

import pytest

from tests.sandbox.conformance import play, refusals
from tests.sandbox.quickbooks_online.office import Office
from tests.support import procore_spec, quickbooks_schema, sandbox_endpoints
from tests.support.procore_client import Site
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online import service as quickbooks

needs_description = pytest.mark.skipif(not procore_spec.is_present(), reason=procore_spec.ABSENT)
needs_schema = pytest.mark.skipif(not quickbooks_schema.is_present(), reason=quickbooks_schema.ABSENT)


@needs_description
@pytest.mark.parametrize("scenario", play.of_vendor("procore"))
def test_every_answer_of_procore_is_as_its_description_says(scenario: str) -> None:
    site = Site.new()
    assert [problem for call in play.calls(scenario) for problem in play.procore_problems(site, call)] == []


@needs_schema
@pytest.mark.parametrize("scenario", play.of_vendor("quickbooks"))
def test_every_answer_of_quickbooks_fits_the_schema(scenario: str) -> None:
    assert [problem for call in play.calls(scenario) for problem in play.quickbooks_problems(call)] == []


def test_every_endpoint_of_procore_is_called_and_answers() -> None:
    site = Site.new()
    called = {play.procore_endpoint(site, call) for scenario in play.of_vendor("procore")
              for call in play.calls(scenario) if call.answer.status < 400}
    told("Procore", sandbox_endpoints.procore_endpoints(), called)


def test_every_operation_of_quickbooks_is_called_and_answers() -> None:
    called = {done for scenario in play.of_vendor("quickbooks") for call in play.calls(scenario)
              for done in play.quickbooks_done(call, quickbooks.NAMES)}
    told("QuickBooks", sandbox_endpoints.quickbooks_endpoints(), called)


def told(vendor: str, implemented: list[str], called: set[str | None] | set[str]) -> None:
    missing = [endpoint for endpoint in implemented if endpoint not in called]
    print(f"{vendor}: {len(implemented) - len(missing)} of {len(implemented)} endpoints are called")
    print("\n".join(f"  {'MISSING ' if endpoint in missing else ''}{endpoint}" for endpoint in implemented))
    assert missing == [], f"no scenario in tests/sandbox/conformance/scenarios gets an answer from these: {missing}"


@needs_description
@pytest.mark.parametrize("endpoint", sandbox_endpoints.procore_endpoints()[5:])
def test_each_endpoint_of_procore_refuses_what_every_endpoint_refuses(endpoint: str) -> None:
    site = Site.new()
    heard: list[play.Call] = []
    play.listen(site.service, lambda request, answer: heard.append(play.Call(request, answer)))
    refusals.of_procore(site, endpoint)
    assert [problem for call in heard for problem in play.procore_problems(site, call)] == []


@needs_schema
@pytest.mark.parametrize("entity", sandbox_endpoints.quickbooks_entities())
def test_each_entity_of_quickbooks_refuses_what_every_entity_refuses(entity: str) -> None:
    office = Office().furnish()
    heard: list[play.Call] = []
    play.listen(office.service, lambda request, answer: heard.append(play.Call(request, answer)))
    refusals.of_quickbooks(office, entity, sandbox_endpoints.quickbooks_entities()[entity])
    assert [problem for call in heard for problem in play.quickbooks_problems(call)] == []


@needs_schema
@pytest.mark.parametrize("scenario", play.of_vendor("quickbooks"))
def test_what_is_answered_in_json_is_answered_in_xml_by_the_schema_too(scenario: str) -> None:
    """The documents that a scenario leaves behind, asked for once more in XML."""
    place, act = play.place_for(scenario)
    act(place)
    heard: list[play.Call] = []
    play.listen(place.service, lambda request, answer: heard.append(play.Call(request, answer)))
    headers = {"Authorization": f"Bearer {place.token}", "Accept": "application/xml"}
    for entity in quickbooks.NAMES.values():
        statement = f"select * from {entity}"
        place.service.handle(Request.of("GET", f"{place.base}/query", query=(("query", statement),), headers=headers))
    assert all("xml" in call.answer.headers["Content-Type"] for call in heard)
    assert [problem for call in heard for problem in play.quickbooks_problems(call)] == []


@pytest.mark.parametrize("endpoint", sandbox_endpoints.procore_unplayed())
def test_each_endpoint_that_is_not_played_says_so_by_name(endpoint: str) -> None:
    site = Site.new()
    method, template = endpoint.split(" ")
    path = re.sub(r"\{\w+\}", "7", template)
    answer = site.api.call(method, path, None if method == "GET" else {})
    said = f"{endpoint} is an endpoint of Procore that this practice Procore does not play"
    assert (answer.status, answer.body) == (501, {"errors": said})
    assert site.service.kit.calls.of("procore")[endpoint] == 1


def test_a_path_that_nobody_knows_is_not_said_to_be_procores() -> None:
    answer = Site.new().api.call("GET", "/rest/v1.0/moons")
    assert (answer.status, answer.body) == (
        501, {"errors": "GET /rest/v1.0/moons is not part of this practice Procore"})


@needs_description
def test_whatever_the_description_has_is_played_or_known_to_be_missing() -> None:
    def bare(endpoint: str) -> str:
        return re.sub(r"\{\w+\}", "{}", endpoint)
    described = {bare(endpoint) for endpoint in procore_spec.endpoints()}
    played = {bare(endpoint) for endpoint in sandbox_endpoints.procore_endpoints()}
    missing = {bare(endpoint) for endpoint in sandbox_endpoints.procore_unplayed()}
    assert described - played == missing
