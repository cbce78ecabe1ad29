"""Secrets at rest open only where they belong."""
import os
from datetime import UTC, datetime

import pytest

from tieout.engine.store.models import Connection
from tieout.engine.store.sealed import CannotOpen, Place, seal, unseal
from tieout.engine.store.tokens import KeptTokens, keep_secret, secret_of
from tieout.ports import NotAuthorised, Tokens

KEY = bytes(range(32))
HERE = Place(table="connection", name="field", field="tokens")


def test_a_secret_comes_back_as_it_was():
    assert unseal(KEY, seal(KEY, "s3cret — ü", HERE), HERE) == "s3cret — ü"


def test_A9_sealing_the_same_text_twice_shows_nothing_in_common():
    assert seal(KEY, "same", HERE) != seal(KEY, "same", HERE)


@pytest.mark.parametrize("elsewhere", [
    Place(table="connection", name="books", field="tokens"),
    Place(table="connection", name="field", field="client_secret"),
    Place(table="pair", name="field", field="tokens"),
    Place(table="connectionf", name="ield", field="tokens"),
])
def test_I11_a_secret_moved_to_another_row_or_field_is_refused(elsewhere: Place):
    with pytest.raises(CannotOpen):
        unseal(KEY, seal(KEY, "secret", HERE), elsewhere)


def test_A9_a_changed_byte_another_key_and_a_cut_text_are_refused():
    sealed = seal(KEY, "secret", HERE)
    for damaged in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:8], b"", b"\x02" + sealed[1:]):
        with pytest.raises(CannotOpen):
            unseal(KEY, damaged, HERE)
    with pytest.raises(CannotOpen):
        unseal(os.urandom(32), sealed, HERE)


@pytest.mark.django_db
def test_I11_tokens_copied_to_another_companys_row_do_not_open_and_nothing_lies_in_clear():
    ours = Connection.objects.create(name="ours", kind="procore", company_id="1")
    theirs = Connection.objects.create(name="theirs", kind="procore", company_id="2")
    keep_secret(ours, KEY, "client-s3cret")
    ours.save()
    KeptTokens(ours.pk, KEY).write(Tokens(access="access-s3cret", refresh="refresh-s3cret",
                                          expires_at=datetime(2026, 1, 1, tzinfo=UTC)))
    ours.refresh_from_db()
    assert secret_of(ours, KEY) == "client-s3cret"
    assert b"s3cret" not in bytes(ours.tokens_sealed) + bytes(ours.client_secret_sealed)
    theirs.tokens_sealed, theirs.client_secret_sealed = ours.tokens_sealed, ours.client_secret_sealed
    theirs.save()
    with pytest.raises(NotAuthorised, match="theirs cannot be opened"):
        KeptTokens(theirs.pk, KEY).read()
    with pytest.raises(NotAuthorised):
        secret_of(theirs, KEY)
