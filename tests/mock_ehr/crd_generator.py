"""``python -m tests.mock_ehr.crd_generator CHECKOUT``: Da Vinci's request generator, against production.

Another browser client, of another kind: it asks for no discovery and fills none of our prefetch keys, so that
the service has to fetch from the FHIR server it names; and it signs each call with a key that it makes at
start, so that production can know it. If what it needs is not there, it says that it was skipped.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.serving import serving
from tests.hooks.key_server import write_certificate
from tests.mock_ehr.browser import Exchange, Tab, exchange_of, find_browser, open_tab
from tests.mock_ehr.counted import SECRETS, told_on
from tests.mock_ehr.fhir_server import STORY, Chart, chart_of, fhir_server
from tests.mock_ehr.pages import pages
from tests.mock_ehr.walk import SIGN
from tests.mock_ehr.walker import WalkError

TENANT = """
[[tenant]]
name = "crd-generator"
issuer = "{fhir}"
jwks_file = "keys.json"
algorithms = ["RS256"]
audience = "{service}{sign}"
max_lifetime_seconds = 86400
fhir_servers = ["{fhir}"]
"""
TOKEN = "canary-of-the-access-token"
METHIMAZOLE = "methimazole 10 MG Oral Tablet"
COUNT = "Order complete blood count with differential"


def main() -> int:
    """Submit an order, take a suggestion, and say what was seen."""
    parser = ArgumentParser(prog="python -m tests.mock_ehr.crd_generator", description=__doc__)
    parser.add_argument("checkout", type=Path, nargs="?", help="of HL7-DaVinci/crd-request-generator, built")
    parser.add_argument("--shots", type=Path, help="folder for the pictures; a new one if not given")
    wished = parser.parse_args()
    browser = find_browser()
    if browser is None or wished.checkout is None or not (wished.checkout / "build/index.html").exists():
        print(
            "SKIPPED: the CRD request generator was NOT tried: no Chromium or no built checkout",
            file=sys.stderr,
        )
        return 0
    shots = wished.shots or Path(tempfile.mkdtemp(prefix="crd-generator-"))
    shots.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).replace(microsecond=0)  # production has no other
    with tempfile.TemporaryDirectory() as folder, open_tab(browser, now, trusting=True) as tab:
        _try(tab, chart_of(STORY, now), Path(folder), wished.checkout / "build", shots)
        wrong = told_on(Path(folder) / "service", (*SECRETS, TOKEN))
    print(f"preflights answered: {len(tab.preflights)}; pictures: {shots}")
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return int(bool(wrong))


def _try(tab: Tab, chart: Chart, folder: Path, built: Path, shots: Path) -> None:
    keys: list[dict[str, Any]] = []
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    certificate = write_certificate(folder)
    with fhir_server(chart, certificate, TOKEN) as fhir, pages(built, keys) as generator:
        _set_up(tab, generator, fhir, address)
        with tab.page.expect_response(lambda _: len(keys) == 2), tab.posting("/token"):
            tab.page.goto(generator)  # which leads to the door of the FHIR server and back
        tab.page.wait_for_url(f"{generator}/")
        jwks = {"keys": [{**key["pem"], "kid": key["id"]} for key in keys]}
        (folder / "keys.json").write_text(json.dumps(jwks))
        (folder / "tenants.toml").write_text(TENANT.format(fhir=fhir, service=address, sign=SIGN))
        (folder / "service").mkdir()
        with serving(
            folder / "service",
            env="production",
            port=str(port),
            public_url="https://cds.example.org",
            tenants=str(folder / "tenants.toml"),
            cors_origins=generator,
            ca_file=str(certificate),
        ):
            _submit(tab, shots)


def _set_up(tab: Tab, generator: str, fhir: str, address: str) -> None:
    """What its settings page would keep."""
    kept = {
        "ehrUrl": fhir,
        "cdsUrl": f"{address}/cds-services",
        "orderSign": "leuko-order-sign",
        "orderSelect": "leuko-order-select",
        "publicKeys": f"{generator}/public_keys",
    }
    tab.page.add_init_script(f"Object.assign(localStorage, {json.dumps(kept)})")


def _submit(tab: Tab, shots: Path) -> None:
    page = tab.page
    page.get_by_role("button", name="Patient Select").click()
    page.get_by_placeholder("Select a request...").click()
    page.get_by_role("option").filter(has_text=METHIMAZOLE).click()
    page.get_by_text("Click to select this patient").click()
    with tab.posting(SIGN) as awaited:
        page.get_by_role("button", name="Submit to CRD and Display Cards").click()
    signed = exchange_of(awaited.value)
    _tell(signed)
    if signed.topics[:1] != ["leukoOrderRisk"] or "counts-total" in signed.request["prefetch"]:
        raise WalkError(f"{signed.topics} after a prefetch of {list(signed.request['prefetch'])}")
    if "delete" in json.dumps(signed.answer):
        raise WalkError("an order that is in force in the chart was offered for removal")
    for card in signed.cards:
        page.get_by_text(card["summary"], exact=True).wait_for()
    page.screenshot(path=shots / "submitted.png", full_page=True)
    with tab.posting(SIGN) as awaited:
        page.get_by_role("button", name=COUNT).first.click()
    again = exchange_of(awaited.value)  # which this client does not show
    _tell(again)
    if COUNT in json.dumps(again.answer):
        raise WalkError("the count that is being ordered was offered again")


def _tell(exchange: Exchange) -> None:
    (draft,) = (entry["resource"] for entry in exchange.request["context"]["draftOrders"]["entry"])
    print(f"order-sign with a {draft['resourceType']}: {exchange.status}")
    for card in exchange.cards:
        print(f"    {card['indicator']}: {card['summary']}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
