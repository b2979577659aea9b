"""An example of each event's data, with every optional field set at least once. People and operations are invented."""

from typing import Any, Final

ACTION: Final = "7d1e6a52-0c38-4b5e-9a6f-52c1f0d4b801"
PURSUE_ACTION: Final = "5b0f2c8e-91a7-8d34-b0c6-0e7f9a1d2c43"
LEAD: Final = "c4d7a1b9-3e62-8f05-a9d1-6b8e2f0c7d15"
LINE: Final = "0b4a7c52-6f0e-4f6e-9d0b-3a5d1c2e7f10"
TASK: Final = "e2a91f37-5c04-8b6d-8f12-d3a07c5be946"
ALERT: Final = "91c3e5d7-2b48-8a06-bd7f-14e6c8a0f253"
RECEIPT: Final = "3f8b6d10-7e25-8c94-a1b3-c5d7e9f02468"
_OTHER: Final = "a6e8c0d2-4f19-8357-9bde-f0a2c4e6d801"
_AT: Final = "2026-11-20T18:03:00Z"
_LATER: Final = "2026-11-20T18:04:10Z"

_PLACE: Final = {
    "ref": "p1",
    "district": "E07000114",
    "postcode": "CT9 1AA",
    "outcode": "CT9",
    "kind": "cuckooed_dwelling",
    "address": "Flat 2, 1 Example Street",
    "uprn": "100000000001",
    "risk": "The tenant may still be inside.",
}
_PERSON: Final = {
    "ref": "c1",
    "category": "child",
    "found_at": "p1",
    "home": {"ref": "h1", "district": "E09000007"},
    "looked_after_by": "la-camden",
    "identity": {
        "name": "Sam Example",
        "date_of_birth": "2011-04-02",
        "age_estimate": 15,
        "sex": "male",
        "nhs_number": "9990000018",
        "pnc_id": "11/99999Z",
        "language": "English",
    },
    "whereabouts_now": "At the police station with an appropriate adult.",
    "concern": "Found dealing from the flat of an adult whom the child does not know.",
    "immediate_risk": "Owes a debt to those who sent the child.",
    "told": ["emergency duty team by telephone"],
    "exploited": True,
    "cuckooed": False,
    "missing": {
        "reference": "MET-2026-555",
        "reported_at": "2026-11-17T21:00:00Z",
        "returned_at": "2026-11-20T18:00:00Z",
    },
    "health_risk": "May have swallowed a package.",
    "nrm": {
        "indicators": ["found far from home", "debt bondage"],
        "consent_given": True,
        "first_responder": "a constable",
        "account": "Given in outline; a full account follows.",
    },
    "adult_care": {
        "needs": "Learning disability.",
        "wishes": "To stay in the flat.",
        "capacity": "Not assessed.",
    },
    "domestic_abuse": {
        "reference": "DA-1",
        "at": _AT,
        "place": "the flat",
        "circumstances": "Threats heard.",
    },
    "support": {
        "safe_to_contact": True,
        "wants_support": True,
        "preferred_contact": "through the social worker",
    },
}
DETAILS: Final[dict[str, Any]] = {
    "title": "Warrants on an invented line",
    "line_id": LINE,
    "urgency": "urgent",
    "sealed": False,
    "pre_brief": [{"organisation": "kent", "contact": "kent-lead"}],
    "named_officer": "met-officer",
    "planned_for": "2026-11-20T17:00:00Z",
    "executed_at": "2026-11-20T17:45:00Z",
    "places": [_PLACE],
    "people": [_PERSON],
    "reporter": {
        "unit": "Operations room",
        "telephone": "01632 960000",
        "email": "unit@example.org",
    },
    "part_of": {"lead": "nca", "action_id": _OTHER},
    "parts": ["metropolitan", "kent"],
    "operation_name": "Example",
    "summary": "Three arrests; one child and one tenant at risk.",
}

PROPOSED: Final[dict[str, Any]] = {
    "action_id": ACTION,
    "revision": 1,
    "mode": "live",
    "action": DETAILS | {"sealed": True},
}
EXECUTED: Final[dict[str, Any]] = {"action_id": ACTION, "revision": 2, "mode": "live", "action": DETAILS}
ENDED: Final[dict[str, Any]] = {
    "action_id": ACTION,
    "revision": 3,
    "mode": "live",
    "reason": "Overtaken by another operation.",
}
RETRACTED: Final[dict[str, Any]] = {
    "action_id": ACTION,
    "revision": 4,
    "mode": "live",
    "reason": "wrong_person",
    "note": "The child was mistaken for another.",
}

