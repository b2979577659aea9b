"""The shape that every contract shares: closed to unknown fields for producers, bounded in every direction."""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from shared.kernel.errors import FieldError, Rejected

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$")]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
DistrictCode = Annotated[str, StringConstraints(pattern=r"^[EWSN]\d{8}$")]


def _not_far_off(moment: AwareDatetime) -> AwareDatetime:
    if not 2000 <= moment.year <= 2100:
        raise ValueError("must lie between the years 2000 and 2100")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_not_far_off)]


class Contract(BaseModel):
    """A producer's form: an unknown field is refused by name. Consumers read the open form of the same schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000)


class Urgency(StrEnum):
    """How fast a person must answer: starting delays 5/10/15 min, 15/30/60 min, next shift."""

    LIFE_RISK = "life_risk"
    URGENT = "urgent"
    ROUTINE = "routine"


class Mode(StrEnum):
    """How a submission is taken: for real, only checked, or recorded without paging anyone."""

    LIVE = "live"
    VALIDATE_ONLY = "validate_only"
    BACKFILL = "backfill"


C = TypeVar("C", bound=Contract)


def parse(model: type[C], data: Any, at: str = "data") -> C:
    """`data` as `model`; raises `Rejected` with each field and rule, and never a submitted value."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Rejected(field_errors(error, at)) from None


def field_errors(error: ValidationError, at: str = "data") -> list[FieldError]:
    """Pydantic's findings as ours: a dotted path, the rule's name, words. Values are left out."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [FieldError(_path(at, item["loc"]), item["type"], _words(item["type"], item["msg"])) for item in found[:50]]


def _path(at: str, location: tuple[int | str, ...]) -> str:
    path = at
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part[:80]}"
    return path.removeprefix(".")


def _words(rule: str, message: str) -> str:
    return "is not a field of this event" if rule == "extra_forbidden" else message.removeprefix("Value error, ")
