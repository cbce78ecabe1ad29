"""The id_token of a sign-in with `openid`: a JWT signed by RS256, and the key set that checks it (qbo.md 2.1, 2.4).

The key is made from the seed, so that every process has the same one. It guards nothing: no key of a sandbox does.
"""
from __future__ import annotations

import json
import random
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from math import gcd, prod
from typing import Any, NamedTuple

BITS, EXPONENT = 2048, 65537
_SMALL = [number for number in range(3, 2000, 2) if all(number % by for by in range(3, int(number ** 0.5) + 1, 2))]
_PRODUCT = prod(_SMALL)
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")     # what stands before the digest, RFC 8017 9.2


class Key(NamedTuple):
    modulus: int
    private: int


@lru_cache(maxsize=4)
def key_of(seed: int) -> Key:
    chance = random.Random(f"{seed}/quickbooks/id_token")
    first, second = _prime(chance), _prime(chance)
    return Key(first * second, pow(EXPONENT, -1, (first - 1) * (second - 1)))


def _prime(chance: random.Random) -> int:
    """Of half the bits, with the two highest set, so that a product of two has all."""
    half = BITS // 2
    while True:
        found = chance.getrandbits(half) | (3 << (half - 2)) | 1
        if gcd(found, _PRODUCT) == 1 and found % EXPONENT != 1 and _is_prime(found, chance):
            return found


def _is_prime(number: int, chance: random.Random) -> bool:
    """Miller and Rabin's test."""
    odd, halvings = number - 1, 0
    while odd % 2 == 0:
        odd, halvings = odd // 2, halvings + 1
    for _ in range(8):
        power = pow(chance.randrange(2, number - 1), odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(halvings - 1):
            power = pow(power, 2, number)
            if power == number - 1:
                break
        else:
            return False
    return True


def key_id(seed: int) -> str:
    return sha256(f"{seed}/quickbooks/key".encode()).hexdigest()[:16]


def key_set(seed: int) -> dict[str, Any]:
    """What `jwks_uri` answers."""
    key = key_of(seed)
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id(seed),
                      "n": _text(key.modulus.to_bytes(BITS // 8, "big")), "e": _text(EXPONENT.to_bytes(3, "big"))}]}


def signed(seed: int, claims: dict[str, Any]) -> str:
    """header.claims.signature"""
    said = ".".join(_text(json.dumps(part, separators=(",", ":")).encode()) for part in (
        {"alg": "RS256", "kid": key_id(seed), "typ": "JWT"}, claims))
    key, size = key_of(seed), BITS // 8
    hashed = _SHA256 + sha256(said.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(hashed) - 3) + b"\x00" + hashed
    signature = pow(int.from_bytes(padded, "big"), key.private, key.modulus).to_bytes(size, "big")
    return f"{said}.{_text(signature)}"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
