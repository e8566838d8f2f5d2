"""RxNav: what is asked and what is not, what is made of the answers, and that nobody waits for it."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
import responses

from cds.errors import SettingsError
from cds.knowledge.codings import Code
from cds.knowledge.lookup import Contents, Ingredient
from cds.knowledge.medicine_tables import index_medicines
from cds.rxnorm import rxnav as module
from cds.rxnorm.rxnav import RxNav
from cds.rxnorm.rxnav_cache import RxNavCache
from cds.rxnorm.sources import open_sources
from tests.clock import Clock
from tests.faults import fhir_server as stub
from tests.faults.serving import wait_until

URL = "https://rxnav.example.org/REST"
NOW = 1_800_000_000.0
DAY = 86_400
METHIMAZOLE = Ingredient(("6835",), "methimazole")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rxnav(clock: Clock) -> Iterator[RxNav]:
    opened = RxNav(URL, 5.0, RxNavCache(None, lambda: NOW), clock)
    yield opened
    opened.close()


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def history(web: responses.RequestsMock, code: str, status: str, **members: object) -> None:
    body = {"rxcuiStatusHistory": {"metaData": {"status": status, "source": "RXNORM"}, **members}}
    web.get(f"{URL}/rxcui/{code}/historystatus.json", json=body)


def related(web: responses.RequestsMock, code: str, **ingredients: str) -> None:
    concepts = [{"rxcui": rxcui, "name": name, "tty": "IN"} for name, rxcui in ingredients.items()]
    group = {"tty": "IN", **({"conceptProperties": concepts} if concepts else {})}
    body = {"relatedGroup": {"rxcui": None, "termType": ["IN"], "conceptGroup": [group]}}
    web.get(f"{URL}/rxcui/{code}/related.json?tty=IN", json=body)


def package(web: responses.RequestsMock, ndc: str, rxcui: str) -> None:
    web.get(f"{URL}/ndcstatus.json?ndc={ndc}", json={"ndcStatus": {"ndc11": ndc, "rxcui": rxcui}})


def strength(base: str, name: str, active: str | None = None) -> dict[str, str]:
    return {
        "baseRxcui": base,
        "baseName": name,
        "activeIngredientRxcui": active or base,
        "numeratorValue": "10",
        "numeratorUnit": "MG",
    }


def asked(web: responses.RequestsMock) -> list[str]:
    return [str(call.request.url).removeprefix(URL) for call in web.calls]


# --- what is made of the answers ------------------------------------------------------------------------


def test_a_code_in_use(rxnav: RxNav, web: responses.RequestsMock) -> None:
    history(web, "197941", "Active")
    related(web, "197941", methimazole="6835")

    assert Contents((METHIMAZOLE,)) == rxnav.lookup("rxnorm", "197941")
    assert ["/rxcui/197941/historystatus.json", "/rxcui/197941/related.json?tty=IN"] == asked(web)


def test_the_salt_is_taken_from_the_definition(rxnav: RxNav, web: responses.RequestsMock) -> None:
    features = {"ingredientAndStrength": [strength("121191", "rituximab", "2105824")]}
    history(web, "2105827", "ACTIVE", definitionalFeatures=features)
    related(web, "2105827", rituximab="121191")

    found = rxnav.lookup("rxnorm", "2105827")

    assert Contents((Ingredient(("2105824", "121191"), "rituximab"),)) == found


def test_the_dose_form_is_taken_from_the_definition(rxnav: RxNav, web: responses.RequestsMock) -> None:
    for code, form in (("1", "Topical Cream"), ("2", "Oral Tablet")):
        features = {"doseFormConcept": [{"doseFormRxcui": "9", "doseFormName": form}]}
        history(web, code, "Active", definitionalFeatures=features)
        related(web, code, methimazole="6835")

    assert Contents((METHIMAZOLE,), local_form=True) == rxnav.lookup("rxnorm", "1")
    assert Contents((METHIMAZOLE,)) == rxnav.lookup("rxnorm", "2")


@pytest.mark.parametrize("status", ["Obsolete", "Quantified", "NotCurrent", "NOT CURRENT"])
def test_a_code_no_longer_in_use_by_its_definition(
    rxnav: RxNav, web: responses.RequestsMock, status: str
) -> None:
    features = {"ingredientAndStrength": [strength("6835", "methimazole")]}
    history(web, "207012", status, definitionalFeatures=features)

    assert Contents((METHIMAZOLE,), retired=True) == rxnav.lookup("rxnorm", "207012")


def test_an_obsolete_code_without_a_definition_by_its_relations(
    rxnav: RxNav, web: responses.RequestsMock
) -> None:
    history(web, "207012", "Obsolete", definitionalFeatures={})
    related(web, "207012", methimazole="6835")

    assert Contents((METHIMAZOLE,), retired=True) == rxnav.lookup("rxnorm", "207012")


@pytest.mark.parametrize(
    ("second", "found"), [("methimazole", Contents((METHIMAZOLE,), retired=True)), ("amlodipine", None)]
)
def test_the_successors_of_a_code_have_to_agree(
    rxnav: RxNav, web: responses.RequestsMock, second: str, found: Contents | None
) -> None:
    codes = {"methimazole": "6835", "amlodipine": "17767"}
    history(
        web,
        "1",
        "Remapped",
        derivedConcepts={"remappedConcept": [{"remappedRxCui": "2"}, {"remappedRxCui": "3"}]},
    )
    related(web, "2", methimazole="6835")
    related(web, "3", **{second: codes[second]})

    assert found == rxnav.lookup("rxnorm", "1")


def test_a_package(rxnav: RxNav, web: responses.RequestsMock) -> None:
    package(web, "00093321001", "197941")
    history(web, "197941", "Active")
    related(web, "197941", methimazole="6835")

    assert Contents((METHIMAZOLE,)) == rxnav.lookup("ndc", "00093321001")


def test_what_rxnav_does_not_know_is_no_failure(rxnav: RxNav, web: responses.RequestsMock) -> None:
    history(web, "99999999", "UNKNOWN")
    package(web, "99999999999", "")

    assert rxnav.lookup("rxnorm", "99999999") is None
    assert rxnav.lookup("ndc", "99999999999") is None
    assert {} == rxnav.failed


def test_a_code_in_use_that_has_no_ingredient(rxnav: RxNav, web: responses.RequestsMock) -> None:
    """A dose form, for example."""
    history(web, "317541", "Active")
    related(web, "317541")

    assert rxnav.lookup("rxnorm", "317541") is None


# --- only codes leave -----------------------------------------------------------------------------------


def test_only_codes_leave_the_machine(rxnav: RxNav, web: responses.RequestsMock) -> None:
    """Whatever else an EHR writes into a coding or beside it stays here."""
    for code in ("4711", "197941"):
        history(web, code, "Unknown")
    package(web, "00093321001", "")
    index = index_medicines((), {}, {}).with_lookups(None, rxnav.lookup)
    rxnorm, ndc = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/ndc"

    index.recognise(
        [
            Code(rxnorm, "4711", "Erika Mustermann, MRN 88-123"),
            Code(rxnorm, "Erika Mustermann"),
            Code(rxnorm, "197941/../../patients"),
            Code(rxnorm, "197941?name=Erika"),
            Code(rxnorm, "123456789"),
            Code(ndc, "0093-3210-01", "methimazole"),
            Code(ndc, "Erika"),
            Code("urn:oid:1.2.3", "197941", "methimazole"),
            Code("http://snomed.info/sct", "37656002"),
        ],
        ["methimazole for Erika Mustermann"],
    )

    assert ["/rxcui/4711/historystatus.json", "/ndcstatus.json?ndc=00093321001"] == asked(web)
    for call in web.calls:
        sent = f"{call.request.url} {call.request.body} {dict(call.request.headers)}"
        assert call.request.body is None
        assert re.search("erika|muster|methimazole|patient|88-123", sent, re.IGNORECASE) is None
        assert {"User-Agent", "Accept", "Accept-Encoding"} == set(call.request.headers)


def test_nothing_is_asked_about_a_medicine_of_which_a_code_is_understood(
    rxnav: RxNav, web: responses.RequestsMock
) -> None:
    index = index_medicines((), {"197941": ("6835",)}, {}).with_lookups(None, rxnav.lookup)
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"

    assert index.recognise([Code(rxnorm, "1234567"), Code(rxnorm, "197941")], []).coded
    assert [] == asked(web)


def test_a_redirect_is_not_followed(rxnav: RxNav, web: responses.RequestsMock) -> None:
    web.get(
        f"{URL}/rxcui/1/historystatus.json", status=302, headers={"Location": "https://elsewhere.example/"}
    )

    assert rxnav.lookup("rxnorm", "1") is None
    assert {"http-302": 1} == rxnav.failed


# --- failures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"body": requests.ConnectionError("no route to 10.1.2.3")}, "unreachable"),
        ({"body": requests.ReadTimeout()}, "deadline"),
        ({"status": 503}, "http-503"),
        ({"status": 429}, "http-429"),
        ({"body": "<html>proxy</html>"}, "unreadable"),
        ({"body": "{}"}, "unreadable"),
        ({"json": {"rxcuiStatusHistory": {"metaData": {"status": 7}}}}, "unreadable"),
        ({"body": b" " * 2_000_000}, "too-large"),
    ],
)
def test_a_failure_is_counted_and_logged_and_the_code_stays_unknown(
    rxnav: RxNav,
    web: responses.RequestsMock,
    caplog: pytest.LogCaptureFixture,
    answer: dict[str, object],
    reason: str,
) -> None:
    web.get(f"{URL}/rxcui/1/historystatus.json", **answer)  # type: ignore[arg-type]

    with caplog.at_level(logging.WARNING, "leukocds"):
        assert rxnav.lookup("rxnorm", "1") is None

    (record,) = caplog.records
    assert {reason: 1} == rxnav.failed
    assert ("rxnav", {"reason": reason, "failed": 1}) == (record.msg, vars(record)["fields"])


def test_after_a_failure_nothing_is_asked_for_a_while(
    rxnav: RxNav, web: responses.RequestsMock, clock: Clock
) -> None:
    web.get(f"{URL}/rxcui/1/historystatus.json", status=500)
    history(web, "2", "Unknown")

    rxnav.lookup("rxnorm", "1")
    rxnav.lookup("rxnorm", "2")
    clock.now += 29.9
    rxnav.lookup("rxnorm", "2")
    asked_meanwhile = len(asked(web))
    clock.now += 0.2
    rxnav.lookup("rxnorm", "2")

    assert (1, 2) == (asked_meanwhile, len(asked(web)))
    assert {"http-500": 1, "not-asked": 2} == rxnav.failed


@pytest.mark.parametrize("behave", [stub.hang, stub.drip_headers, stub.drip_body])
def test_nobody_waits_longer_than_the_deadline_and_no_thread_much_longer(
    behave: stub.Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both threads are free again for what is asked next."""
    monkeypatch.setattr(module, "_LATE_SECONDS", 0.1)
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.0)
    with stub.serving(behave) as server:
        rxnav = RxNav(server.base, 0.05, RxNavCache(None))
        begun = time.monotonic()
        for code in ("1", "2", "3", "4"):
            assert rxnav.lookup("rxnorm", code) is None
        waited = time.monotonic() - begun
        threads = rxnav._started()
        wait_until(lambda: threads._work_queue.empty())
        rxnav.close()  # waits for those that still ask
        took = time.monotonic() - begun

        assert not server.released.is_set()
    assert {"deadline": 4} == rxnav.failed
    assert 0.2 <= waited < 2
    assert took < 5


