"""Due times as the playbook writes them: `elapsed 15m`, `elapsed 72h`, `working days 1`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.reference import Nation
from shared.reference.calendar import in_working_hours, working_days_after

_ELAPSED = re.compile(r"elapsed (\d{1,3})([mh])")
_WORKING_DAYS = re.compile(r"working days (\d{1,2})")


@dataclass(frozen=True, slots=True)
class Due:
    """A time to act in: elapsed, on any day and at any hour, or in working days of the nation concerned."""

    elapsed: timedelta | None = None
    working_days: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Due":
        """Raises ValueError with the two forms that are understood."""
        if found := _ELAPSED.fullmatch(text):
            amount = int(found[1])
            return cls(elapsed=timedelta(minutes=amount) if found[2] == "m" else timedelta(hours=amount))
        if found := _WORKING_DAYS.fullmatch(text):
            return cls(working_days=int(found[1]))
        raise ValueError("write `elapsed 15m`, `elapsed 24h` or `working days 1`")

    def after(self, start: datetime, nation: Nation) -> datetime:
        """The moment by which to act, counted from `start`."""
        if self.elapsed is not None:
            return start + self.elapsed
        return working_days_after(start, self.working_days or 0, nation)


def is_out_of_hours(moment: datetime, nation: Nation) -> bool:
    """Whether the offices of that nation are shut."""
    return not in_working_hours(moment, nation)
