"""Errors as RFC 9457 problems that name the field and the rule, and never the value."""

import logging
from collections.abc import Sequence

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.db import DataRefused, is_passing
from shared.kernel.errors import FieldError, Rejected

log = logging.getLogger(__name__)

_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    422: "Invalid submission",
    503: "Not available just now",
}


class Problem(Exception):
    """An answer with an error status. `slug` names the kind of problem; `detail` carries no submitted value."""

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(slug)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers
        self.members = members


def not_found() -> Problem:
    """For what does not exist and for what the caller may not know of: the two look the same."""
    return Problem(404, "not-found", "There is nothing here that you may see.")


def as_response(problem: Problem) -> Response:
    """The problem as application/problem+json."""
    body: dict[str, object] = {
        "type": f"urn:nclcc:problem:{problem.slug}",
        "title": _TITLES.get(problem.status, "Problem"),
        "status": problem.status,
    }
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [error.as_dict() for error in problem.errors]
    body |= problem.members
    return JSONResponse(body, problem.status, problem.headers, "application/problem+json")


def install(app: FastAPI) -> None:
    """Turn every error of this app into a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Rejected, _rejected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataRefused, _refused)
    app.add_exception_handler(Exception, _unexpected)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return as_response(error)


async def _rejected(_: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    return as_response(Problem(422, "rejected", errors=error.errors))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(".".join(str(part)[:80] for part in item["loc"]), item["type"], item["msg"])
        for item in error.errors()
    ]
    return as_response(Problem(422, "invalid-request", errors=errors))


async def _refused(_: Request, error: Exception) -> Response:
    log.warning("a value was refused", extra={"error": type(error).__name__})
    return as_response(Problem(422, "invalid-request", "A value has a form or size that cannot be held."))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    slug = _TITLES.get(error.status_code, "problem").lower().replace(" ", "-")
    return as_response(Problem(error.status_code, slug, headers=dict(error.headers or {})))


async def _unexpected(_: Request, error: Exception) -> Response:
    if is_passing(error):
        return as_response(Problem(503, "unavailable", "Try again shortly.", headers={"Retry-After": "2"}))
    log.exception("request failed", extra={"error": type(error).__name__})
    return as_response(Problem(500, "internal"))
