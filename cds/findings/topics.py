"""What is spoken of, on which occasion, and how loudly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Urgency(IntEnum):
    """How loudly a topic speaks: the indicator of its card."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class Occasion(StrEnum):
    """What the clinician is doing."""

    ORDER_SIGN = "order-sign"
    ORDER_SELECT = "order-select"
    PATIENT_VIEW = "patient-view"


class Topic(StrEnum):
    """The topics, in the order in which cards are shown. The value is the wire code."""

    FEVER = "leukoFever"
    ORDER_RISK = "leukoOrderRisk"
    LIVE_VACCINE = "leukoLiveVaccine"
    LOW_COUNT = "leukoLowCount"
    SUSPECTS = "leukoSuspects"
    MONITORING = "leukoMonitoring"
    PRECAUTIONS = "leukoPrecautions"
    DATA_QUALITY = "leukoDataQuality"


@dataclass(frozen=True, slots=True)
class TopicDecision:
    """Whether a topic speaks, how loudly, and why (or why it stays silent).

    Attributes:
        urgency: ``None`` when the topic is silent.
        reasons: codes such as ``leading-suspect`` or ``order-unrelated``.
    """

    topic: Topic
    urgency: Urgency | None
    reasons: tuple[str, ...]
