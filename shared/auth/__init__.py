"""Who asks: bearer tokens become principals, an organisation and the roles that it gave them."""

from shared.auth.errors import Forbidden, KeysUnavailable, Unauthenticated
from shared.auth.issuer import Issuer
from shared.auth.jwks import JwksSource
from shared.auth.principal import CENTRE, Principal, Role
from shared.auth.tokens import TokenVerifier, bearer

__all__ = [
    "CENTRE",
    "Forbidden",
    "Issuer",
    "JwksSource",
    "KeysUnavailable",
    "Principal",
    "Role",
    "TokenVerifier",
    "Unauthenticated",
    "bearer",
]
