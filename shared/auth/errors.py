"""Why a request has no principal: a reason as a code, for the log and the audit; it never quotes the token."""

from shared.kernel.errors import Retryable


class Unauthenticated(Exception):
    """401: we do not know who asks.

    `reason_code` is one of `missing`, `malformed`, `bad-algorithm`, `unknown-key`, `bad-signature`,
    `expired`, `not-yet-valid`, `missing-claim`, `no-organisation`.
    """

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


class Forbidden(Exception):
    """403: we know who asks, and may not serve them. Here: `wrong-audience` or `wrong-issuer`."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


class KeysUnavailable(Retryable):
    """503: the issuer's keys were never read, so nobody can be told from anybody. Not the caller's fault."""
