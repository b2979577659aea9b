"""The words of an alert, the same on every channel that carries words."""

from services.notify.channels.message import Message, Urgency

URGENCY_WORDS: dict[Urgency, str] = {"life_risk": "RISK TO LIFE", "urgent": "URGENT", "routine": "Routine"}
CONTROL_ROOM = "Phone the control room now."


def subject(message: Message) -> str:
    """One line: urgency and reference."""
    return f"{URGENCY_WORDS[message.urgency]}: alert {message.reference}"


def lines(message: Message) -> list[str]:
    """The text, line by line; the link stands alone so that a telephone recognises it."""
    said = [f"{subject(message)}."]
    if message.phone_control_room:
        said.append(CONTROL_ROOM)
    if message.link is not None:
        said.append(message.link)
    return said


def fields(message: Message) -> dict[str, str | bool | None]:
    """The same for machines, and nothing more."""
    return {
        "reference": message.reference,
        "urgency": message.urgency,
        "link": message.link,
        "phone_control_room": message.phone_control_room,
    }
