"""A message that the channel tests hand over."""

from services.notify.channels.message import Message, Urgency

REFERENCE = "NC-7K2M-4QX9"
LINK = "https://alerts.nclcc.example/a/Zx9-kQ_2"


def sample(urgency: Urgency = "urgent", attempt: str = "attempt-0001") -> Message:
    """Life risk also says to phone the control room."""
    return Message(REFERENCE, urgency, LINK, urgency == "life_risk", attempt)