def test_a_connection_serves_one_code_after_the_other() -> None:
    with stub.serving(stub.saying(b'{"rxcuiStatusHistory": {"metaData": {"status": "UNKNOWN"}}}')) as server:
        ports: set[int] = set()
        behave = server.behave

        def noted(handler: stub.Handler, asked: stub.Asked) -> None:
            ports.add(handler.client_address[1])
            behave(handler, asked)

        server.behave = noted
        rxnav = RxNav(server.base, 5.0, RxNavCache(None))
        for code in ("1", "2", "3"):
            rxnav.lookup("rxnorm", code)
        rxnav.close()

    assert 3 == len(server.asked)
    assert 1 == len(ports)


def test_no_password_of_the_environment_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login admin password canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with stub.serving(stub.refusing(404)) as server:
        rxnav = RxNav(server.base, 5.0, RxNavCache(None))
        rxnav.lookup("rxnorm", "1")
        rxnav.close()

    (asked,) = server.asked
    assert "Authorization" not in asked.headers
    assert requests.utils.get_netrc_auth(server.base) == ("admin", "canary")


@pytest.mark.parametrize("name", ["rxnav", "get"])
def test_a_thread_that_cannot_be_had_is_a_failure_like_any_other(
    rxnav: RxNav, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    start = Thread.start

    def try_to_start(thread: Thread) -> None:
        if thread.name.startswith(name):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(Thread, "start", try_to_start)

    assert rxnav.lookup("rxnorm", "1") is None
    assert {"no-thread": 1} == rxnav.failed


def test_a_forked_process_starts_threads_of_its_own(
    rxnav: RxNav, web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the process before do not run there: whatever they were handed would never be done."""
    history(web, "1", "Unknown")
    history(web, "2", "Unknown")
    rxnav.lookup("rxnorm", "1")
    before = rxnav._started()
    monkeypatch.setattr(module.os, "getpid", lambda: 0)
    monkeypatch.setattr(before, "submit", lambda *_: pytest.fail("asked of threads that do not run"))

    rxnav.lookup("rxnorm", "2")

    assert 2 == len(asked(web))
    monkeypatch.undo()
    before.shutdown()


def test_all_codes_of_one_answer_wait_for_the_deadline_once(
    rxnav: RxNav, web: responses.RequestsMock, clock: Clock
) -> None:
    """Each question takes two of the five seconds; the next answer has five again."""

    def slow(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        clock.now += 2
        return 200, {}, '{"rxcuiStatusHistory": {"metaData": {"status": "UNKNOWN"}}}'

    web.add_callback(responses.GET, re.compile(f"{URL}/rxcui/.*"), slow)

    with rxnav.one_answer():
        for code in ("1", "2", "3", "4", "5"):
            rxnav.lookup("rxnorm", code)
    with rxnav.one_answer():
        rxnav.lookup("rxnorm", "6")

    assert [f"/rxcui/{code}/historystatus.json" for code in ("1", "2", "3", "6")] == asked(web)
    assert {"not-asked": 2} == rxnav.failed


# --- the cache ------------------------------------------------------------------------------------------


def test_an_answer_is_asked_for_once(rxnav: RxNav, web: responses.RequestsMock) -> None:
    history(web, "197941", "Active")
    related(web, "197941", methimazole="6835")
    history(web, "99999999", "Unknown")

    first = [rxnav.lookup("rxnorm", code) for code in ("197941", "99999999")]
    again = [rxnav.lookup("rxnorm", code) for code in ("197941", "99999999")]

    assert first == again
    assert 3 == len(asked(web))


def test_a_failure_is_not_kept(rxnav: RxNav, web: responses.RequestsMock) -> None:
    web.get(f"{URL}/rxcui/1/historystatus.json", status=500)
    rxnav.lookup("rxnorm", "1")

    assert rxnav._cache.get("rxnorm", "1") is None


CONTENTS = Contents(
    (Ingredient(("2105824", "121191"), "rituximab"), METHIMAZOLE), retired=True, local_form=True
)


@pytest.mark.parametrize(("contents", "days"), [(CONTENTS, 30), (None, 1)])
def test_what_is_known_is_kept_for_a_month_and_what_is_not_for_a_day(
    tmp_path: Path, contents: Contents | None, days: int
) -> None:
    cache = RxNavCache(tmp_path / "cache.sqlite", lambda: NOW)
    cache.put("rxnorm", "1", contents)
    cache.close()
    now = NOW + days * DAY
    kept = RxNavCache(tmp_path / "cache.sqlite", lambda: now)
    good, other = kept.get("rxnorm", "1"), kept.get("ndc", "1")
    now += 1

    assert good is not None
    assert contents == good.contents
    assert other is None
    assert kept.get("rxnorm", "1") is None
    kept.close()


def test_what_is_out_of_date_is_thrown_away_at_start(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    cache = RxNavCache(path, lambda: NOW)
    cache.put("rxnorm", "1", None)
    cache.put("rxnorm", "2", CONTENTS)
    cache.close()

    RxNavCache(path, lambda: NOW + 2 * DAY).close()
    database = sqlite3.connect(path)

    assert [("2",)] == database.execute("SELECT code FROM answer").fetchall()
    database.close()


def test_a_cache_that_cannot_be_one_is_told_at_start(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("something else" * 100)

    with pytest.raises(SettingsError, match="LEUKOCDS_RXNAV_CACHE"):
        RxNavCache(tmp_path / "x", lambda: NOW)


def test_a_cache_that_fails_later_costs_only_itself(
    web: responses.RequestsMock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history(web, "197941", "Active")
    related(web, "197941", methimazole="6835")
    rxnav = RxNav(URL, 5.0, RxNavCache(tmp_path / "x", lambda: NOW))
    (tmp_path / "x").write_text("something else" * 100)

    with caplog.at_level(logging.WARNING, "leukocds"):
        found = rxnav.lookup("rxnorm", "197941")

    assert Contents((METHIMAZOLE,)) == found
    assert {"cache": 2} == rxnav.failed
    rxnav.close()


# --- what a site has chosen -----------------------------------------------------------------------------


def test_it_is_off_unless_a_site_switches_it_on() -> None:
    sources = open_sources(None, "", 1.0, None)

    assert sources.remote is None
    with sources.one_answer():
        assert sources.local is None


def test_a_site_may_have_both(index_file: Path) -> None:
    sources = open_sources(index_file, URL, 1.0, None)

    assert sources.local is not None
    assert sources.remote is not None
    assert sources.index is not None
    assert sources.rxnav is not None
    sources.index.close()
    sources.rxnav.close()
