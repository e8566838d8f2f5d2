"""A hospital's overlay: what it changes, what it may not change, and that every mistake is found."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cds.errors import KnowledgeError
from cds.findings import PatternKind, RiskReason, Topic
from cds.knowledge.base import Knowledge
from cds.knowledge.check_overlay import RULES, RULES_BY_DRUG, RULES_BY_LINE, RULES_BY_PAIR
from cds.knowledge.checks import check_knowledge
from cds.knowledge.codings import Code
from cds.knowledge.load import load_knowledge
from cds.knowledge.schema import SWITCHABLE_TOPICS
from cds.pages.words import limits_in_words
from tests.knowledge.conftest import drug_text
from tests.knowledge.overlays import HEAD, write_overlay
from tests.source_code import ROOT

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
HOUSE = "urn:oid:1.2.3"


@pytest.fixture
def house(elsewhere: Path) -> Path:
    return elsewhere


def off(what: str) -> str:
    return f'[[off]]\n{what}\nwhy = "not used here"\n'


def problems(folder: Path, house: Path) -> list[str]:
    """Every problem, without the path of the overlay's folder."""
    report = check_knowledge(folder, house, today=date(2026, 11, 20))
    return [str(problem).replace(f"{house.as_posix()}/", "house/") for problem in report.problems]


def loaded(folder: Path, house: Path, text: str = "", **drugs: str) -> Knowledge:
    return load_knowledge(folder, write_overlay(house, text, **drugs))


# --- what it is -----------------------------------------------------------------------------------------


def test_an_overlay_is_named_in_the_version(folder: Path, house: Path) -> None:
    plain = load_knowledge(folder).version
    first, second = loaded(folder, house), loaded(folder, house, off('drug = "ibuprofen"'))

    assert re.fullmatch(re.escape(plain) + r"\.klinikumsud2-[0-9a-f]{8}", first.version)
    assert first.version != second.version
    assert ("", "Klinikum Süd 2") == (load_knowledge(folder).overlay, first.overlay)


def test_an_overlay_that_changes_nothing_changes_nothing(folder: Path, house: Path) -> None:
    plain, own = load_knowledge(folder), loaded(folder, house)

    assert plain.drugs == own.drugs
    assert plain.limits == own.limits
    assert {**plain.sources, "own-standard": own.sources["own-standard"]} == own.sources


def test_a_readme_may_stand_beside_it_and_does_not_count(folder: Path, house: Path) -> None:
    before = loaded(folder, house).version
    (house / "README.md").write_text("Ask the pharmacy.")

    assert before == load_knowledge(folder, house).version


@pytest.mark.parametrize("left_out", ["name", "authored", "next_review"])
def test_name_and_review_are_needed(folder: Path, house: Path, left_out: str) -> None:
    write_overlay(house)
    (house / "overlay.toml").write_text(
        "\n".join(line for line in HEAD.splitlines() if not line.startswith(left_out))
    )
    member = left_out if left_out == "name" else f"review.{left_out}"

    assert [f"house/overlay.toml: {member}: this member is missing"] == problems(folder, house)


def test_a_name_without_a_letter_makes_no_version(folder: Path, house: Path) -> None:
    write_overlay(house)
    (house / "overlay.toml").write_text(HEAD.replace("Klinikum Süd 2", "東京"))

    assert ["house/overlay.toml: name: a letter from a to z or a digit is needed"] == problems(folder, house)


def test_a_folder_that_is_not_there_is_a_problem(folder: Path, house: Path) -> None:
    with pytest.raises(KnowledgeError, match="nowhere is not a folder"):
        load_knowledge(folder, house / "nowhere")


def test_its_own_review_can_be_overdue(folder: Path, house: Path) -> None:
    write_overlay(house, "", carbamazepine=drug_text("carbamazepine", "2002"))

    on_the_day = check_knowledge(folder, house, today=date(2027, 1, 10)).warnings
    after = check_knowledge(folder, house, today=date(2027, 11, 2)).warnings

    assert () == on_the_day
    assert {(house / "overlay.toml").as_posix(), (house / "drugs/carbamazepine.toml").as_posix()} <= {
        warning.file for warning in after
    }


