"""What the API answers: documents of the fields that the reader may see."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from shared.contracts.receipts import Receipt, Verdict
from shared.disclosure import Audience, project
from shared.kernel.errors import FieldError
from shared.runtime.http import Problem, not_found


def receipt_response(receipt: Receipt | None) -> Response:
    """202 with the receipt; a rejection as a 422 problem that names each field and rule."""
    if receipt is None:
        raise Problem(409, "in-progress", "A submission with this id is being taken in; ask for its receipt.")
    if receipt.verdict is Verdict.REJECTED:
        errors = [FieldError(one.field, one.rule, one.message) for one in receipt.errors]
        raise Problem(422, "rejected", errors=errors, receipt=str(receipt.receipt))
    shown = project("receipt", Audience.ACTING, receipt.model_dump(mode="json", exclude_none=True))
    return JSONResponse(shown, 202)


def document(kind: str, audience: Audience, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as this audience may see it; 404 where it may not know of it."""
    shown = project(kind, audience, record)
    if shown is None:
        raise not_found()
    return shown