_GRADE: Final = {
    "source": "1",
    "information": "B",
    "handling": "C",
    "action": "A1",
    "sanitisation": "S2",
}
REPORT: Final[dict[str, Any]] = {
    "urn": "MET-2026-000123",
    "scheme": "5x5x5",
    "original_grades": ["B 2 4"],
    "marking": "OFFICIAL-SENSITIVE",
    "date_of_intelligence": "2026-11-19",
    "created_at": "2026-11-20T09:00:00Z",
    "provenance": "An invented source.",
    "provenance_grade": _GRADE,
    "items": [{"text": "A young person is seen at the flat each evening.", "grade": _GRADE}],
    "confidence": "medium",
    "public_interest_immunity": False,
    "line_id": LINE,
    "mode": "live",
}
_AREAS: Final = [
    {"district": "E09000007", "role": "exporting"},
    {"district": "E07000114", "role": "receiving"},
]
LINE_AS_DECLARED: Final[dict[str, Any]] = {
    "line_id": LINE,
    "revision": 2,
    "name": "an invented line",
    "areas": _AREAS,
    "mode": "live",
}
LINE_STATE: Final[dict[str, Any]] = {
    "line_id": LINE,
    "owner": "metropolitan",
    "version": 2,
    "areas": _AREAS,
    "status": "adopted",
}
REPORT_TAKEN: Final[dict[str, Any]] = {
    "report": _OTHER,
    "organisation": "metropolitan",
    "urn": "MET-2026-000123",
    "handling": "C",
    "line_id": LINE,
    "at": _AT,
}
CHECKPOINT: Final[dict[str, Any]] = {
    "service": "intel",
    "number": 7,
    "from_txid": 1001,
    "to_txid": 1044,
    "first_id": 12,
    "last_id": 19,
    "count": 8,
    "root": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "previous": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "at": _AT,
    "key_id": "4f53cda18c2baa0c",
    "signature": "c2lnbmF0dXJl",
}

CHANGE: Final[dict[str, Any]] = {
    "pursue_action": PURSUE_ACTION,
    "acting": "metropolitan",
    "action_id": ACTION,
    "version": 2,
    "change": "executed",
    "changed": ["places", "people[c1]"],
    "status": "executed",
    "sealed": False,
    "released": True,
    "backfill": False,
    "details": DETAILS,
    "reason": "Executed as planned.",
    "occurred_at": _AT,
    "submission_id": "met-0002",
    "parts": [{"organisation": "kent", "pursue_action": _OTHER, "status": "executed"}],
    "lead": LEAD,
}
PROTECT: Final[dict[str, Any]] = {
    "task": TASK,
    "pursue_action": PURSUE_ACTION,
    "acting": "metropolitan",
    "acting_contact": "met-officer",
    "version": 3,
    "change": "raised",
    "status": "raised",
    "rule": "child-at-risk",
    "title": "A child at risk in your area",
    "playbook": "2026-11-01",
    "recipient": {"organisation": "la-kent", "desk": "edt"},
    "previous_recipient": {"organisation": "la-kent", "desk": "children"},
    "urgency": "urgent",
    "raised_at": _AT,
    "due_at": "2026-11-23T17:00:00Z",
    "legal_basis": ["Children Act 1989, section 47"],
    "minimum": {"people": [{"ref": "c1", "category": "child"}]},
    "missing": ["person.immediate_risk"],
    "together": _OTHER,
    "sealed": False,
    "named": ["kent-lead"],
    "backfill": False,
    "answered_by": "A duty worker",
    "answered_for": "la-kent",
    "reason": "Not our area.",
}
RESPONSE: Final[dict[str, Any]] = {
    "task": TASK,
    "by": "A duty worker",
    "reason": "The child is known to us.",
    "note": "Strategy discussion at ten.",
}
DECLINE: Final[dict[str, Any]] = RESPONSE | {"reason": "Not our area.", "whose": "la-camden"}
ANSWER: Final[dict[str, Any]] = {
    "answer": _OTHER,
    "task": TASK,
    "organisation": "la-kent",
    "kind": "declined",
    "by": "A duty worker",
    "reason": "Not our area.",
    "whose": "la-camden",
    "at": _LATER,
    "way": "link",
    "alert": ALERT,
}
ALERT_STATE: Final[dict[str, Any]] = {
    "alert": ALERT,
    "reference": "KX7P-2M9Q",
    "organisation": "la-kent",
    "desk": "edt",
    "urgency": "urgent",
    "status": "acknowledged",
    "version": 2,
    "step": 1,
    "tasks": [TASK],
    "sealed": False,
    "raised_at": _AT,
    "handed_over_at": "2026-11-20T18:03:00.018000Z",
    "acknowledged_at": _LATER,
    "acknowledged_by": "A duty worker",
    "next_deadline": "2026-11-20T18:18:00Z",
}
CONTACT_STATE: Final[dict[str, Any]] = {
    "organisation": "kent",
    "contact": "kent-lead",
    "desk": "safeguarding",
    "named": True,
    "version": 1,
    "valid_until": "2027-11-20T00:00:00Z",
}
ORGANISATION_STATE: Final[dict[str, Any]] = {
    "code": "kent",
    "status": "enrolled",
    "kafka": True,
    "version": 1,
}
RECEIPT_GIVEN: Final[dict[str, Any]] = {
    "receipt": RECEIPT,
    "organisation": "metropolitan",
    "event_id": "met-0002",
    "event_type": "uk.nclcc.pursue-action.executed.v1",
    "verdict": "rejected",
    "errors": [
        {
            "field": "data.action.places[0].district",
            "rule": "string_pattern_mismatch",
            "message": "String should match the pattern of a district code",
        }
    ],
    "warnings": ["data.action.line_id: line_unknown"],
    "subject": PURSUE_ACTION,
    "repeat": False,
    "until": "2026-11-20T18:18:00Z",
    "at": _AT,
    "service": "tasking",
    "topic": "org.metropolitan.pursue.v1",
    "partition": 0,
    "offset": 41,
}
NOTICE_GIVEN: Final[dict[str, Any]] = {
    "notice": _OTHER,
    "kind": "impersonation",
    "organisation": "kent",
    "reference": RECEIPT,
    "at": _AT,
}