# --- switching off --------------------------------------------------------------------------------------


def test_a_drug_that_is_off_is_recognised_and_matched_nowhere(folder: Path, house: Path) -> None:
    own = loaded(folder, house, off('drug = "methimazole"'))
    by_ingredient = own.medicines.recognise([Code(RXNORM, "6835")], [])
    by_product = own.medicines.recognise([Code(RXNORM, "197941")], [])
    by_name = own.medicines.recognise([], ["METHIMAZOLE 5 MG"])
    by_local_name = own.medicines.recognise([Code(HOUSE, "METHIMAZOLE")], [])

    assert "methimazole" not in own.drugs
    for recognition in (by_ingredient, by_product, by_name, by_local_name):
        assert ((), True) == (recognition.matches, recognition.recognised)


def test_of_a_combination_only_the_drug_that_is_off_is_left_out(folder: Path, house: Path) -> None:
    own = loaded(folder, house, off('drug = "trimethoprim"'))
    matches = own.medicines.recognise([Code(RXNORM, "849580")], []).matches

    assert ["sulfamethoxazole"] == [match.ingredient for match in matches]


def test_a_drug_that_is_off_leaves_its_pairs_and_its_calendar(folder: Path, house: Path) -> None:
    own = loaded(folder, house, off('drug = "clozapine"'))

    assert () == own.pairs
    assert () == own.monitoring


@pytest.mark.parametrize(
    ("what", "member"),
    [
        ('precaution = "hand-hygiene"', "precautions"),
        ('vaccine = "03"', "live_vaccines"),
        ('monitoring = "clozapine"', "monitoring"),
        ('pair = "I01"', "pairs"),
    ],
)
def test_single_entries_can_be_switched_off(folder: Path, house: Path, what: str, member: str) -> None:
    plain, own = load_knowledge(folder), loaded(folder, house, off(what))

    assert len(getattr(plain, member)) == 1
    assert len(getattr(own, member)) == 0
    assert plain.drugs == own.drugs


def test_a_rule_is_silenced_by_its_name_or_its_beginning(folder: Path, house: Path) -> None:
    own = loaded(folder, house, off('rule = "order-risk/pair"') + off('rule = "low-count/monocytes"'))

    assert own.silences("order-risk/pair/I01")
    assert own.silences("low-count/monocytes")
    assert not own.silences("order-risk/pairs")
    assert not own.silences("order-risk/label-limit/neutrophils")
    assert not own.silences("low-count")


def test_a_topic_is_silenced(folder: Path, house: Path) -> None:
    assert (
        frozenset({"leukoMonitoring"})
        == loaded(folder, house, off('topic = "leukoMonitoring"')).silenced_topics
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (off('drug = "clozapin"'), 'off[0].drug: there is no drug "clozapin"'),
        (off('precaution = "hands"'), 'off[0].precaution: there is no precaution "hands"'),
        (off('vaccine = "99"'), 'off[0].vaccine: there is no vaccine "99"'),
        (off("vaccine = 3"), 'off[0].vaccine: a code is text; write "3"'),
        (off('monitoring = "ibuprofen"'), 'off[0].monitoring: there is no monitoring "ibuprofen"'),
        (off('pair = "I77"'), 'off[0].pair: there is no pair "I77"'),
        (off('topic = "leukoCount"'), 'off[0].topic: there is no topic "leukoCount"'),
        (off('rule = "order-risks"'), 'off[0].rule: no rule is called "order-risks" or begins so'),
        (
            off('topic = "leukoDataQuality"'),
            "off[0].topic: cannot be switched off: a result that nobody could read would look like a normal"
            " one",
        ),
        (
            off('drug = "ibuprofen"\npair = "I01"'),
            "off[0]: name exactly one of drug, precaution, vaccine, monitoring, pair, rule, topic",
        ),
        ('[[off]]\ndrug = "ibuprofen"', "off[0].why: this member is missing"),
        (off('drug = "ibuprofen"') * 2, 'off: drug "ibuprofen" is switched off 2 times'),
        ("[[of]]\n", 'of: there is no such member; is "off" meant?'),
    ],
)
def test_a_mistake_in_switching_off_is_found(folder: Path, house: Path, text: str, said: str) -> None:
    write_overlay(house, text)

    assert [f"house/overlay.toml: {said}"] == problems(folder, house)


