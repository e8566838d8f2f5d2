"""Every metric of the service, by name: what it tells, and by which labels.

A label holds a word of ours or of the site's configuration, never anything that a caller made up, so that
nobody can flood the metrics or smuggle a patient into them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as it is made, and as the documents show it; ``kind`` is counter, gauge or histogram."""

    name: str
    kind: str
    labels: tuple[str, ...]
    explained: str


# --- counted as it happens: adds up over all processes --------------------------------------------------

REQUESTS = Described(
    "leukocds_requests_total",
    "counter",
    ("tenant", "action", "hook", "outcome"),
    "Exchanges over HTTP, by what became of them.",
)
SECONDS = Described(
    "leukocds_request_duration_seconds", "histogram", ("action", "hook"), "How long an exchange took."
)
IN_PROGRESS = Described(
    "leukocds_requests_in_progress",
    "gauge",
    (),
    "Exchanges that are being answered; leukocds_threads is the most there can be.",
)
WIRE_REFUSALS = Described(
    "leukocds_wire_refusals_total",
    "counter",
    ("reason",),
    "What arrived and was no whole HTTP request, by kind; TooSlow: a client that sends by the drop.",
)
PROCESSES_LOST = Described(
    "leukocds_processes_lost_total",
    "counter",
    (),
    "Processes that were killed, hung or died of a fault, and with them what they were answering.",
)
REFUSALS = Described(
    "leukocds_refusals_total",
    "counter",
    ("tenant", "action", "reason"),
    "Exchanges that ended with 4xx or 5xx, by the name of the error; the log has the same name.",
)
TOKENS_REFUSED = Described(
    "leukocds_tokens_refused_total", "counter", ("reason",), "Tokens that were refused, by reason."
)
TOKENS_UNCHECKED = Described(
    "leukocds_tokens_unchecked_total",
    "counter",
    ("tenant",),
    "Tokens let in while the database was down, unknown whether they were used before.",
)
STALE_KEYS = Described(
    "leukocds_stale_keys_total",
    "counter",
    ("tenant",),
    "Tokens let in by keys that were due to be fetched again and could not be; after a day none is.",
)
CARDS = Described(
    "leukocds_cards_total",
    "counter",
    ("tenant", "topic", "indicator", "fate"),
    "Cards by topic and indicator; fate is shown, shadow (worked out, not sent) or repeat (not sent again).",
)
FEEDBACK = Described(
    "leukocds_feedback_total",
    "counter",
    ("tenant", "topic", "outcome", "reason"),
    "What clinicians did with cards: outcome is accepted or overridden; topic is unknown for cards"
    " that are not in the records.",
)
FEEDBACK_REPEATED = Described(
    "leukocds_feedback_repeated_total",
    "counter",
    ("tenant",),
    "Outcomes that were known already and sent again.",
)
PREFETCH = Described(
    "leukocds_prefetch_total",
    "counter",
    ("tenant", "key", "state"),
    "Our queries, by how their answers came: supplied, fetched, failed or absent.",
)
QUESTIONS = Described(
    "leukocds_fhir_requests_total",
    "counter",
    ("tenant", "outcome"),
    "Questions to FHIR servers, by what became of them.",
)
QUESTION_SECONDS = Described(
    "leukocds_fhir_request_duration_seconds", "histogram", ("tenant",), "How long a FHIR server took."
)
DATA_QUALITY = Described(
    "leukocds_data_quality_findings_total",
    "counter",
    ("tenant", "kind"),
    "Data that could not be used, or only with doubt, by kind.",
)
RELOADS = Described(
    "leukocds_reloads_total", "counter", ("result",), "Readings of the knowledge at SIGHUP: ok or refused."
)
SWITCH_READS = Described(
    "leukocds_switch_reads_total",
    "counter",
    ("result",),
    "Readings of a changed switches file, per process: ok or refused.",
)
AUDIT = Described(
    "leukocds_audit_events_total", "counter", ("result",), "Events of the audit trail: written or failed."
)
WAITING = Described(
    "leukocds_records_waiting", "gauge", (), "Answers whose cards are not yet written to the database."
)
DROPPED = Described(
    "leukocds_records_dropped_total",
    "counter",
    (),
    "Answers whose cards never will be written to the database.",
)

COUNTED = (
    REQUESTS,
    SECONDS,
    IN_PROGRESS,
    WIRE_REFUSALS,
    PROCESSES_LOST,
    REFUSALS,
    TOKENS_REFUSED,
    TOKENS_UNCHECKED,
    STALE_KEYS,
    CARDS,
    FEEDBACK,
    FEEDBACK_REPEATED,
    PREFETCH,
    QUESTIONS,
    QUESTION_SECONDS,
    DATA_QUALITY,
    RELOADS,
    SWITCH_READS,
    AUDIT,
    WAITING,
    DROPPED,
)

# --- read when they are asked for: the same in every process, or true only now --------------------------

AT_A_LOOK = (
    Described("leukocds_build_info", "gauge", ("version", "python"), "1, with the versions of what runs."),
    Described(
        "leukocds_knowledge_info",
        "gauge",
        ("version", "overlay"),
        "1, with the version of the knowledge and the name of the hospital's own folder.",
    ),
    Described(
        "leukocds_knowledge_reviews_overdue", "gauge", (), "Files of the knowledge whose review is overdue."
    ),
    Described("leukocds_threads", "gauge", (), "Threads of all processes together, as they are set."),
    Described("leukocds_database_up", "gauge", (), "1 if the database answered, 0 if not."),
    Described(
        "leukocds_switched_off",
        "gauge",
        ("kind", "name", "tenant"),
        "1 for each topic and rule that is switched off, by the hospital's folder or the switches file;"
        " tenant is all unless it is for one.",
    ),
    Described(
        "leukocds_shadowed",
        "gauge",
        ("topic", "tenant"),
        "1 for each topic in shadow; topic is all if it is every one.",
    ),
    Described(
        "leukocds_switches_stale",
        "gauge",
        (),
        "1 while the switches file cannot be used and the last good one holds.",
    ),
)
