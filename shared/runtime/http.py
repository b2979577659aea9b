"""The HTTP side that every service shares: who calls, what they may do, and the problems that say no."""

from typing import Annotated

from fastapi import Depends, Request

from shared.audit import Entry, record
from shared.auth import Forbidden, Principal, Role, TokenVerifier, Unauthenticated
from shared.disclosure import Viewer
from shared.runtime.context import Context
from shared.runtime.problems import Problem, not_found

__all__ = ["Caller", "Problem", "body_of", "not_found", "require", "viewer_of"]

MAX_BODY_BYTES = 1_100_000


async def authenticated(request: Request) -> Principal:
    """The caller by bearer token; a refusal is audited and answered as a problem."""
    context: Context = request.app.state.context
    verifier: TokenVerifier = request.app.state.verifier
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("missing")
        return await verifier.verify(token.strip(), context.clock.now())
    except Unauthenticated as error:
        await _refused(context, request, error.reason)
        raise Problem(
            401, "not-authenticated", f"The token is {error.reason}.", headers={"WWW-Authenticate": "Bearer"}
        ) from None
    except Forbidden as error:
        await _refused(context, request, error.reason)
        raise Problem(403, "forbidden", f"The token has a {error.reason}.") from None


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
        desks=caller.desks,
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
                action="refusal",
                record_kind="request",
                record_id=getattr(route, "path", "unknown"),
                actor="unknown",
                organisation="",
                way="api",
                detail={"reason": reason, "method": request.method},
            ),
        )
        await work.commit()
