"""The card of a service that failed."""

from __future__ import annotations

import json

from cards.card import CardSettings, encode_response
from cards.not_evaluated import render_not_evaluated

REFERENCE = "5f0cf9a8-4d8c-4b3f-8a83-0d2a41e3a5b7"


def test_it_says_that_nothing_was_looked_at_and_where_to_ask() -> None:
    card = render_not_evaluated("2026.11.0+abc", REFERENCE)

    assert "Low white cell counts were not checked: the service failed." == card.summary
    assert "warning" == card.indicator.value
    assert "silence about counts and orders means nothing" in card.detail
    assert f"**Reference for support:** {REFERENCE}" in card.detail
    assert "leukoDataQuality" == (card.source.topic and card.source.topic.code)


def test_it_can_be_sent_and_fed_back() -> None:
    settings = CardSettings(source_url="https://cds.example.org")
    (sent,) = json.loads(encode_response([render_not_evaluated("2026.11.0+abc", REFERENCE, settings)]))[
        "cards"
    ]

    assert "https://cds.example.org" == sent["source"]["url"]
    assert sent["uuid"]
    assert sent["overrideReasons"]
    assert {"suggestions", "selectionBehavior", "links"}.isdisjoint(sent)
