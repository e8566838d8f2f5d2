"""Who is let in: the JSON Web Token of the EHR, and all that is none."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from cds.conform.caller import Reply
from cds.conform.check import check
from cds.conform.listener import Listener
from cds.conform.reasons import NotApplicable
from cds.conform.signing import PrivateKey, Signer, keyed_hash, signature
from cds.conform.target import ROOT, Answer, Target

_HOUR = 3600


def _trial(target: Target) -> tuple[Signer, Answer]:
    """The signer and a request that is answered with its token, but not without one."""
    target.need_key()
    each = target.good[0]
    signer = target.caller.signer
    if signer is None or target.post(each.offer, each.request, token=None).answered:
        raise NotApplicable("it answers without any token")
    return signer, each


def _let_in(target: Target, each: Answer, what: str, token: str) -> Iterator[str]:
    reply = target.post(each.offer, each.request, token=token)
    if reply.status != 401:
        yield f"{each.offer.name}: {what} is answered {reply.said}; expected 401"


@check("S", "1.0+", "J-01")
def a_token_is_asked_for(target: Target) -> Iterator[str]:
    """Without a token a call is refused with 401, feedback too."""
    target.need_key()
    for each in target.good:
        for path in (each.offer.path, f"{each.offer.path}/feedback"):
            reply = target.caller.call("POST", path, each.request, token=None)
            if reply.status not in {401, 404, 405}:
                yield f"POST {path} without a token is answered {reply.said}; expected 401"


@check("M", "1.0+", "J-02")
def an_unsigned_token_is_refused(target: Target) -> Iterator[str]:
    """A token with the algorithm ``none``, however spelled, is refused."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    for name in ("none", "None", "NONE"):
        token = signer.token(address, header={"alg": name}, sign=lambda _: b"")
        yield from _let_in(target, each, f"alg {name}", token)
    yield from _let_in(target, each, "a token without signature", signer.token(address, sign=lambda _: b""))


@check("M", "1.0+", "J-02")
def a_shared_secret_is_refused(target: Target) -> Iterator[str]:
    """A token signed with HMAC is refused, above all one whose secret is the public key."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    for name in ("HS256", "HS384", "HS512"):
        for secret in (signer.public_pem, b"secret", b""):
            token = signer.token(address, header={"alg": name}, sign=keyed_hash(name, secret))
            yield from _let_in(target, each, f"alg {name}", token)


@check("M", "1.0+", "J-04", "J-07")
def times_are_looked_at(target: Target) -> Iterator[str]:
    """A token that has expired is refused."""
    signer, each = _trial(target)
    now = int(signer.clock())
    token = signer.token(
        target.caller.address(each.offer.path), claims={"iat": now - 2 * _HOUR, "exp": now - _HOUR}
    )
    yield from _let_in(target, each, "a token that expired an hour ago", token)


@check("S", "ENG", "J-14")
def clocks_may_differ_a_little(target: Target) -> Iterator[str]:
    """A token of a clock that is 20 seconds ahead is taken; one not valid for an hour is refused."""
    signer, each = _trial(target)
    now, address = int(signer.clock()), target.caller.address(each.offer.path)
    ahead = signer.token(
        address, claims={"iat": now + 20, "nbf": now - 280, "exp": now + 320, "sub": "conform"}
    )
    reply = target.post(each.offer, each.request, token=ahead)
    if not reply.answered:
        yield f"{each.offer.name}: a clock 20 s ahead is answered {reply.said}"
    later = signer.token(address, claims={"nbf": now + _HOUR, "exp": now + _HOUR + 300})
    yield from _let_in(target, each, "a token that is not yet valid", later)


@check("M", "1.0+", "J-05")
def the_audience_is_this_endpoint(target: Target) -> Iterator[str]:
    """``aud`` has to be the address of the endpoint that is called, alone or in a list."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    others = [target.caller.address(ROOT), "https://conform.invalid" + each.offer.path, "", []]
    others += [
        target.caller.address(offer.path) for offer in target.every_offer if offer.path != each.offer.path
    ]
    for other in others:
        yield from _let_in(target, each, f"aud {other!r}", signer.token(other))
    reply = target.post(each.offer, each.request, token=signer.token(["https://conform.invalid", address]))
    if not reply.answered:
        yield f"{each.offer.name}: a list with the right aud is answered {reply.said}"


@check("S", "ENG", "J-06")
def the_audience_is_no_header(target: Target) -> Iterator[str]:
    """The address that ``aud`` has to name does not follow the ``Host`` header."""
    signer, each = _trial(target)
    spoofed = {"Host": "conform.invalid", "X-Forwarded-Host": "conform.invalid"}
    for scheme in ("http", "https"):
        token = signer.token(f"{scheme}://conform.invalid{each.offer.path}")
        reply = target.post(each.offer, each.request, headers=spoofed, token=token)
        if reply.answered:
            yield f"{each.offer.name}: Host and aud of {scheme}://conform.invalid are answered {reply.said}"


