"""A small service on HealthChain, as its documentation shows one, to be held against ``leukocds conform``.

It has its own environment, see ``bench/conform_healthchain.py``. Its cards have all that the library lets a
card have, so that what is found wrong is the library's.
"""

from __future__ import annotations

import os
from uuid import uuid4

import uvicorn
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.gateway.cds import CDSHooksConfig
from healthchain.models.requests.cdsrequest import CDSRequest
from healthchain.models.responses.cdsresponse import Card, CDSResponse, SimpleCoding, Source

# by default discovery is at /cds/cds-discovery, where no client looks
CONFIG = CDSHooksConfig(base_path="", discovery_path="/cds-services")
SOURCE = Source(
    label="Example",
    url="https://example.org/guideline",
    topic=SimpleCoding(system="https://example.org/topics", code="example", display="Example"),
)
REASONS = [SimpleCoding(system="https://example.org/reasons", code="seen", display="Seen already")]

service = CDSHooksService(config=CONFIG)


def answer(request: CDSRequest) -> CDSResponse:
    """One card, whatever was asked."""
    card = Card(
        uuid=str(uuid4()),
        summary="An example of a card",
        detail=f"{len(request.prefetch or {})} prefetch keys came.",
        indicator="info",
        source=SOURCE,
        overrideReasons=REASONS,
    )
    return CDSResponse(cards=[card])


service.hook("patient-view", id="example-patient-view", title="Example", description="An example")(answer)
service.hook("order-sign", id="example-order-sign", title="Example", description="An example")(answer)

app = HealthChainAPI(title="Example", enable_cors=True)
app.register_service(service)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
