"""Builds what organisations publish: CloudEvents as their own systems would write them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from nclcc.scenario.model import ACCEPTED, Action, Publish, Stream, Task, Verdicts
from nclcc.scenario.places import Spot
from shared.contracts.envelope import organisation_source
from shared.contracts.pursue import Verb
from shared.reference import Nation
from shared.reference.calendar import in_working_hours

_NAMESPACE = UUID("5b0c6d2e-6f0a-5d0e-9a54-1f9c3f6f7a11")


@dataclass(frozen=True, slots=True)
class Story:
    """What all threads of one playing share: when it begins, and the seed that its ids come from.

    The same seed gives the same ids, so two playings on one lasting stack need two seeds.
    """

    now: datetime
    seed: str = "scenario"

    def id(self, *name: str) -> UUID:
        """The id that this story gives to a thing of this name."""
        return uuid5(_NAMESPACE, "/".join((self.seed, *name)))

    def at(self, **offset: float) -> str:
        """A moment relative to the beginning, as events write it: `story.at(hours=3)`."""
        return (self.now + timedelta(**offset)).isoformat()

    def action(self, acting: str, name: str) -> Action:
        """An action of a force, by its name in the story."""
        return Action(acting, self.id("action", acting, name))

    def after_hours(self, nation: Nation, *tasks: Task) -> tuple[Task, ...]:
        """The emergency duty teams' tasks: they arise only while the offices of that nation are shut."""
        return () if in_working_hours(self.now, nation) else tasks

    def event(self, organisation: str, type_: str, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """A CloudEvent of an organisation; `name` tells its events apart."""
        return {
            "specversion": "1.0",
            "id": str(self.id("event", organisation, name)),
            "source": organisation_source(organisation),
            "type": type_,
            "time": self.now.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }

    def details(
        self, urgency: str, *spots: Spot, people: tuple[dict[str, Any], ...] = (), **more: Any
    ) -> dict[str, Any]:
        """The whole of an action: places get the refs p1, p2, … in their order."""
        places = [spot.as_place(f"p{number}") for number, spot in enumerate(spots, 1)]
        reporter = {"unit": "Operations desk", "telephone": "01632 960 000"}
        return {"urgency": urgency, "places": places, "people": list(people), "reporter": reporter, **more}

    def pursue(
        self,
        says: str,
        action: Action,
        verb: Verb,
        revision: int,
        content: dict[str, Any] | str,
        *,
        receipt: Verdicts = ACCEPTED,
        **expected: Any,
    ) -> Publish:
        """A force reports on its action: `content` is the whole action, or a reason in words."""
        carried = {"action": content} if isinstance(content, dict) else {"reason": content}
        data = {"action_id": str(action.action_id), "revision": revision, **carried}
        event = self.event(action.acting, verb.type, f"{action.action_id}/{revision}/{verb}", data)
        return self.publication(says, action.acting, Stream.PURSUE, event, receipt, action=action, **expected)

    def publication(
        self, says: str, organisation: str, stream: Stream, event: dict[str, Any], receipt: Verdicts, **expected: Any
    ) -> Publish:
        """Any event on any of the organisation's topics."""
        return Publish(
            says=says,
            organisation=organisation,
            stream=stream,
            body=orjson.dumps(event),
            event_id=event["id"],
            receipt=receipt,
            **expected,
        )
