"""Who gets in: by the one-time link, by name and password, and nobody else."""
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import get_resolver

from tests.support import rows
from tieout.app.web.models import FailedLogin
from tieout.app.web.setup_link import make_setup_link
from tieout.engine import trail
from tieout.engine.store.models import SetupLink, TrailEntry

pytestmark = pytest.mark.django_db
GOOD = {"name": "dana", "password": "three blind invoices", "again": "three blind invoices"}
OPEN_DOORS = {"setup", "login", "logout"}


def a_link(now: datetime | None = None) -> str:
    address = make_setup_link(now or datetime.now(UTC))
    assert address.startswith("http")
    return "/setup/" + address.rsplit("/", 1)[1]


def try_to_log_in(client: Client, password: str = "wrong", name: str = "dana", address: str = "192.0.2.1"):
    return client.post("/login", {"name": name, "password": password}, REMOTE_ADDR=address)


def test_the_set_up_link_makes_the_first_user_who_is_then_inside(client: Client):
    link = a_link()
    assert client.get(link).status_code == 200
    answer = client.post(link, GOOD)
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/connections").status_code == 200
    assert get_user_model().objects.get().check_password(GOOD["password"])
    assert TrailEntry.objects.filter(chain="", subject="user:dana").exists()
    assert trail.verify("") is None


def test_the_set_up_link_works_once(client: Client):
    link = a_link()
    client.post(link, GOOD)
    again = Client().post(link, {**GOOD, "name": "mallory"})
    assert again.status_code == 410
    assert "has been used" in again.content.decode()
    assert get_user_model().objects.count() == 1


def test_the_set_up_link_expires_after_a_day(client: Client):
    link = a_link(datetime.now(UTC) - timedelta(hours=25))
    answer = client.post(link, GOOD)
    assert answer.status_code == 410
    assert not get_user_model().objects.exists()


def test_a_newer_set_up_link_takes_the_place_of_an_older_one(client: Client):
    old = a_link()
    new = a_link()
    assert client.get(old).status_code == 410
    assert client.get(new).status_code == 200


def test_a_made_up_set_up_link_opens_nothing(client: Client):
    a_link()
    assert client.post("/setup/guessed", GOOD).status_code == 410


def test_no_set_up_link_is_made_once_there_is_a_user():
    rows.user()
    assert make_setup_link(datetime.now(UTC)) == ""


def test_only_the_hash_of_the_set_up_link_is_kept():
    token = a_link().rsplit("/", 1)[1]
    assert token not in str(SetupLink.objects.values())


@pytest.mark.parametrize(("change", "words"), [
    ({"password": "short", "again": "short"}, "at least 10 characters"),
    ({"password": "password123", "again": "password123"}, "too common"),
    ({"again": "another password"}, "not the same"),
    ({"name": ""}, "required"),
    ({"password": "dana-dana-dana", "again": "dana-dana-dana", "name": "dana-dana-dana"}, "too similar"),
])
def test_a_weak_or_mistyped_password_is_refused_with_the_reason(client: Client, change: dict[str, str], words: str):
    link = a_link()
    answer = client.post(link, {**GOOD, **change})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not get_user_model().objects.exists()
    assert client.post(link, GOOD).status_code == 302        # the link is still good


def test_every_page_but_the_doors_needs_a_login(client: Client):
    rows.pair()
    patterns = {pattern.name: str(pattern.pattern) for pattern in get_resolver().url_patterns}
    examples = {"<slug:name>": "maple-field", "<slug:flow>": "subcontractor_invoice_to_bill", "<path:slot>": "1000",
                "<int:problem_id>": "1", "<int:decision_id>": "1"}
    for name, pattern in patterns.items():
        if name in OPEN_DOORS:
            continue
        for placeholder, example in examples.items():
            pattern = pattern.replace(placeholder, example)
        for answer in (client.get("/" + pattern), client.post("/" + pattern)):
            assert answer.status_code == 302, pattern
            assert answer.url.startswith("/login?next="), pattern


def test_the_right_password_leads_to_the_page_that_was_asked_for(client: Client):
    rows.user()
    answer = client.post("/login", {"name": "dana", "password": rows.PASSWORD, "next": "/documents?status=needs_you"})
    assert (answer.status_code, answer.url) == (302, "/documents?status=needs_you")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_login_never_leads_to_another_site(client: Client, elsewhere: str):
    rows.user()
    answer = client.post("/login", {"name": "dana", "password": rows.PASSWORD, "next": elsewhere})
    assert answer.url == "/"


def test_a_wrong_password_does_not_tell_whether_the_name_exists(client: Client):
    rows.user()
    known, unknown = try_to_log_in(client), try_to_log_in(client, name="nobody")
    assert known.status_code == unknown.status_code == 400
    assert "do not belong together" in known.content.decode()
    assert "do not belong together" in unknown.content.decode()


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(client: Client):
    rows.user()
    for _ in range(5):
        assert try_to_log_in(client).status_code == 400
    refused = try_to_log_in(client, rows.PASSWORD)
    assert refused.status_code == 429
    assert "Wait 15 minutes" in refused.content.decode()
    assert try_to_log_in(client, rows.PASSWORD, address="192.0.2.2").status_code == 302
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert try_to_log_in(Client(), rows.PASSWORD).status_code == 302


def test_many_machines_together_do_not_guess_faster(client: Client):
    rows.user()
    for number in range(30):
        try_to_log_in(client, address=f"198.51.100.{number}")
    assert try_to_log_in(client, rows.PASSWORD, address="203.0.113.9").status_code == 429


def test_a_right_password_clears_the_wrong_ones_before_it(client: Client):
    rows.user()
    for _ in range(4):
        try_to_log_in(client)
    try_to_log_in(client, rows.PASSWORD)
    assert not FailedLogin.objects.exists()


def test_logging_out_is_a_button_and_ends_the_session(dana: Client):
    assert dana.get("/logout").status_code == 405
    assert dana.post("/logout").url == "/login"
    assert dana.get("/connections").status_code == 302


def test_a_form_of_another_site_changes_nothing():
    client = Client(enforce_csrf_checks=True)
    client.force_login(rows.user())
    answer = client.post("/look")
    assert answer.status_code == 403
    assert "open too long" in answer.content.decode()
