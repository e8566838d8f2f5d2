"""The tables beside the drugs as pages: precautions, pairs, monitoring, causes, tests, vaccines, sources."""

from __future__ import annotations

from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Condition, Precaution
from cds.pages.document import Facts, Inline, Page, Paragraph, Section, Table
from cds.pages.drug import HOME, calendar
from cds.pages.words import drug_link, mark


def precautions_page(knowledge: Knowledge) -> Page:
    """Each precaution with its wording for clinicians and patients, and when it is shown."""
    sections = [Section("How to read them", (Paragraph(_READING),))]
    for row in knowledge.precautions:
        facts: list[tuple[str, Inline]] = [
            ("for clinicians", row.clinician),
            ("for patients", row.patient),
            ("not used as it stands", row.correction),
            ("shown", _when(row)),
            ("evidence", f"grade {row.evidence}{mark(row.confirmation)}"),
            ("sources", ", ".join(row.sources)),
        ]
        said = tuple((name, text) for name, text in facts if text)
        sections.append(Section(f"{row.row}. {row.id.replace('-', ' ').capitalize()}", (Facts(said),)))
    return _page("precautions", "Precautions against infection", knowledge, *sections)


_READING = (
    "Evidence: A a guideline stands behind it, B sensible and agreed, C weak or contested, X the source's"
    " wording is not used as it stands. The clinician hands the patient's wording over."
)


def pairs_page(knowledge: Knowledge) -> Page:
    """The pairs of drugs that together raise the risk."""
    rows = tuple(
        (
            pair.id,
            (drug_link(knowledge, pair.first), " with ", drug_link(knowledge, pair.second)),
            pair.severity,
            f"{pair.effect} ({pair.mechanism}){mark(pair.confirmation)}",
            pair.advice,
            ", ".join(pair.sources),
        )
        for pair in knowledge.pairs
    )
    heading = ("pair", "drugs", "severity", "effect", "advice", "sources")
    table = Table("Two drugs that together lower the counts more", heading, rows)
    return _page("pairs", "Risky pairs", knowledge, Section("Pairs", (table,)))


def monitoring_page(knowledge: Knowledge) -> Page:
    """When counts are due, and what the clozapine policies say at which count."""
    calendars = tuple(
        (
            drug_link(knowledge, row.drug),
            row.line.value,
            row.policy,
            f"{calendar(row)}{mark(row.confirmation)}",
            ", ".join(row.sources),
        )
        for row in knowledge.monitoring
    )
    bands = tuple(
        (
            f"{band.policy}{', Duffy-null' if band.duffy_null else ''}",
            f"{band.from_per_ul} to below {band.below_per_ul}"
            if band.below_per_ul
            else f"from {band.from_per_ul}",
            band.action,
            f"{band.advice}{mark(band.confirmation)}",
            ", ".join(band.sources),
        )
        for band in knowledge.clozapine
    )
    due = Table(
        "Counts that a label or guideline asks for", ("drug", "line", "policy", "when", "sources"), calendars
    )
    heading = ("policy", "neutrophils per microlitre", "action", "advice", "sources")
    return _page(
        "monitoring",
        "Monitoring",
        knowledge,
        Section("Calendars", (due,)),
        Section("Clozapine", (Table("What each policy says at which count", heading, bands),)),
    )


def causes_page(knowledge: Knowledge) -> Page:
    """Known causes on the problem list."""
    rows = tuple(
        (
            condition.name,
            condition.acts_as.replace("-", " "),
            ", ".join(line.value for line in condition.explains) or "none",
            _codes(condition),
            condition.confirmation.value,
        )
        for condition in knowledge.conditions.values()
    )
    heading = ("condition", "acts as", "explains", "codes", "confirmation of the codes")
    table = Table("Conditions that explain a low count or change how it is judged", heading, rows)
    return _page("causes", "Causes other than drugs", knowledge, Section("Conditions", (table,)))


def tests_page(knowledge: Knowledge) -> Page:
    """The work-up."""
    rows = tuple(
        (
            test.name,
            ", ".join(test.when).replace("-", " "),
            ", ".join(test.loinc) or "none",
            "yes" if test.order else "no",
            ", ".join(test.sources),
        )
        for test in knowledge.work_up
    )
    heading = ("test", "when", "LOINC", "can be ordered from the card", "sources")
    table = Table("Suggested only where it is missing", heading, rows)
    return _page("tests", "Work-up", knowledge, Section("Tests", (table,)))


def vaccines_page(knowledge: Knowledge) -> Page:
    """The live vaccines."""
    rows = tuple(
        (each.cvx, f"{each.name}{mark(each.confirmation)}") for each in knowledge.live_vaccines.values()
    )
    table = Table("Live vaccines that replicate", ("CVX", "vaccine"), rows)
    return _page("vaccines", "Live vaccines", knowledge, Section("Vaccines", (table,)))


def sources_page(knowledge: Knowledge) -> Page:
    """Every source and how it was read."""
    rows = tuple((each.id, each.citation, each.read_as) for each in knowledge.sources.values())
    table = Table("By the name that an entry gives it", ("source", "citation", "read as"), rows)
    return _page("sources", "Sources", knowledge, Section("All sources", (table,)))


def _page(name: str, title: str, knowledge: Knowledge, *sections: Section) -> Page:
    return Page(name, title, f"Knowledge {knowledge.version}", sections, HOME)


def _when(row: Precaution) -> str:
    shown = []
    if row.neutrophils_below is not None:
        shown.append(f"when neutrophils are low and below {row.neutrophils_below} x10^9/L")
    if row.lymphopenia:
        shown.append("when lymphocytes alone are low")
    return "; ".join(shown) or "never"


def _codes(condition: Condition) -> str:
    snomed = f"SNOMED CT {', '.join(condition.snomed)}" if condition.snomed else ""
    icd = f"ICD-10-CM {', '.join(condition.icd10cm)}" if condition.icd10cm else ""
    return "; ".join(filter(None, (snomed, icd))) or "none"
