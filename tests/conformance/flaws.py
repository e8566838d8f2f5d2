"""The flaws that are written out in the small service, and the checks that have to find them."""

from __future__ import annotations

from tests.conformance.defects import Defect, flaw

TWO = ("two results", "another drug")

ENVELOPE = [
    flaw("any hook", "another-hook-is-refused"),
    flaw("no instance", "required-members-are-asked-for"),
    flaw("strict", "what-it-does-not-know-is-ignored"),
    flaw("bare ids", "ids-may-be-references"),
    flaw("order of members", "the-order-of-members-means-nothing"),
    flaw("authorization", "a-token-without-a-server-is-no-fault"),
    flaw("fragile context", "members-of-the-context-are-asked-for"),
    flaw("fragile instance", "odd-instances-are-no-fault"),
    flaw("fragile authorization", "odd-authorizations-are-no-fault"),
    flaw("fragile server", "an-odd-server-is-no-fault"),
    flaw("fragile user", "a-patient-as-user-is-no-fault"),
    flaw("no limit", "a-huge-body-is-refused", heavy=True),
    flaw("no parameters", "json-is-taken-with-parameters"),
    flaw("any type", "other-media-types-are-refused"),
    flaw("fragile encoding", "odd-encodings-are-no-fault"),
]

PREFETCH = [
    flaw("needs prefetch", "a-request-without-data-is-answered-or-412", "it-never-failed"),
    flaw("dies", "it-answers-after-all-that"),
    flaw("needs results", "a-request-with-a-part-is-answered-or-412"),
    flaw("null is missing", "null-is-an-empty-result"),
    flaw("empty is missing", "an-empty-bundle-is-an-empty-result"),
    flaw("notes are failures", "a-note-is-an-empty-result"),
    flaw("silent failures", "failed-searches-are-not-silence"),
    flaw("fragile outcome", "an-outcome-is-looked-for"),
    flaw("next page", "a-first-page-is-no-fault"),
    flaw("nonsense", "nonsense-as-prefetch-is-no-fault"),
    flaw("silent nonsense", "nonsense-alone-is-not-silence"),
    flaw("own keys", "keys-it-did-not-ask-for-are-no-fault"),
    flaw("all or nothing", "a-bad-entry-does-not-lose-the-others"),
    flaw("any patient", "another-patients-data-is-not-used"),
    flaw("first result", "the-order-of-unsorted-results-means-nothing", examples=("two results",)),
    flaw(
        "mixes calls",
        "calls-at-the-same-time-do-not-mix",
        heavy=True,
        examples=TWO,
    ),
    flaw("half fetched", "data-may-come-from-the-server"),
    flaw("silent fetch", "a-server-that-refuses-ends-in-412"),
    flaw("no bearer", "the-token-goes-with-every-query"),
    flaw("calls anybody", "servers-are-called-only-if-known", signed=True),
]

ORDERS = [
    flaw("medicines only", "any-kind-of-order-may-come-along"),
    flaw("drafts only", "orders-may-be-signed-again"),
    flaw("whole drafts", "incomplete-orders-are-answered"),
    flaw("odd drafts", "odd-bundles-of-orders-are-no-fault"),
    flaw("removes what has no id", "an-order-without-id-is-not-changed"),
    flaw("short ids", "long-ids-are-copied-whole"),
    flaw("raw names", "words-of-the-chart-are-no-markup"),
]

FEEDBACK = [
    flaw("one at a time", "feedback-comes-in-batches"),
    flaw("any feedback", "required-members-of-feedback-are-asked-for"),
    flaw("accepted alone", "accepted-names-a-suggestion"),
    flaw("own reasons", "reasons-are-optional-and-free"),
    flaw("no fraction", "instants-are-those-of-rfc-3339"),
    flaw("known cards", "feedback-is-taken", "feedback-about-a-card-is-taken"),
    flaw("singular", "feedback-of-one-vendor-is-taken"),
]

REFUSALS = [
    flaw("silent errors", "what-is-no-request-is-refused", "required-members-are-asked-for"),
    flaw("mute", "a-refusal-names-the-member"),
    flaw("pages", "refusals-are-no-pages"),
    flaw("text for 404", "refusals-are-no-pages"),
    flaw("own errors", "refusals-are-operation-outcomes"),
    flaw("trace", "refusals-give-nothing-away"),
    flaw("echo", "refusals-give-nothing-away"),
    flaw("no Allow", "other-methods-are-refused", "discovery-refuses-other-methods"),
    flaw("any path", "unknown-paths-are-not-found"),
]

BROWSERS = [
    flaw("star with credentials", "nobody-else-is-granted-credentials"),
    flaw("any origin with credentials", "nobody-else-is-granted-credentials"),
    flaw("no Authorization", "a-preflight-is-granted"),
    flaw("preflight alone", "every-answer-can-be-read-by-a-browser"),
]

CALLERS = [
    flaw("open feedback", "a-token-is-asked-for", signed=True),
    flaw("none", "an-unsigned-token-is-refused", signed=True),
    flaw("hmac", "a-shared-secret-is-refused", signed=True),
    flaw("expired", "times-are-looked-at", signed=True),
    flaw("no leeway", "clocks-may-differ-a-little", signed=True),
    flaw("any aud", "the-audience-is-this-endpoint", signed=True),
    flaw("host header", "the-audience-is-no-header", signed=True),
    flaw("any issuer", "unknown-issuers-are-refused", signed=True),
    flaw("any kid", "the-signature-is-that-of-the-key", signed=True),
    flaw("no claims", "every-claim-is-asked-for", signed=True),
    flaw("fetches jku", "a-foreign-key-set-is-not-believed", signed=True),
    flaw("replay", "a-token-is-good-for-one-call", signed=True),
    flaw("says why", "a-refused-caller-learns-nothing", signed=True),
    flaw("reads before asking", "callers-are-asked-before-their-words-are-read", signed=True),
    flaw("own feedback address", "feedback-is-trusted-like-any-call", signed=True),
    flaw("open discovery alone", "discovery-takes-a-token", signed=True),
]

FLAWS: list[Defect] = [*ENVELOPE, *PREFETCH, *ORDERS, *FEEDBACK, *REFUSALS, *BROWSERS, *CALLERS]
