"""`nclcc token`: a bearer token of the local issuer, for trying the APIs out."""

from datetime import timedelta
from typing import Annotated

import typer

from nclcc.commands.output import fail, show_json
from nclcc.commands.reach import issuer_of
from nclcc.state import get_state
from shared.auth import Role
from shared.reference import reference


def token(
    organisation: Annotated[str, typer.Argument(help="Whom the bearer speaks for: a code such as kent or la-kent.")],
    role: Annotated[list[Role] | None, typer.Option(help="What the bearer may do; may be repeated.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who the bearer is, for the audit log.")] = None,
    contact: Annotated[str | None, typer.Option(help="The id of the bearer's own contact, for sealed matters.")] = None,
    desk: Annotated[list[str] | None, typer.Option(help="Narrow a co-ordinator to a desk; may be repeated.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is good for.", min=0.01, max=24)] = 8,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Make a token that the stack running here accepts. A real deployment has its own identity provider.

    \b
    Examples:
      nclcc token kent
      nclcc token la-kent --role coordinator --desk children
      curl -H "Authorization: Bearer $(nclcc token kent)" http://127.0.0.1:…/v1/tasks
    """
    if organisation not in reference().organisations:
        fail(f"no organisation has the code {organisation}", 2)
    roles = role or [Role.READER]
    who = subject or contact or f"someone-at-{organisation}"
    made = issuer_of(get_state()).mint(
        who, organisation, roles, contact=contact, desks=desk, ttl=timedelta(hours=hours)
    )
    if json:
        show_json({"token": made, "subject": who, "organisation": organisation, "roles": sorted(roles)})
        return
    typer.echo(made)