def test_the_topics_are_those_of_the_cards_but_data_quality() -> None:
    assert {*Topic} - {Topic.DATA_QUALITY} == {Topic(topic) for topic in SWITCHABLE_TOPICS}


def test_the_rules_that_can_be_switched_off_are_those_that_the_findings_name() -> None:
    known = {*RULES, *RULES_BY_LINE, *RULES_BY_DRUG, *RULES_BY_PAIR}
    why = (RiskReason.REEXPOSURE, RiskReason.SAME_CLASS)
    named: set[str] = set()
    for path in (ROOT / "cds" / "rules").glob("*.py"):
        for rule in re.findall(r'rule=f?"([^"]+)"', path.read_text("utf-8")):
            head = rule.partition("/{")[0]
            endings = {"pattern": PatternKind, "order-risk": why}.get(head)
            named |= {f"{head}/{ending}" for ending in endings} if endings else {head}

    assert known == named


# --- limits ---------------------------------------------------------------------------------------------


def test_a_limit_is_changed_and_names_both_sources(folder: Path, house: Path) -> None:
    plain = load_knowledge(folder).limits
    own = loaded(folder, house, '[limits.fever]\ncelsius = 38.3\nsources = ["own-standard"]\n').limits

    assert Decimal("38.3") == own.fever.celsius
    assert (*plain.fever.sources, "own-standard") == own.fever.sources
    assert plain.fever.window_hours == own.fever.window_hours
    assert plain.nadir == own.nadir


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits.fever]\ncelsius = 38.3\n", "limits.fever.sources: say where the changed limits come from"),
        (
            'limits.adult_from_days = 5844\nlimits.fever.sources = ["own-standard"]\n',
            "limits.sources: say where the changed limits come from",
        ),
        (
            '[limits.fever]\ncelcius = 38.3\nsources = ["own-standard"]\n',
            'limits.fever.celcius: there is no such member; is "celsius" meant?',
        ),
        (
            '[limits.fever]\ncelsius = "38.3"\nsources = ["own-standard"]\n',
            "limits.fever.celsius: a number is needed, without quotation marks",
        ),
        (
            '[limits.fever]\ncelsius = 38.3\nsources = ["nobody"]\n',
            'limits.fever.sources: "nobody" is not in sources.toml',
        ),
        (
            '[limits.fever]\ncelsius = 100.4\nsources = ["own-standard"]\n',
            "limits.fever.celsius: 100.4 has to lie within 37 to 39: degrees Celsius are meant",
        ),
        (
            '[limits.immunity]\nneutrophils = 500\nsources = ["own-standard"]\n',
            "limits.immunity.neutrophils: 500 has to lie within 0.01 to 20: 10*9/L are meant",
        ),
        (
            "[drug_limits.methimazole]\nhold_neutrophils_below_per_ul = 1.5\nstatus = 'own'\n"
            "confirmation = 'sourced'\nsources = ['own-standard']\n",
            "drug_limits.methimazole.hold_neutrophils_below_per_ul: 1.5 has to be 0 or lie within 50 to"
            " 10000: cells per microlitre are meant",
        ),
        (
            '[limits]\nadult_from_days = 5844\nsources = ["own-standard"]\n',
            "line[leukocytes].children[1].to_days: has to be 5844, adult_from_days of limits.toml",
        ),
    ],
)
def test_a_mistake_in_a_limit_is_found(folder: Path, house: Path, text: str, said: str) -> None:
    path = write_overlay(house, text) / "overlay.toml"
    if text.startswith("limits."):  # single members belong above the tables
        path.write_text(text + HEAD)

    assert f"house/overlay.toml: {said}" == problems(folder, house)[0]


