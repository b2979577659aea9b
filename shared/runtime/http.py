"""The HTTP side that every service shares: who calls, what they may do, and the problems that say no."""

from typing import Annotated

from fastapi import Depends, Request

from shared.audit import NOBODY, Action, Entry, Way, record
from shared.auth import Forbidden, KeysUnavailable, Principal, Role, TokenVerifier, Unauthenticated, bearer
from shared.disclosure import Viewer
from shared.runtime.context import Context
from shared.runtime.problems import Problem, not_found

__all__ = ["Caller", "Problem", "body_of", "not_found", "require", "viewer_of"]

MAX_BODY_BYTES = 1_100_000


async def authenticated(request: Request) -> Principal:
    """The caller by bearer token; a refusal is audited and answered as a problem."""
    context: Context = request.app.state.context
    verifier: TokenVerifier = request.app.state.verifier
    try:
        return await verifier.verify(bearer(request.headers.get("authorization")), context.clock.now())
    except Unauthenticated as error:
        await _refused(context, request, error.reason_code)
        raise Problem(
            401,
            "not-authenticated",
            f"The token: {error.reason_code}.",
            headers={"WWW-Authenticate": "Bearer"},
        ) from None
    except Forbidden as error:
        await _refused(context, request, error.reason_code)
        raise Problem(403, "forbidden", f"The token: {error.reason_code}.") from None
    except KeysUnavailable:
        raise Problem(503, "unavailable", "The issuer's keys cannot be read.", headers={"Retry-After": "5"}) from None


Caller = Annotated[Principal, Depends(authenticated)]


def require(caller: Principal, *roles: Role) -> None:
    """Raises a 403 problem unless the caller has one of `roles`."""
    if not caller.roles & set(roles):
        raise Problem(403, "forbidden", f"This needs one of the roles: {', '.join(sorted(roles))}.")


def viewer_of(caller: Principal) -> Viewer:
    """The caller as the visibility function sees them."""
    return Viewer(
        organisation=caller.organisation,
        contact=caller.contact,
        desks=caller.desks or frozenset(),
        centre=Role.CENTRE in caller.roles,
        national=Role.NATIONAL_READER in caller.roles,
    )


async def body_of(request: Request) -> bytes:
    """The raw body, read no further than what a submission may have."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise Problem(413, "too-large", "A submission may have 1 MB.")
        chunks.append(chunk)
    return b"".join(chunks)


async def _refused(context: Context, request: Request, reason: str) -> None:
    async with context.open_work() as work:
        route = request.scope.get("route")
        record(
            work,
            Entry(
                action=Action.REFUSAL,
                record_kind="request",
                record_id=getattr(route, "path", "unknown"),
                actor=NOBODY,
                organisation=NOBODY,
                way=Way.API,
                detail={"reason": reason, "method": request.method},
            ),
        )
        await work.commit()
