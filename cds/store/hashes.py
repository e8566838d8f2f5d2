"""Keyed hashes: enough to know something again, and nothing to read.

The key is made at random when the database is, and lies in it. A hash of a token hides it from everybody.
A hash of caller, patient and encounter hides them from everybody who has the rows without the key, and is
purged within a day; who has rows and key can try out identifiers that they already know.
"""

from __future__ import annotations

import hmac

from cds.shown import our_identifier

_LENGTH = 8  # bytes that tell how long the next part is, so that no two lists of parts look the same


def keyed_hash(key: bytes, *parts: str) -> bytes:
    """32 bytes that stand for these parts in this order."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return hmac.digest(key, b"".join(len(part).to_bytes(_LENGTH) + part for part in encoded), "sha256")


def kept_identifier(key: bytes, sent: str) -> str:
    """How an identifier of a card or suggestion is kept that came from outside.

    Ours are UUIDs; anything else could be a text about somebody, and is kept as 32 hexadecimal digits that
    stand for it.
    """
    if not sent:
        return ""
    return our_identifier(sent) or keyed_hash(key, "identifier", sent).hex()[:32]