def test_a_drug_gets_the_hospitals_limits_and_source(folder: Path, house: Path) -> None:
    text = """[drug_limits.methimazole]
stop_neutrophils_below_per_ul = 1000
status = "Klinikum Süd 2"
confirmation = "sourced"
sources = ["own-standard"]
"""
    known = loaded(folder, house, text)
    drug = known.drugs["methimazole"]

    assert drug.limits is not None
    assert (Decimal(1000), "Klinikum Süd 2") == (
        drug.limits.stop_neutrophils_below_per_ul,
        drug.limits.status,
    )
    assert ("own-standard",) == known.origin_of_limit(drug, "stop_neutrophils_below_per_ul").sources
    assert ("label",) == drug.sources


def test_limits_of_a_drug_that_are_not_named_stay(folder: Path, house: Path) -> None:
    path = folder / "drugs" / "methimazole.toml"
    path.write_text(
        path.read_text()
        + "[limits]\nhold_neutrophils_below_per_ul = 1000\nstop_neutrophils_below_per_ul = 500\n"
        + 'status = "label"\nconfirmation = "mixed"\n'
    )
    text = """[drug_limits.methimazole]
stop_neutrophils_below_per_ul = {}
status = "Klinikum Süd 2"
confirmation = "sourced"
sources = ["own-standard"]
"""
    known = loaded(folder, house, text.format(700))
    drug = known.drugs["methimazole"]
    hold, stop = "hold_neutrophils_below_per_ul", "stop_neutrophils_below_per_ul"

    assert (1000, 700) == (getattr(drug.limits, hold), getattr(drug.limits, stop))
    assert ("label", "mixed", ("label",)) == known.origin_of_limit(drug, hold)
    assert ("Klinikum Süd 2", "sourced", ("own-standard",)) == known.origin_of_limit(drug, stop)
    assert (
        "hold neutrophils below 1000 /uL; label [mixed];"
        " stop neutrophils below 700 /uL; Klinikum Süd 2" == limits_in_words(known, drug)
    )

    write_overlay(house, text.format(1001))

    said = "drug_limits.methimazole.stop_neutrophils_below_per_ul: stop (1001) is above hold (1000)"
    assert [f"house/overlay.toml: {said}"] == problems(folder, house)


def test_limits_of_an_added_drug_are_changed_too(folder: Path, house: Path) -> None:
    text = """[drug_limits.carbamazepine]
stop_neutrophils_below_per_ul = 1000
status = "Klinikum Süd 2"
confirmation = "sourced"
sources = ["own-standard"]
"""
    limits = (
        loaded(folder, house, text, carbamazepine=drug_text("carbamazepine", "2002"))
        .drugs["carbamazepine"]
        .limits
    )

    assert limits is not None
    assert 1000 == limits.stop_neutrophils_below_per_ul


def test_the_source_of_a_drugs_limits_is_in_the_list(folder: Path, house: Path) -> None:
    limits = 'status = "own"\nconfirmation = "sourced"\nsources = ["own-standart"]\n'
    write_overlay(house, f"[drug_limits.methimazole]\n{limits}")

    assert [
        'house/overlay.toml: drug_limits.methimazole.sources: "own-standart" is not in sources.toml'
    ] == problems(folder, house)


def test_limits_of_no_drug_and_of_clozapine_are_mistakes(folder: Path, house: Path) -> None:
    limits = 'status = "own"\nconfirmation = "sourced"\nsources = ["own-standard"]\n'
    write_overlay(house, f"[drug_limits.methimazol]\n{limits}[drug_limits.clozapine]\n{limits}")

    assert [
        'house/overlay.toml: drug_limits.methimazol: there is no drug "methimazol"',
        "house/overlay.toml: drug_limits.clozapine: clozapine is judged by its policies,"
        " which LEUKOCDS_CLOZAPINE_POLICY chooses",
    ] == problems(folder, house)


