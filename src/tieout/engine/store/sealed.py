"""Secrets at rest: AES-256-GCM, with the place they belong to as associated data. [A9]

A sealed text that is copied to another row or field does not open there, so a token cannot be made to speak for
another company. Layout: version (1 byte), nonce (12), ciphertext with tag.
"""
from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The key is another one, or the text was made for another place or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a secret lives. `name` is the row's lasting name, not its number, so that a restored copy still opens."""

    table: str
    name: str
    field: str

    def bound(self) -> bytes:
        """Lengths in front, so that no two places read the same."""
        parts = (self.table, self.name, self.field)
        return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)


def seal(key: bytes, text: str, place: Place) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, text.encode(), place.bound())


def unseal(key: bytes, stored: bytes | memoryview, place: Place) -> str:
    sealed = bytes(stored)                                   # PostgreSQL hands out memoryview
    nonce, ciphertext = sealed[1:1 + NONCE_BYTES], sealed[1 + NONCE_BYTES:]
    if sealed[:1] != VERSION or len(nonce) != NONCE_BYTES:
        raise CannotOpen(f"the stored {place.field} of {place.name} is damaged")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, place.bound()).decode()
    except InvalidTag:
        raise CannotOpen(f"the stored {place.field} of {place.name} cannot be opened with this key") from None
