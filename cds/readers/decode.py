"""From JSON bytes to the structs of ``cds.readers.wire``, tolerantly.

Well-formed resources, which are nearly all, are decoded in one pass. A resource with a member of the wrong
shape is decoded once more: its JSON is loaded whole, what does not fit its struct is left out, and the rest
goes through the same decoder. So there is one reader, and one bad coding does not lose the good ones.

What is forgiven beyond leaving out: a lone object where FHIR has a list is a list of one, and a bare string
where FHIR has a CodeableConcept is its text (both occur in older releases of FHIR); half of a surrogate
pair, which is left where a text was cut within an emoji, is the sign for what cannot be read. A result's
value that had to be left out is not the same as no value: an empty Quantity stands in its place, which
nobody can read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final, Generic, NoReturn, TypeAlias, TypeVar

import msgspec
from msgspec import Raw, inspect

from cds.readers import elements, wire

Bytes: TypeAlias = bytes | Raw
T = TypeVar("T")

Single: TypeAlias = (
    wire.Observation
    | wire.DiagnosticReport
    | wire.Specimen
    | wire.MedicationRequest
    | wire.MedicationOrder
    | wire.Medication
    | wire.Substance
    | wire.ServiceRequest
    | wire.ProcedureRequest
    | wire.ImmunizationRecommendation
    | wire.Immunization
    | wire.Patient
    | wire.Condition
    | wire.AllergyIntolerance
    | wire.OperationOutcome
)
Resource: TypeAlias = Single | wire.Bundle

_UNFIT: Final = object()
_json = msgspec.json.Encoder(decimal_format="number")
# An odd number of backslashes makes an escape of the "u" behind it. The second group is the other half.
_HALF: Final = re.compile(
    rb"(?<!\\)(\\++)u[dD](?:[89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})|[89a-fA-F][0-9a-fA-F]{2})"
)
_UNREADABLE: Final = b"\\ufffd"


class Shape(Generic[T]):
    """One type of the wire, and how to read it."""

    __slots__ = ("_decoder", "_info")

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._info = inspect.type_info(kind)

    def read(self, sent: Bytes, dropped: list[str] | None = None) -> T | None:
        """What was sent, as far as it fits; ``None`` if it is nothing of this kind or too deeply nested.

        The paths of members that were left out are added to ``dropped``.
        """
        try:
            return self._decoder.decode(sent)
        except ValueError:  # msgspec's errors, and bytes that are not UTF-8
            return self.read_loaded(_load(sent), dropped)
        except RecursionError:
            return None

    def read_loaded(self, loaded: object, dropped: list[str] | None = None) -> T | None:
        """The same for JSON that is already loaded with ``Decimal`` numbers."""
        try:
            fitted = _fit(loaded, self._info, "", [] if dropped is None else dropped)
            return None if fitted is _UNFIT else self._decoder.decode(_json.encode(fitted))
        except (ValueError, RecursionError):
            return None


CONCEPT: Final = Shape(elements.CodeableConcept)
CONCEPTS: Final = Shape(tuple[elements.CodeableConcept, ...])
REFERENCE: Final = Shape(elements.Reference)
META: Final = Shape(elements.Meta)
RANGES: Final = Shape(tuple[wire.ReferenceRange, ...])

_SHAPES: Final[dict[str, Shape[Any]]] = {kind.__name__: Shape(kind) for kind in Resource.__args__}
_OTHER: Final = Shape(wire.OtherOrder)
_ENTRY: Final = Shape(wire.BundleEntry)
_LOOSE_BUNDLE: Final = Shape(wire.LooseBundle)
_LINKS: Final = Shape(tuple[wire.Link, ...])
_ITEMS: Final = msgspec.json.Decoder(tuple[Raw, ...])
_any_resource: Final[msgspec.json.Decoder[Resource]] = msgspec.json.Decoder(Resource)


def read_resource(
    sent: Bytes, dropped: list[str] | None = None
) -> Resource | wire.OtherOrder | wire.BundleEntry | None:
    """The resource in ``sent``.

    Returns ``OtherOrder`` for a resource type that is not read, ``BundleEntry`` for the wrapper
    ``{response, resource}``, and ``None`` if it is no readable resource at all.
    """
    try:
        return _any_resource.decode(sent)
    except ValueError:
        return _read_odd_resource(sent, dropped)
    except RecursionError:
        return None


def _read_odd_resource(
    sent: Bytes, dropped: list[str] | None
) -> Resource | wire.OtherOrder | wire.BundleEntry | None:
    other = _OTHER.read(sent)
    if other is None:
        return None
    if other.resource_type == "Bundle":
        return _read_loose_bundle(sent)
    shape = _SHAPES.get(other.resource_type)
    if shape is not None:
        resource: Resource | None = shape.read(sent, dropped)
        return resource
    if other.resource_type:
        return other
    wrapper = _ENTRY.read(sent)
    return wrapper if wrapper is not None and (wrapper.resource or wrapper.response) else None


def _read_loose_bundle(sent: Bytes) -> wire.Bundle | None:
    """Entry by entry: one that is no object comes back as the resource that cannot be read."""
    loose = _LOOSE_BUNDLE.read(sent)
    if loose is None:
        return None
    entries = [
        _ENTRY.read(item) or wire.BundleEntry(resource=item)
        for item in read_items(loose.entry)
        if bytes(item)
    ]
    return wire.Bundle(entry=tuple(entries), link=_LINKS.read(loose.link) or (), total=loose.total)


def read_items(sent: Bytes) -> tuple[Raw, ...]:
    """The items of a JSON list as they were sent; anything else is a list of itself."""
    if not sent:
        return ()
    try:
        return _ITEMS.decode(sent)
    except ValueError:
        return (Raw(bytes(sent)),)


def with_room_left(levels: int, call: Callable[[], T]) -> T:
    """What ``call`` gives, at so many calls more than there are already.

    JSON may be nested as deeply as calls may. What is decoded like this can be decoded again by whoever reads
    it, however it was come to there: what is nested too deeply is refused at the door, or nowhere. To count
    how deep it is would take as long as to read it.
    """
    if not levels:
        return call()
    # by way of C, whose calls are counted apart from those of Python since 3.12
    return partial(with_room_left, levels - 1, call)()


def mend_halves(sent: bytes) -> bytes:
    """The same JSON with U+FFFD for each half of a surrogate pair, which no decoder takes.

    Not a question mark: in a reference that begins a query, and ``Patient/1?`` is read as ``Patient/1``.
    """
    return _HALF.sub(_mended, sent)


def _mended(found: re.Match[bytes]) -> bytes:
    whole, backslashes, other = found[0], found[1], found[2]
    if len(backslashes) % 2:
        return whole if other else backslashes[:-1] + _UNREADABLE
    return whole.removesuffix(other) + _UNREADABLE if other else whole


# --- the second, patient way ----------------------------------------------------------------------------


def _load(sent: Bytes) -> object:
    try:
        return json.loads(
            mend_halves(bytes(sent)), parse_float=_number, parse_int=_number, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        return _UNFIT


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all measure: stays text, which fits no number
        return text


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _fit(value: Any, kind: inspect.Type, path: str, dropped: list[str]) -> Any:
    """``value`` reduced to what ``kind`` can hold, or ``_UNFIT``; what is lost is added to ``dropped``."""
    fitted = _fitted(value, kind, path, dropped)
    if fitted is _UNFIT:
        dropped.append(path)
    return fitted


def _fitted(value: Any, kind: inspect.Type, path: str, dropped: list[str]) -> Any:
    match kind:
        case inspect.StructType():
            return _fitted_struct(value, kind, path, dropped)
        case inspect.VarTupleType():
            items = value if isinstance(value, list) else [value]
            parts = [_fit(item, kind.item_type, f"{path}[{at}]", dropped) for at, item in enumerate(items)]
            return [part for part in parts if part is not _UNFIT]
        case inspect.UnionType():  # only ever "... or None"
            return _fitted(value, kind.types[0], path, dropped)
        case inspect.StrType():
            return value if isinstance(value, str) else _UNFIT
        case inspect.BoolType():
            return value if isinstance(value, bool) else _UNFIT
        case inspect.DecimalType():
            return _fitted_number(value)
    return value  # raw: whoever decodes it later fits it then


_IN_ONE_WORD: Final[dict[type, str]] = {
    elements.CodeableConcept: "text",
    wire.Manifestation: "text",
    elements.Reference: "reference",
}


def _fitted_struct(value: Any, kind: inspect.StructType, path: str, dropped: list[str]) -> Any:
    if kind.cls in _IN_ONE_WORD:  # names and references are taken as they come, numbers are not
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str):
            value = {_IN_ONE_WORD[kind.cls]: value}
    if not isinstance(value, dict):
        return _UNFIT
    fitted: dict[str, Any] = {}
    has_lost_value = False
    if kind.tag_field is not None:
        fitted[kind.tag_field] = kind.tag
    for member in kind.fields:
        sent = value.get(member.encode_name)
        if sent is None:
            continue
        part = _fit(sent, member.type, f"{path}.{member.encode_name}".lstrip("."), dropped)
        if part is not _UNFIT:
            fitted[member.encode_name] = part
        elif _is_value(member.encode_name):
            has_lost_value = True
    if has_lost_value and issubclass(kind.cls, wire.Component) and not any(map(_is_value, fitted)):
        fitted["valueQuantity"] = {}
    return fitted


def _is_value(member: str) -> bool:
    return member.startswith("value")


def _fitted_number(value: Any) -> Any:
    if isinstance(value, str):
        value = _number(value.strip())
    return value if isinstance(value, Decimal) and value.is_finite() else _UNFIT


class Once(dict[bytes, T]):
    """What was read from the same bytes before. Results repeat their codes, ranges and flags."""

    def __init__(self, read: Callable[[bytes], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, sent: bytes) -> T:
        read = self[sent] = self._read(sent)
        return read
