import pytest

from tieout.adapters.http import Reply
from tieout.adapters.procore.refusals import refused, said
from tieout.core.problems import REFUSAL_REASONS


@pytest.mark.parametrize("body, words", [
    ('{"errors": {"name": ["can\'t be blank"], "base": ["It is closed"]}}', "name can't be blank; It is closed"),
    ('{"errors": "Invalid Token"}', "Invalid Token"),
    ('{"errors": [{"amount": "is wrong"}]}', "amount is wrong"),
    ('{"code": 56, "message": "No.", "fields": "", "reason": "Locked", "error": "Because."}', "No.; Locked; Because."),
    ('{"message": "Record not found", "exception": "ActiveRecord::RecordNotFound"}', "Record not found"),
    ('{"error": "The tool is off"}', "The tool is off"),
    ('{"error": {"code": "X", "message": "Missing id", "details": [{"reason_code": "x", "message": "project"}]}}',
     "Missing id; project"),
    ('{"error": {"error": "Too many requests."}}', "Too many requests."),
    ('{"id": 12, "errors": {"title": ["can\'t be blank"]}}', "title can't be blank"),
    ("<html><style>p {}</style><h1>403</h1><p>Forbidden</p></html>", "403 Forbidden"),
    ("", "no words"), ("{}", "no words"), ("[]", "no words"), ('"No"', "No"), ("null", "no words"), ("[1, 2]", "1; 2"),
])
def test_the_words_are_found_in_every_shape_of_refusal(body: str, words: str) -> None:
    assert said(Reply(422, {}, body.encode())).words == words


@pytest.mark.parametrize("status, body, reason, element", [
    (422, '{"errors": {"origin_id": ["has already been taken"]}}', "number_taken", "origin_id"),
    (422, '{"errors": {"base": ["The payment is synced with an ERP system and cannot be deleted"]}}', "locked", ""),
    (422, '{"errors": {"amount": ["is not a number"]}}', "wrong_amount", "amount"),
    (422, '{"errors": {"requisition_id": ["is invalid"]}}', "missing_record", "requisition_id"),
    (422, '{"errors": {"notes": ["is too long (maximum is 255 characters)"]}}', "too_long", "notes"),
    (422, '{"errors": {"date": ["is invalid"]}}', "bad_field", "date"),
    (422, '{"errors": {"base": ["No."]}}', "other", ""),
    (400, '{"error": {"code": "BAD_REQUEST", "message": "Missing Project or Company ID"}}', "bad_field", ""),
    (403, '{"error": "The invoicing tool is not enabled in this project"}', "permission", ""),
    (404, '{"message": "Record not found"}', "missing_record", ""),
    (409, '{"errors": "Conflict"}', "stale", ""),
    (413, '{"errors": "Exceeded limit of 500 triggers per request"}', "limit", ""),
    (302, "", "other", ""),
])
def test_a_refusal_comes_down_to_one_reason(status: int, body: str, reason: str, element: str) -> None:
    found = refused(Reply(status, {}, body.encode()))
    assert (found.code, found.reason, found.element, found.stale) == (str(status), reason, element, reason == "stale")
    assert found.reason in REFUSAL_REASONS
