"""A time of day in a time zone, and the last day on which it has come: what the clock's daily jobs go by."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Daily:
    """The time of day, in a time zone, at which a daily job is due."""

    at: time
    zone: tzinfo

    def last_due(self, now: datetime) -> date:
        """The last day whose time has come."""
        today = now.astimezone(self.zone).date()
        due_at = datetime.combine(today, self.at, self.zone).astimezone(UTC)
        return today if now >= due_at else today - timedelta(days=1)
