"""Dates as programs print them."""

import time as _time


class timedelta:
    def __init__(self, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
        self._total = ((weeks * 7 + days) * 24 + hours) * 3600.0 + minutes * 60 + seconds + milliseconds / 1e3 + microseconds / 1e6

    @property
    def days(self):
        return int(self._total // 86400)

    @property
    def seconds(self):
        return int(self._total % 86400)

    def total_seconds(self):
        return self._total

    def __str__(self):
        rest = int(self._total % 86400)
        text = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
        if self.days:
            text = f"{self.days} day{'' if abs(self.days) == 1 else 's'}, " + text
        return text


def _date(days):
    """Year, month and day of a count of days since 1970."""
    z = days + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (1 if month <= 2 else 0), month, doy - (153 * mp + 2) // 5 + 1


class datetime:
    def __init__(self, year, month, day, hour=0, minute=0, second=0, microsecond=0):
        self.year, self.month, self.day = year, month, day
        self.hour, self.minute, self.second, self.microsecond = hour, minute, second, microsecond

    @classmethod
    def fromtimestamp(cls, t, tz=None):
        seconds = int(t)
        year, month, day = _date(seconds // 86400)
        rest = seconds % 86400
        return cls(year, month, day, rest // 3600, rest // 60 % 60, rest % 60, int((t - seconds) * 1e6))

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_time.time())

    utcnow = now
    today = now

    def strftime(self, form):
        parts = {
            "%Y": f"{self.year:04d}", "%m": f"{self.month:02d}", "%d": f"{self.day:02d}", "%H": f"{self.hour:02d}",
            "%M": f"{self.minute:02d}", "%S": f"{self.second:02d}", "%f": f"{self.microsecond:06d}", "%y": f"{self.year % 100:02d}",
        }
        for k, v in parts.items():
            form = form.replace(k, v)
        return form

    def isoformat(self, sep="T"):
        text = self.strftime("%Y-%m-%d" + sep + "%H:%M:%S")
        return text + (f".{self.microsecond:06d}" if self.microsecond else "")

    def __str__(self):
        return self.isoformat(" ")

    def __sub__(self, other):
        raise NotImplementedError("differences of dates are not available at build time")


date = datetime
