"""A stand-in for GOV.UK Notify: checks token and fields as the real API does, and remembers references."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from notifications_python_client import authentication
from notifications_python_client.errors import TokenError

from tests.integration.channels.servers import Reply, Request

SERVICE_ID = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
API_KEY = f"testing-{SERVICE_ID}-{SECRET}"
SMS_TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
EMAIL_TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"
# The library checks tokens with the same code as the real API; it has no type information.
_AUTHENTICATION: Any = authentication
_NUMBER = re.compile(r"(?:\+44|0)7[0-9]{9}")
_PLACEHOLDERS = {"urgency", "reference", "instruction", "link"}


@dataclass
class GovukStandIn:
    """The callable that answers; `sent` holds what it took, `next_reply` is given once instead of its own."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    next_reply: Reply | None = None

    def __call__(self, request: Request) -> Reply:
        refusal = self._refused(request)
        if refusal is not None:
            return refusal
        if self.next_reply is not None:
            reply, self.next_reply = self.next_reply, None
            return reply
        if request.method == "GET" and request.path == "/v2/notifications":
            return self._listed(request)
        return self._taken(request)

    def _refused(self, request: Request) -> Reply | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme != "Bearer" or _AUTHENTICATION.get_token_issuer(token) != SERVICE_ID:
                return _error(403, "AuthError", "Invalid token: service not found")
            _AUTHENTICATION.decode_jwt_token(token, SECRET)
        except TokenError:
            return _error(403, "AuthError", "Invalid token: API key not found")
        return None

    def _listed(self, request: Request) -> Reply:
        wanted = request.query.get("reference", [None])[0]
        found = [one for one in self.sent if one["reference"] == wanted]
        return Reply(200, json.dumps({"notifications": found, "links": {"current": request.path}}))

    def _taken(self, request: Request) -> Reply:
        body = json.loads(request.body)
        medium = request.path.rpartition("/")[2]
        wrong = _wrong(medium, body)
        if wrong:
            return _error(400, "BadRequestError", wrong)
        self.sent.append({"id": str(uuid4()), "status": "created", "type": medium, **body})
        return Reply(201, json.dumps({"id": self.sent[-1]["id"], "reference": body["reference"]}))


def _wrong(medium: str, body: dict[str, Any]) -> str | None:
    """The first fault, in the real API's words; None if there is none."""
    if medium == "sms" and not _NUMBER.fullmatch(body.get("phone_number", "").replace(" ", "")):
        return "phone_number Not enough digits"
    if medium == "email" and "@" not in body.get("email_address", ""):
        return "email_address Not a valid email address"
    if body.get("template_id") != {"sms": SMS_TEMPLATE, "email": EMAIL_TEMPLATE}.get(medium):
        return "Template not found"
    missing = _PLACEHOLDERS - body.get("personalisation", {}).keys()
    return f"Missing personalisation: {', '.join(sorted(missing))}" if missing else None


def _error(status: int, error: str, message: str) -> Reply:
    return Reply(status, json.dumps({"status_code": status, "errors": [{"error": error, "message": message}]}))
