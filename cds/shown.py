"""A card as it was shown: what may be kept and counted of it, and nothing about the patient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card that was sent.

    Attributes:
        uuid: the card's identifier; feedback names it.
        topic: code of the topic, such as ``order-risk``.
        indicator: info, warning or critical.
        drugs: ingredients that the card speaks of, as the knowledge names them; first the foremost.
        suggestions: identifiers of its suggestions; feedback names the accepted ones.
    """

    uuid: str
    topic: str
    indicator: str
    drugs: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