# --- drugs ----------------------------------------------------------------------------------------------


def test_a_drug_is_added_and_recognised(folder: Path, house: Path) -> None:
    own = loaded(folder, house, "", carbamazepine=drug_text("carbamazepine", "2002"))
    matches = own.medicines.recognise([Code(RXNORM, "2002")], []).matches

    assert ["carbamazepine"] == [match.ingredient for match in matches]
    assert "carbamazepine" in own.drugs


def test_a_mistake_in_an_added_drug_is_found_in_its_file(folder: Path, house: Path) -> None:
    write_overlay(
        house,
        "",
        carbamazepine=drug_text("carbamazepine", "2626").replace('tier = "core"', 'tier = "coer"'),
        valproate=drug_text("valproate", "2626").replace('sources = ["label"]', 'sources = ["own"]'),
        clozapine=drug_text("clozapine", "2626"),
    )
    found = problems(folder, house)

    assert "house/drugs/carbamazepine.toml: tier: " in "\n".join(found)
    assert 'house/drugs/valproate.toml: sources: "own" is not in sources.toml' in found
    assert (
        "house/drugs/valproate.toml: codes: 2626 is the ingredient code of drugs/clozapine.toml too" in found
    )
    assert (
        "house/drugs/clozapine.toml: clozapine is a drug of the knowledge; its limits are changed by"
        " [drug_limits.clozapine] in overlay.toml"
    ) in found


def test_a_mistake_in_the_knowledge_itself_is_not_the_hospitals(folder: Path, house: Path) -> None:
    (folder / "vaccines.toml").unlink()
    write_overlay(house)

    assert ["vaccines.toml: the file is missing"] == problems(folder, house)


def test_a_file_that_does_not_belong_there_is_found(folder: Path, house: Path) -> None:
    (write_overlay(house) / "limits.toml").write_text("[fever]\ncelsius = 39\n")

    assert ["house/limits.toml: no such file belongs to the knowledge; is the name right?"] == problems(
        folder, house
    )


# --- codes ----------------------------------------------------------------------------------------------


def code(table: str, members: str, code: str = "A 1", system: str = HOUSE) -> str:
    return f'[[{table}]]\nsystem = "{system}"\ncode = "{code}"\n{members}\n'


