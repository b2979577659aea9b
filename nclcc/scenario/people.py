"""Whom the story is about: invented people, each with what the forces' systems would know of them."""

from datetime import datetime, timedelta
from typing import Any

from nclcc.scenario.places import CAMDEN_HOME, CARLISLE_HOME, LAMBETH_HOME, NORWICH_HOME


def child_in_care(found_at: str) -> dict[str, Any]:
    """A boy in the care of Camden who is found far from it."""
    return {
        "ref": "c1",
        "category": "child",
        "found_at": found_at,
        "home": CAMDEN_HOME.as_place("home"),
        "looked_after_by": "la-camden",
        "identity": {
            "name": "Tobias Merrow",
            "date_of_birth": "2011-03-09",
            "age_estimate": 15,
            "sex": "male",
            "language": "English",
        },
        "whereabouts_now": "Margate police station, with an appropriate adult",
        "concern": "Found with wraps and a second telephone; says that he owes money.",
        "immediate_risk": "Has been threatened if he leaves.",
        "told": ["Camden placement team's voicemail"],
        "exploited": True,
        "missing": {"reference": "CAM-26-0417"},
        "support": {"safe_to_contact": True, "wants_support": True, "preferred_contact": "through his social worker"},
        "nrm": {"indicators": ["debt bondage", "found away from home"], "consent_given": True},
    }


def child_at_home(found_at: str) -> dict[str, Any]:
    """A girl of Norwich who is used in her own town and is hurt."""
    return {
        "ref": "c2",
        "category": "child",
        "found_at": found_at,
        "home": NORWICH_HOME.as_place("home"),
        "identity": {
            "name": "Elin Garrod",
            "date_of_birth": "2010-11-30",
            "age_estimate": 15,
            "sex": "female",
            "language": "English",
            "nhs_number": "9990000018",
        },
        "whereabouts_now": "At home with her aunt",
        "concern": "Runs errands for people who came from London.",
        "immediate_risk": "None known tonight.",
        "told": ["Her aunt"],
        "exploited": True,
        "missing": {"reference": "NFK-26-2290"},
        "health_risk": "An untreated burn on the left hand.",
        "support": {"safe_to_contact": True, "wants_support": True, "preferred_contact": "through her aunt"},
        "nrm": {"indicators": ["gifts", "unexplained injuries"], "consent_given": True},
    }


def cuckooed_tenant(found_at: str) -> dict[str, Any]:
    """The man whose flat was taken over."""
    return {
        "ref": "a1",
        "category": "adult",
        "found_at": found_at,
        "identity": {"name": "Wilfred Attlow", "age_estimate": 58, "sex": "male", "language": "English"},
        "whereabouts_now": "With a neighbour",
        "concern": "His flat has been taken over for two weeks.",
        "immediate_risk": "Cannot go back tonight.",
        "told": ["His neighbour"],
        "cuckooed": True,
    }


def missing_child(found_at: str, now: datetime) -> dict[str, Any]:
    """A girl of Carlisle, reported missing, found alone on a northbound train; who has been told is left out."""
    return {
        "ref": "c1",
        "category": "child",
        "found_at": found_at,
        "home": CARLISLE_HOME.as_place("home"),
        "identity": {
            "name": "Isla Penhallow",
            "date_of_birth": "2012-06-21",
            "age_estimate": 14,
            "sex": "female",
            "language": "English",
        },
        "whereabouts_now": "With two officers on platform 1",
        "concern": "Travelled alone with a bag that she will not open.",
        "immediate_risk": "A man on the train says that he is her uncle; she does not know him.",
        "exploited": True,
        "missing": {"reference": "CMB-26-1187", "reported_at": (now - timedelta(hours=9)).isoformat()},
    }


def young_runner(found_at: str) -> dict[str, Any]:
    """A boy of Lambeth, found at a house on the coast."""
    return {
        "ref": "c1",
        "category": "child",
        "found_at": found_at,
        "home": LAMBETH_HOME.as_place("home"),
        "identity": {
            "name": "Jonah Wickstead",
            "date_of_birth": "2010-08-14",
            "age_estimate": 16,
            "sex": "male",
            "language": "English",
        },
        "whereabouts_now": "With officers at the address",
        "concern": "Sent out from London for a weekend.",
        "immediate_risk": "None known tonight.",
        "told": ["His mother"],
        "exploited": True,
        "missing": {"reference": "LAM-26-0934"},
        "support": {"safe_to_contact": True, "wants_support": True, "preferred_contact": "through his mother"},
        "nrm": {"indicators": ["found away from home"], "consent_given": True},
    }
