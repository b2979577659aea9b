"""The embargo: a sealed action names valid contacts, and what was open is never sealed again."""

from collections.abc import Sequence
from datetime import datetime

from services.tasking.domain.action import Action, Facts, Heard
from shared.kernel.errors import FieldError


def decide_seal(action: Action | None, heard: Heard, facts: Facts, now: datetime) -> Sequence[FieldError]:
    """What is wrong with sealing the action as `heard` asks; empty where nothing is, or where it asks for no seal.

    Design, invariant 2: a pre-brief without a valid named contact is rejected at intake.
    """
    if not heard.seals or heard.details is None:
        return ()
    if action is not None and not action.sealed:
        return (FieldError("data.action.sealed", "released", "what partners may know is never sealed again"),)
    errors = []
    pre_brief = heard.details.get("pre_brief") or []
    if not pre_brief:
        errors.append(FieldError("data.action.pre_brief", "required", "a sealed action names at least one contact"))
    for index, one in enumerate(pre_brief):
        if not _may_be_told(facts, one["organisation"], one["contact"], now):
            errors.append(_invalid(f"data.action.pre_brief[{index}].contact"))
    officer = heard.details.get("named_officer")
    if officer is None:
        errors.append(FieldError("data.action.named_officer", "required", "a sealed action names its own officer"))
    elif not _may_be_told(facts, heard.acting, officer, now):
        errors.append(_invalid("data.action.named_officer"))
    return errors


def _may_be_told(facts: Facts, organisation: str, contact: str, now: datetime) -> bool:
    known = facts.contacts.get((organisation, contact))
    return known is not None and known.may_be_told(now)


def _invalid(field: str) -> FieldError:
    return FieldError(field, "valid_contact", "must be a valid named contact of that organisation")
