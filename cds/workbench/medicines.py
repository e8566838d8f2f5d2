"""What can be ordered in the sandbox: the medicines and the live vaccines of the knowledge."""

from __future__ import annotations

from msgspec import Struct

from cds.knowledge.base import Knowledge

_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_CVX = "http://hl7.org/fhir/sid/cvx"


class Orderable(Struct, frozen=True):
    """One medicine or vaccine.

    Attributes:
        kind: its class, for telling apart what sounds alike.
        names: brands and other spellings under which it is found.
        system, code: how the draft is coded; both empty where the knowledge has no code, so that the draft
            carries its name alone.
    """

    id: str
    name: str
    kind: str
    names: list[str]
    system: str
    code: str


def orderables_of(knowledge: Knowledge) -> list[Orderable]:
    """Everything that can be ordered, by name."""
    medicines = [
        Orderable(
            id=drug.id,
            name=drug.name,
            kind=drug.drug_class,
            names=[*drug.names.brands, *drug.names.local_brands, *drug.names.also],
            system=_RXNORM if drug.codes.rxnorm else "",
            code=drug.codes.rxnorm[0] if drug.codes.rxnorm else "",
        )
        for drug in knowledge.drugs.values()
    ]
    vaccines = [
        Orderable(f"cvx-{cvx}", f"{vaccine.name} vaccine", "live vaccine", [], _CVX, cvx)
        for cvx, vaccine in knowledge.live_vaccines.items()
    ]
    return sorted([*medicines, *vaccines], key=lambda each: each.name.casefold())
