"""The set-up file: all of it or none, every mistake named with its fix, and the same file given back."""
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings

from tieout.app.setup_file import apply, export
from tieout.app.setup_read import SetupErrors
from tieout.engine import trail
from tieout.engine.store.models import Agreed, Connection, Mapping, Pair, RoutedProject, Seen
from tieout.engine.store.tokens import KeptTokens, secret_of
from tieout.ports import Tokens

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

WHOLE = """
[connections.field]
kind = "procore"
base_url = "http://127.0.0.1:9201/"
login_url = "http://127.0.0.1:9201"
company_id = "4283186"
client_id = "procore-client"
client_secret_file = "secrets/procore"
[connections.books]
kind = "quickbooks_online"
realm_id = 4620816365000000001
client_id = "qbo-client"
client_secret_env = "TEST_QBO_SECRET"
refresh_token_file = "secrets/qbo-token"

[[pairs]]
name = "maple"
procore = "field"
quickbooks = "books"
mode = "review"
[[pairs.projects]]
number = "24-017"
customer = 'Oak "Health" LLC'
start = 2026-01-01
modes = { subcontractor_invoice_to_bill = "live" }
[[pairs.projects]]
number = "24-018"
job = "Elm:St"
from_application = 7
[pairs.rules]
line_coding = "item"
retainage.payable.held = "2050 Retainage payable"
bill.date = "period_end"
posting_statuses = ["approved"]
[[pairs.mappings]]
kind = "cost_code"
file = "cost-codes.csv"
[[pairs.mappings]]
kind = "vendor"
rows = [["Ace Electric", "Ace Electric Inc."]]
"""
CODES = "\ufeffcode,type,account\r\n03-300,S,5100 Subcontractors\r\n03-300,,5000 Job costs\r\n\r\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/procore").write_text("procore-s3cret\n")
    (tmp_path / "secrets/qbo-token").write_text("refresh-1\n")
    (tmp_path / "cost-codes.csv").write_text(CODES, newline="")
    monkeypatch.setenv("TEST_QBO_SECRET", "qbo-s3cret")
    return tmp_path


def applied(folder: Path, text: str) -> list[str]:
    file = folder / "tieout.toml"
    file.write_text(text)
    return apply(file, by="Ann", now=NOW)


def refused(folder: Path, text: str) -> str:
    before = export()
    with pytest.raises(SetupErrors) as errors:
        applied(folder, text)
    assert export() == before, "something was half-written"
    return "\n".join(errors.value.errors)


def test_A78_a_pair_is_set_up_whole_from_a_file_and_a_second_time_changes_nothing(folder: Path):
    assert applied(folder, WHOLE)
    field, books = Connection.objects.get(name="field"), Connection.objects.get(name="books")
    key = settings.TIEOUT_ENVELOPE_KEY
    assert (field.kind, field.company_id, field.base_url, field.grant) == (
        "procore", "4283186", "http://127.0.0.1:9201", "client_credentials")
    assert (secret_of(field, key), secret_of(books, key)) == ("procore-s3cret", "qbo-s3cret")
    assert (books.company_id, books.grant) == ("4620816365000000001", "authorization_code")
    kept = KeptTokens(books.pk, key).read()
    assert kept is not None
    assert (kept.refresh, kept.expires_at < NOW) == ("refresh-1", True)
    pair = Pair.objects.get()
    assert (pair.mode, pair.look_again, pair.rules) == ("review", True, {
        "line_coding": "item", "retainage": {"payable": {"held": "2050 Retainage payable"}},
        "bill": {"date": "period_end"}, "posting_statuses": ["approved"]})
    first, second = RoutedProject.objects.order_by("number")
    assert (first.customer, first.start, first.modes) == (
        'Oak "Health" LLC', date(2026, 1, 1), {"subcontractor_invoice_to_bill": "live"})
    assert (second.job, second.start, second.from_application) == ("Elm:St", None, 7)
    assert set(Mapping.objects.values_list("kind", "source", "target")) == {
        ("cost_code", "03-300.S", "5100 Subcontractors"), ("cost_code", "03-300", "5000 Job costs"),
        ("vendor", "Ace Electric", "Ace Electric Inc.")}
    entries = len(trail.history("maple", "setup")) + len(trail.history("", "setup"))
    assert entries > 0
    assert applied(folder, WHOLE) == []
    assert len(trail.history("maple", "setup")) + len(trail.history("", "setup")) == entries
    assert trail.verify("maple") is trail.verify("") is None


def test_the_exported_file_changes_nothing_and_sets_up_a_second_installation_without_its_secrets(folder: Path):
    applied(folder, WHOLE)
    text = export()
    assert "s3cret" not in text
    assert "refresh-1" not in text
    assert applied(folder, text) == []
    Pair.objects.all().delete()
    Connection.objects.all().delete()
    applied(folder, text)
    assert export() == text


