"""The pages behind the links: opening one changes nothing; answering asks who answers, and counts once."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notify.channels.wording import URGENCY_WORDS
from services.notify.domain.answers import Counted, Refused, Said, accepted_by, is_last
from services.notify.domain.links import token_hash
from services.notify.domain.states import OVER, Alert, Kind, TaskCopy
from services.notify.handlers.answer import answer
from services.notify.handlers.standing import still_holds
from services.notify.repository import alerts as repository
from services.notify.rota import LONDON
from services.notify.work import Batch, Desk
from shared.audit import Action, Entry, Way, record
from shared.bus.work import Work
from shared.runtime import Context
from shared.runtime.http import body_of

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_TEMPLATES: Final = Path(__file__).parent / "templates"
_NAMES: Final = 200
_REASON: Final = 2000
_SEALED: Final = (
    "This alert is sealed: nothing about it is shown here. Sign in with your own account, or ring the number that"
    " you were given for sealed matters."
)
_TEXTS: Final[Mapping[str, str]] = {
    "impersonation": "An organisation sent an event that names another organisation as its source.",
    "waiting_urgent": "Something urgent cannot be taken in before the submission that it follows.",
    "dead_letter": "A message could not be handled and has been set aside.",
    "away": "A part of the system is away.",
}
_RETRACTED: Final = "What you were told of was published in error. Do not act on it, and forget what it said."
_CHOICES: Final = (
    (Said.ACCEPTED.value, "Ours: we are responsible"),
    (Said.SEEN.value, "Seen: somebody else will say who is responsible"),
    (Said.DECLINED.value, "Not ours"),
)
_JUST_SEEN: Final = ((Said.SEEN.value, "I have seen this"),)
_AFTER_SEEN: Final = (_CHOICES[0], _CHOICES[2])
_NO_TASKS: Final[list[TaskCopy]] = []
_ANSWERS: Final = {"seen": "seen it", "accepted": "accepted it for the organisation", "declined": "declined it"}


def router(context: Context, desk: Desk) -> APIRouter:
    """Reached without a login: the link's 256 bits are the key to a page that holds little."""
    routes = APIRouter(tags=["links"], include_in_schema=False)

    @routes.get("/a/{token}")
    async def open_link(token: str) -> HTMLResponse:
        """The alert as the holder of this link may see it."""
        async with context.open_work() as work:
            found = await _find(work, token)
            if found is None:
                return _nothing()
            alert, contact = found
            tasks = await repository.list_tasks(work, alert.alert)
            await _consulted(work, alert, contact)
        return _page(alert, tasks)

    @routes.post("/a/{token}")
    async def answer_link(token: str, request: Request) -> HTMLResponse:
        """Who answers, and what."""
        filled = _form(await body_of(request))
        async with context.open_work() as work:
            found = await _find(work, token, hold=True)
            if found is None:
                return _nothing()
            alert, contact = found
            tasks = await repository.list_tasks(work, alert.alert)
            if problem := _problem(filled):
                await _consulted(work, alert, contact)
                return _page(alert, tasks, filled, problem)
            batch = Batch(work, desk)
            said, reason = Said(filled["said"]), filled["reason"] or None
            decided = await answer(batch, alert, said, filled["by"], "link", contact=contact, reason=reason)
            if isinstance(decided, Refused):
                await _consulted(work, alert, contact)
                return _refused(alert, tasks, filled, decided)
            record(work, _audited(Action.ALTERATION, alert, contact))
            await batch.finish()
            await work.commit()
        return _thanks(alert, decided)

    return routes


async def _find(work: Work, token: str, *, hold: bool = False) -> tuple[Alert, str] | None:
    if not _TOKEN.fullmatch(token):
        return None
    link = await repository.find_link(work, token_hash(token))
    if link is None:
        return None
    alert = await repository.find_alert(work, link[0], hold=hold)
    return (alert, link[1]) if alert and await still_holds(work, alert, link[1]) else None


async def _consulted(work: Work, alert: Alert, contact: str) -> None:
    """Log that the page was read, in the transaction that read, before anything is shown."""
    record(work, _audited(Action.CONSULTATION, alert, contact))
    await work.commit()