@check("S", "1.0+", "J-07", "J-08")
def unknown_issuers_are_refused(target: Target) -> Iterator[str]:
    """A token of an ``iss`` that is not known is refused, however well it is signed."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    for issuer in ("https://conform.invalid", signer.issuer + "/x", ""):
        yield from _let_in(target, each, f"iss {issuer!r}", signer.token(address, claims={"iss": issuer}))


@check("M", "1.0+", "J-10", "J-07")
def the_signature_is_that_of_the_key(target: Target) -> Iterator[str]:
    """A token changed on its way, of another key, or of an unknown ``kid`` is refused."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    head, _, end = signer.token(address).split(".")
    changed = signer.token(address).split(".")[1]
    yield from _let_in(target, each, "a token changed on its way", f"{head}.{changed}.{end}")
    yield from _let_in(target, each, "kid unknown", signer.token(address, header={"kid": "conform-unknown"}))
    yield from _let_in(target, each, "another key", _strangers_token(signer, address))


@check("M", "1.0+", "J-04")
def every_claim_is_asked_for(target: Target) -> Iterator[str]:
    """A token without ``iss``, ``aud``, ``exp``, ``iat`` or ``jti`` is refused."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    for name in ("iss", "aud", "exp", "iat", "jti"):
        yield from _let_in(target, each, f"a token without {name}", signer.token(address, claims={name: ...}))


@check("S", "1.0+", "J-08")
def a_foreign_key_set_is_not_believed(target: Target) -> Iterator[str]:
    """A ``jku`` that the caller never agreed on is not believed, and, where this can be seen, not fetched."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    if not target.is_local:
        token = _strangers_token(signer, address, jku="https://conform.invalid/jwks.json")
        yield from _let_in(target, each, "a foreign jku", token)
        return
    with Listener() as listener:
        token = _strangers_token(signer, address, jku=f"{listener.address}/jwks.json")
        yield from _let_in(target, each, "a foreign jku", token)
        if listener.heard:
            yield f"{each.offer.name}: it fetched {listener.heard[0].path} from the jku of a forged token"


@check("S", "BP", "J-12")
def a_token_is_good_for_one_call(target: Target) -> Iterator[str]:
    """A token that was used is refused, also when it comes several times at once."""
    signer, each = _trial(target)
    token = signer.token(target.caller.address(each.offer.path))
    with ThreadPoolExecutor(8) as threads:
        replies = [*threads.map(lambda _: target.post(each.offer, each.request, token=token), range(16))]
    let_in = sum(reply.answered for reply in replies)
    if let_in != 1:
        yield f"{each.offer.name}: of 16 calls with one token {let_in} were answered"


@check("S", "BP", "S-03")
def a_refused_caller_learns_nothing(target: Target) -> Iterator[str]:
    """Every 401 looks the same, and says nothing about the reason."""
    signer, each = _trial(target)
    address = target.caller.address(each.offer.path)
    tokens: list[tuple[str, str | None]] = [
        ("no token", None),
        ("half a token", "x"),
        ("another aud", signer.token("https://conform.invalid")),
        ("another key", _strangers_token(signer, address)),
        ("unknown iss", signer.token(address, claims={"iss": "https://conform.invalid"})),
    ]
    seen: dict[tuple[int, bytes], str] = {}
    for what, token in tokens:
        reply = target.post(each.offer, each.request, token=token)
        seen.setdefault((reply.status, reply.body), f"{what}: {reply.said}")
    if len(seen) > 1:
        yield f"{each.offer.name}: {'; '.join(seen.values())}"


@check("S", "ENG", "S-04")
def callers_are_asked_before_their_words_are_read(target: Target) -> Iterator[str]:
    """Whatever is wrong with a request, without a token it is 401."""
    _, each = _trial(target)
    trials: list[tuple[str, Reply]] = [
        ("half an object", target.post(each.offer, b"{", token=None)),
        ("text/plain", target.post(each.offer, {}, headers={"Content-Type": "text/plain"}, token=None)),
        ("an unknown service", target.caller.call("POST", f"{ROOT}/conform-no-such", {}, token=None)),
    ]
    for what, reply in trials:
        if reply.status != 401:
            yield f"{what} without a token is answered {reply.said}; expected 401"


@check("M", "2.0+", "F-10")
def feedback_is_trusted_like_any_call(target: Target) -> Iterator[str]:
    """Feedback is taken with a token for its own address, and for that of its service."""
    _, each = _trial(target)
    path = f"{each.offer.path}/feedback"
    item = {"card": "conform", "outcome": "overridden", "outcomeTimestamp": "2026-01-02T03:04:05Z"}
    for named in (path, each.offer.path):
        token = target.caller.token_for(named)
        reply = target.caller.call("POST", path, {"feedback": [item]}, token=token)
        if reply.status in {404, 405}:
            raise NotApplicable("it takes no feedback")
        if not reply.ok:
            yield f"{each.offer.name}: feedback with aud {named} is answered {reply.said}"


def _strangers_token(signer: Signer, address: str, **header: str) -> str:
    """A token that says all the right words, signed by somebody else."""
    key: PrivateKey = ec.generate_private_key(ec.SECP384R1())
    name = "ES384"
    if not signer.algorithm.startswith("ES"):
        key, name = rsa.generate_private_key(65537, 2048), signer.algorithm
    return signer.token(address, header={"alg": name, **header}, sign=lambda text: signature(key, name, text))