def test_I11_no_secret_is_written_to_the_trail_or_told(folder: Path):
    told = applied(folder, WHOLE)
    said = "\n".join([*told, *(entry.says + entry.body for entry in trail.history("", "setup"))])
    assert "s3cret" not in said
    assert "refresh-1" not in said


@pytest.mark.parametrize("slip", ["client_secrt", "refresh_tokn", "passwd", "api_key"])
def test_I11_a_misspelt_key_of_a_secret_does_not_print_the_secret(folder: Path, slip: str):
    with pytest.raises(SetupErrors) as wrong:
        applied(folder, f'[connections.field]\nkind = "procore"\n{slip} = "hush-hush"\n')
    assert slip in str(wrong.value)
    assert "hush-hush" not in str(wrong.value)


def test_a_new_pair_is_off_until_a_mode_is_given(folder: Path):
    applied(folder, WHOLE.replace('mode = "review"\n', ""))
    assert Pair.objects.get().mode == "off"


def test_A99_classes_are_mapped_from_a_code_with_its_type_a_code_or_a_type(folder: Path):
    applied(folder, WHOLE)
    table = '[[pairs]]\nname = "maple"\n[[pairs.mappings]]\nkind = "class"\nrows = '
    applied(folder, table + '[["03-300", "S", "Concrete:Subs"], ["03-300", "Concrete"], ["E", "Equipment"]]')
    assert set(Mapping.objects.filter(kind="class").values_list("source", "target")) == {
        ("03-300.S", "Concrete:Subs"), ("03-300", "Concrete"), ("E", "Equipment")}
    again = export()
    assert not [line for line in applied(folder, again) if "class" in line] and export() == again
    assert "a class row is: code, type, target in QuickBooks" in refused(folder, table + '[["03-300"]]')


def test_what_is_absent_is_kept_and_what_changes_is_told(folder: Path):
    applied(folder, WHOLE)
    told = applied(folder, """
[[pairs]]
name = "maple"
mode = "live"
rules.bill.date = "billing_date"
[[pairs.projects]]
number = "24-018"
remove = true
[[pairs.mappings]]
kind = "cost_code"
rows = [["03-300", "S", "5200 Subs"]]
[[pairs.mappings]]
kind = "vendor"
rows = [["Ace Electric"]]
remove = true
""")
    assert told == [
        "Pair maple: mode review -> live.",
        "Pair maple: rule bill.date: period_end -> billing_date.",
        "Pair maple: project 24-018 is no longer routed here.",
        "Pair maple: cost_code 03-300.S: 5100 Subcontractors -> 5200 Subs.",
        "Pair maple: vendor Ace Electric is no longer mapped."]
    pair = Pair.objects.get()
    assert pair.rules["retainage"] == {"payable": {"held": "2050 Retainage payable"}}
    assert pair.rules_version == 3
    assert Mapping.objects.filter(kind="cost_code").count() == 2


@pytest.mark.parametrize(("before", "after", "said"), [
    ("kind = \"procore\"", "kidn = \"procore\"",
     'connections.field.kidn = "procore": this key is not known; did you mean kind?'),
    ('kind = "procore"', 'kind = "procor"',
     'connections.field.kind = "procor": choose one of procore, quickbooks_online; did you mean procore?'),
    ('bill.date = "period_end"', 'bil.date = "period_end"',
     'pairs.maple.rules.bil.date = "period_end": this key is not known; did you mean bill.date?'),
    ('bill.date = "period_end"', 'bill.date = "someday"',
     "pairs.maple.rules.bill.date = 'someday': choose one of billing_date, period_end, approved_on"),
    ('mode = "review"', 'mode = "on"', 'pairs.maple.mode = "on": choose one of off, shadow, review, live'),
    ("start = 2026-01-01\n", "", "pairs.maple.projects.24-017 lacks start: a date"),
    ("start = 2026-01-01", 'start = "January"', 'start = "January": write a date like 2026-01-31'),
    ("start = 2026-01-01", "start = 2026-01-01T10:00:00", "write a date like 2026-01-31"),
    ("subcontractor_invoice_to_bill =", "subcontractor_invoices_to_bill =",
     "this flow is not known; did you mean subcontractor_invoice_to_bill?"),
    ('"secrets/procore"', '"secrets/nothing"', "cannot be read: No such file"),
    ('client_secret_file = "secrets/procore"', 'client_secret = "hush"',
     "connections.field.client_secret: secrets are never written in this file"),
    ("TEST_QBO_SECRET", "TEST_NO_SECRET", "the environment has no variable TEST_NO_SECRET"),
    ('company_id = "4283186"', 'company_id = "maple"', 'company_id = "maple": this is a number of up to 19 digits'),
    ('company_id = "4283186"', 'realm_id = "4283186"', "a procore connection has company_id"),
    ('quickbooks = "books"', 'quickbooks = "book"',
     'pairs.maple.quickbooks = "book": no connection has this name; there are: books, field'),
    ('quickbooks = "books"', 'quickbooks = "field"', "this is a connection to procore"),
    ('file = "cost-codes.csv"', 'file = "codes.csv"', "cannot be read: No such file"),
    ('["Ace Electric", "Ace Electric Inc."]', '["Ace Electric"]', "a vendor row is: company, target in QuickBooks"),
    ('kind = "vendor"', 'kind = "vendr"', 'kind = "vendr": choose one of vendor, customer, cost_code, cost_type'),
    ('base_url = "http://127.0.0.1:9201/"', 'base_url = "127.0.0.1"', "write an address like https://host"),
    ("[[pairs]]", "[[pair]]", "pair = \"…\": this key is not known; did you mean pairs?"),
    ('number = "24-018"', 'number = "24-017"', "this project stands twice in this pair"),
])
def test_a_mistake_names_the_key_the_value_and_the_fix_and_nothing_is_applied(
        folder: Path, before: str, after: str, said: str):
    assert before in WHOLE
    found = refused(folder, WHOLE.replace(before, after, 1))
    assert said in found
    assert "hush" not in found