def test_codes_of_the_hospital_are_understood(folder: Path, house: Path) -> None:
    text = (
        code("lab_code", 'loinc = "751-8"')
        + code("vaccine_code", 'cvx = "03"')
        + code("medicine_code", 'drugs = ["sulfamethoxazole", "trimethoprim"]')
        + code("medicine_code", "drugs = []", code="WATER")
        + code("orderable", 'test = "smear"\ndisplay = "Smear, by hand"')
    )
    own = loaded(folder, house, text)
    cotrimoxazole = own.medicines.recognise([Code(HOUSE, "A 1")], [])
    water = own.medicines.recognise([Code(HOUSE, "WATER", "clozapine wash")], [])

    assert {(HOUSE, "A 1"): "751-8"} == dict(own.local_loinc)
    assert {(HOUSE, "A 1"): "03"} == dict(own.local_cvx)
    assert ["sulfamethoxazole", "trimethoprim"] == [match.ingredient for match in cotrimoxazole.matches]
    assert {"local"} == {match.matched_by for match in cotrimoxazole.matches}
    assert ((), True) == (water.matches, water.coded)
    assert "Smear, by hand" == own.orderables["smear"].display


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[drug_limits.ibuprofen]\nstatus = "own"\nconfirmation = "sourced"\nsources = ["nobody"]\n',
            'drug_limits.ibuprofen.sources: "nobody" is not in sources.toml',
        ),
        (
            '[drug_limits.ibuprofen]\nstatus = "own"\nconfirmation = "sourced"\nsources = []\n',
            "drug_limits.ibuprofen.sources: at least one source is needed",
        ),
        (
            code("lab_code", 'loinc = "718-7"'),
            "lab_code[0].loinc: 718-7 is read nowhere: it is no code of a cell line, a temperature or a test",
        ),
        (
            code("lab_code", 'loinc = "751-8"', system="http://loinc.org"),
            "lab_code[0].system: http://loinc.org is no system of the hospital's own",
        ),
        (
            code("lab_code", 'loinc = "751-8"', system="LAB"),
            'lab_code[0].system: "LAB" does not have the form of a code system:'
            " an address that begins with http://, https:// or urn:",
        ),
        (
            code("lab_code", 'loinc = "751-8"', code=" A"),
            'lab_code[0].code: " A" does not have the form of a code:'
            " no space at either end, and single ones inside",
        ),
        (
            code("lab_code", 'loinc = "751-8"') + code("lab_code", 'loinc = "6690-2"'),
            "lab_code: A 1 of urn:oid:1.2.3 stands here 2 times",
        ),
        (
            code("medicine_code", 'drugs = ["clozapin"]'),
            'medicine_code[0].drugs: there is no drug "clozapin"',
        ),
        (
            code("medicine_code", "drugs = []", system=RXNORM),
            f"medicine_code[0].system: {RXNORM} is no system of the hospital's own",
        ),
        *(
            (
                code("medicine_code", "drugs = []", system=system),
                f"medicine_code[0].system: {system} is no system of the hospital's own",
            )
            for system in ("urn:oid:2.16.840.1.113883.6.88", "https://WWW.NLM.nih.gov/research/umls/RxNorm/")
        ),
        (
            code("lab_code", 'loinc = "751-8"', system="urn:oid:2.16.840.1.113883.6.1"),
            "lab_code[0].system: urn:oid:2.16.840.1.113883.6.1 is no system of the hospital's own",
        ),
        (
            "[drug_limits.methimazole]\nhold_neutrophils_below_per_ul = 1500\nstatus = 'own'\n"
            "confirmation = 'sourced'\nsources = ['own-standard', 'own-knowledge']\n",
            'drug_limits.methimazole.confirmation: a source is own knowledge, so this cannot be "sourced"',
        ),
        (
            code("vaccine_code", 'cvx = "03"', system="http://hl7.org/fhir/sid/cvx"),
            "vaccine_code[0].system: http://hl7.org/fhir/sid/cvx is no system of the hospital's own",
        ),
        (
            code("orderable", 'test = "smears"\ndisplay = "Smear"'),
            'orderable[0].test: there is no test "smears" in workup.toml',
        ),
        (
            code("orderable", 'test = "smear"\ndisplay = "Smear"') * 2,
            'orderable: "smear" stands here 2 times',
        ),
    ],
)
def test_a_mistake_in_a_limit_or_a_code_is_found(folder: Path, house: Path, text: str, said: str) -> None:
    write_overlay(house, text)

    assert [f"house/overlay.toml: {said}"] == problems(folder, house)


@pytest.mark.parametrize("text", [f"x = {'[' * 5000}", f"x = {'9' * 5000}"], ids=["deep", "long"])
def test_a_file_that_is_beyond_reading_is_a_mistake(folder: Path, house: Path, text: str) -> None:
    write_overlay(house, f"{text}\n")

    (said,) = problems(folder, house)
    assert said.startswith("house/overlay.toml: the file is not valid TOML: ")


def test_every_mistake_is_found_at_once(folder: Path, house: Path) -> None:
    write_overlay(house, off('drug = "x"') + code("lab_code", 'loinc = "1-8"'), lithium="tier = 1")

    files = [problem.partition(": ")[0] for problem in problems(folder, house)]
    assert {"house/overlay.toml", "house/drugs/lithium.toml"} == {*files}
    assert 2 == files.count("house/overlay.toml")
