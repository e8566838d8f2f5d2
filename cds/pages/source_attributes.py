"""The source attributes of the service: as a page, and as data for a machine."""

from __future__ import annotations

from datetime import date

from cds import __version__
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Off, SourceAttribute
from cds.pages.document import Block, Bullets, Facts, Page, Paragraph, Section, Table


def source_attributes_page(knowledge: Knowledge) -> Page:
    """What a clinician gets to read behind the source of a card."""
    said = knowledge.attributes
    sections = [
        Section("What it is for", (Paragraph(said.purpose),)),
        Section("The 13 source attributes", (_attributes(knowledge),)),
        Section("Limits", (Facts(tuple((each.name, each.text) for each in said.limitation)),)),
    ]
    if knowledge.house is not None:
        sections.append(Section(f"What {knowledge.overlay} changed", _house(knowledge)))
    sources = tuple((each.id, each.citation, each.read_as) for each in knowledge.sources.values())
    table = Table("Every source by the name that a card gives it", ("source", "citation", "read as"), sources)
    sections.append(Section("Sources", (table,)))
    return Page("source-attributes", said.title, f"Knowledge {knowledge.version}", tuple(sections))


def source_attributes_data(knowledge: Knowledge) -> dict[str, object]:
    """The same for a machine."""
    data: dict[str, object] = {
        "title": knowledge.attributes.title,
        "purpose": knowledge.attributes.purpose,
        "version": __version__,
        "knowledge": knowledge.version,
        "released": knowledge.attributes.released.isoformat(),
        "revised": revised_on(knowledge).isoformat(),
        "attributes": [
            {"number": each.number, "name": each.name, "text": _text(each, knowledge)}
            | ({"use": each.use} if each.use else {})
            for each in knowledge.attributes.attribute
        ],
        "limitations": [{"name": each.name, "text": each.text} for each in knowledge.attributes.limitation],
        "sources": [
            {"id": each.id, "citation": each.citation, "readAs": each.read_as}
            for each in knowledge.sources.values()
        ],
    }
    if knowledge.house is not None:
        data["overlay"] = {
            "name": knowledge.overlay,
            "reviewedOn": knowledge.house.review.reviewed_on.isoformat(),
            "switchedOff": [
                {"kind": each.kind, "name": each.name, "why": each.why} for each in knowledge.house.off
            ],
            "ownLimits": own_limits(knowledge),
        }
    return data


def revised_on(knowledge: Knowledge) -> date:
    """The day of the newest review."""
    reviews = [drug.review.reviewed_on for drug in knowledge.drugs.values()]
    own = [knowledge.house.review.reviewed_on] if knowledge.house else []
    return max((*reviews, *own), default=knowledge.attributes.released)


def own_limits(knowledge: Knowledge) -> list[str]:
    """The names of the limits that the hospital changed, e.g. ``fever.celsius`` and ``drugs.clozapine``."""
    if knowledge.house is None:
        return []
    return [
        *_members(knowledge.house.limits, ""),
        *(f"drugs.{drug}" for drug in knowledge.house.drug_limits),
    ]


def _members(table: dict[str, object], before: str) -> list[str]:
    names: list[str] = []
    for name, value in table.items():
        if isinstance(value, dict):
            names += _members(value, f"{before}{name}.")
        elif name != "sources":
            names.append(f"{before}{name}")
    return names


def _attributes(knowledge: Knowledge) -> Table:
    rows = tuple(
        (f"{each.number}. {each.name}", each.use or "", _text(each, knowledge))
        for each in knowledge.attributes.attribute
    )
    return Table(
        "Source attributes as 45 CFR 170.315(b)(11)(iv)(A) lists them", ("attribute", "use", "what"), rows
    )


def _text(attribute: SourceAttribute, knowledge: Knowledge) -> str:
    return attribute.text.format(
        version=__version__,
        knowledge=knowledge.version,
        released=knowledge.attributes.released,
        revised=revised_on(knowledge),
    )


def _house(knowledge: Knowledge) -> tuple[Block, ...]:
    house = knowledge.house
    if house is None:
        return ()
    review = house.review
    checked = review.checked or "nobody yet"
    return (
        Paragraph(f"Written by {review.authored}, checked by {checked}, reviewed on {review.reviewed_on}."),
        Bullets(tuple(_off(each) for each in house.off) or ("Nothing is switched off.",)),
        Bullets(tuple(f"Own limit: {name}" for name in own_limits(knowledge)) or ("No limit of its own.",)),
    )


def _off(switch: Off) -> str:
    return f"Switched off: {switch.kind} {switch.name} ({switch.why})"