def _form(raw: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(raw.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        fields = {}
    return {name: fields.get(name, [""])[0].strip() for name in ("by", "said", "reason")}


def _problem(filled: Mapping[str, str]) -> dict[str, str] | None:
    if not filled["by"] or len(filled["by"]) > _NAMES or not filled["by"].isprintable():
        return {"field": "by", "text": "Say who you are: your name and post"}
    if filled["said"] not in list(Said):
        return {"field": "said-accepted", "text": "Choose what you say"}
    if filled["said"] == Said.DECLINED and not filled["reason"]:
        return {"field": "reason", "text": "Say why it is not yours"}
    if "\x00" in filled["reason"]:
        return {"field": "reason", "text": "Use letters, figures and punctuation only"}
    if len(filled["reason"]) > _REASON:
        return {"field": "reason", "text": f"Use no more than {_REASON} characters"}
    return None


def _page(
    alert: Alert,
    tasks: Sequence[TaskCopy],
    filled: Mapping[str, str] | None = None,
    problem: Mapping[str, str] | None = None,
) -> HTMLResponse:
    if alert.status == OVER:
        return _plain(200, "This alert is over", f"Nothing more is asked of you about {alert.reference}.")
    if alert.sealed:
        text, shown = _SEALED, _NO_TASKS
    elif alert.kind is Kind.RETRACTION:
        text, shown = _RETRACTED, _NO_TASKS
    else:
        text, shown = _TEXTS.get(alert.about or "", ""), [task for task in tasks if not task.over and not task.sealed]
    return _rendered(
        "alert.html",
        422 if problem else 200,
        heading=f"Alert {alert.reference}",
        alert=alert,
        urgency=URGENCY_WORDS[alert.urgency],
        text=text,
        tasks=shown,
        standing=_standing(alert, tasks),
        choices=_choices(alert, tasks),
        filled=filled or {"by": "", "said": "", "reason": ""},
        problem=problem,
    )


def _standing(alert: Alert, tasks: Sequence[TaskCopy]) -> str:
    if not alert.sealed and (by := accepted_by(tasks)):
        return f"{by} has {_ANSWERS['accepted']} already."
    return f"Somebody has {_ANSWERS[alert.answer]} already." if alert.answer else ""


def _choices(alert: Alert, tasks: Sequence[TaskCopy]) -> Sequence[tuple[str, str]]:
    if alert.answer in (Said.ACCEPTED, Said.DECLINED):
        return ()
    if alert.sealed or alert.kind is not Kind.TASKS or accepted_by(tasks):
        return _JUST_SEEN if alert.waiting else ()
    offered = _CHOICES if alert.waiting else _AFTER_SEEN
    return [one for one in offered if one[0] != Said.DECLINED or not is_last(alert)]


def _refused(alert: Alert, tasks: Sequence[TaskCopy], filled: Mapping[str, str], refusal: Refused) -> HTMLResponse:
    if refusal.why == "answered":
        did = _ANSWERS.get(refusal.answer or "", "answered")
        return _plain(409, "Answered already", f"{refusal.by or 'Somebody'} has {did}. That answer stands.")
    if refusal.why == "over":
        return _plain(409, "This alert is over", "Your answer was not needed any more, and does not count.")
    if refusal.why == "last":
        text = "The centre is the last in the route: this can be declined to nobody else."
        return _page(alert, tasks, filled, {"field": "said-accepted", "text": text})
    if refusal.why == "reason":
        return _page(alert, tasks, filled, {"field": "reason", "text": "Say why it is not yours"})
    return _plain(409, "Sign in to answer that", "By this link you can say only that you have seen the alert.")


def _thanks(alert: Alert, decided: Counted) -> HTMLResponse:
    did = _ANSWERS[decided.said.value]
    return _plain(200, "Your answer counts", f"{alert.reference}: you have {did}, as {alert.acknowledged_by}.")


def _nothing() -> HTMLResponse:
    return _plain(404, "There is nothing here", "The link is wrong, or it was never made. Check the whole of it.")


def _plain(status: int, heading: str, text: str) -> HTMLResponse:
    return _rendered("page.html", status, heading=heading, text=text)


def _rendered(template: str, status: int, **values: Any) -> HTMLResponse:
    pages, style, headers = _environment()
    return HTMLResponse(pages.get_template(template).render(style=style, **values), status, headers)


@cache
def _environment() -> tuple[Environment, str, dict[str, str]]:
    """The templates, the style, and the headers that let a page load nothing but that style."""
    pages = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    pages.filters["london"] = _london
    style = (_TEMPLATES / "page.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return pages, style, headers


def _london(moment: datetime) -> str:
    return moment.astimezone(LONDON).strftime("%A %-d %B %Y, %H:%M")


def _audited(action: Action, alert: Alert, contact: str) -> Entry:
    return Entry(
        action=action,
        record_kind="alert",
        record_id=str(alert.alert),
        actor=f"link:{contact}",
        organisation=contact.split("/")[0],
        way=Way.LINK,
    )