def test_every_mistake_is_told_at_once(folder: Path):
    found = refused(folder, WHOLE.replace('"review"', '"on"').replace("kind = \"procore\"", "kidn = \"procore\"")
                    .replace("line_coding", "line_codings"))
    assert len(found.splitlines()) >= 3
    found = refused(folder, WHOLE.replace('quickbooks = "books"', 'quickbooks = "b"').replace('"field"', '"f"'))
    assert found.count("no connection has this name") == 2


def test_a_file_that_is_no_toml_or_not_there_is_one_clear_sentence(folder: Path):
    assert "is not TOML" in refused(folder, "[connections")
    with pytest.raises(SetupErrors, match="cannot be read: No such file"):
        apply(folder / "nothing.toml", by="Ann", now=NOW)


def test_a_used_connection_and_a_working_pair_are_not_removed_by_one_word(folder: Path):
    applied(folder, WHOLE)
    assert "is used by maple" in refused(folder, "[connections.books]\nremove = true")
    gone = '[connections.books]\nremove = true\n[[pairs]]\nname = "maple"\nremove = true'
    assert 'apply mode = "off" first' in refused(folder, gone)
    applied(folder, '[[pairs]]\nname = "maple"\nmode = "off"')
    assert applied(folder, gone) == [
        "Pair maple was removed, with its links and problems. Its trail stays.", "Connection books was removed."]
    assert trail.history("maple", "setup")


def test_a_connection_that_was_read_stays_with_its_company_and_a_pair_with_its_connections(folder: Path):
    applied(folder, WHOLE)
    field, pair = Connection.objects.get(name="field"), Pair.objects.get()
    Seen.objects.create(connection=field, kind="project", key="1", digest="", seen_at=NOW, seq=1)
    Agreed.objects.create(pair=pair, flow="f", slot="s", at=NOW)
    assert "has read company 4283186" in refused(folder, '[connections.field]\ncompany_id = "5"')
    assert "this connection is to procore" in refused(folder, '[connections.field]\nkind = "quickbooks_online"')
    other = '[connections.other]\nkind = "procore"\ncompany_id = "9"\n[[pairs]]\nname = "maple"\nprocore = "other"'
    assert "make a new pair" in refused(folder, other)


def test_a_refresh_token_is_taken_over_once_and_again_only_after_a_refusal(folder: Path):
    applied(folder, WHOLE)
    books = Connection.objects.get(name="books")
    kept = KeptTokens(books.pk, settings.TIEOUT_ENVELOPE_KEY)
    kept.write(Tokens(access="a", refresh="rotated", expires_at=NOW))
    assert applied(folder, WHOLE) == []
    assert kept.read().refresh == "rotated"
    kept.refused("invalid_grant")
    (folder / "secrets/qbo-token").write_text("refresh-2")
    assert applied(folder, WHOLE) == ["Connection books: refresh token taken over."]
    assert kept.read().refresh == "refresh-2"
    books.refresh_from_db()
    assert books.refused_why == ""


def test_one_project_is_not_routed_to_two_pairs(folder: Path):
    applied(folder, WHOLE)
    second = WHOLE[WHOLE.index("[[pairs]]"):].replace('"maple"', '"second"')
    assert "pair maple has this project already" in refused(folder, second)


def test_names_with_quotes_backslashes_and_control_characters_survive_the_export(folder: Path):
    applied(folder, WHOLE)
    Mapping.objects.update(target='C:\\"new"\t— Ünï 🏗')
    text = export()
    assert applied(folder, text) == []
    assert Mapping.objects.filter(target='C:\\"new"\t— Ünï 🏗').count() == 3


def test_the_key_file_is_readable_by_its_owner_only():
    assert stat.S_IMODE(settings.TIEOUT_KEY_FILE.stat().st_mode) == 0o600
