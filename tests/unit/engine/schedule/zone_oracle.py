#!/usr/bin/env python3
"""Prints when schedules act around every change of every time zone, from Python's own zoneinfo.

For each change of the clocks from 1970 to 2037 one line:

    zone at before after hourly_count hourly_sum wall daily_count daily_sum

`at` is the change in seconds since 1970, `before` and `after` are offsets in seconds. The hourly figures are
about all times with a wall clock of xx:00 and xx:30 in the 5 hours on either side; the daily ones about the wall
clock `wall` (seconds of the day, the middle of what is skipped or repeated) in the 12 hours on either side.
The last line is "end" and the number of lines.
"""
import hashlib
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone
from pathlib import Path

EPOCH = datetime(1970, 1, 1)
FIRST, LAST = 0, 2145916800  # 1970 to 2037, whole years
DAY, HOUR = 86400, 3600


def zones():
    """One name for each set of rules."""
    known = set()
    for name in sorted(zoneinfo.available_timezones()):
        if name.split("/")[0] in ("right", "posix") or name in ("localtime", "posixrules", "Factory"):
            continue
        path = next((Path(p) / name for p in zoneinfo.TZPATH if (Path(p) / name).is_file()), None)
        content = hashlib.sha256(path.read_bytes()).digest() if path else name
        if content not in known:
            known.add(content)
            yield name, zoneinfo.ZoneInfo(name)


def offset_at(zone, at):
    moment = datetime.fromtimestamp(at, timezone.utc).astimezone(zone)
    return int(moment.utcoffset().total_seconds())


def changes(zone):
    """Seconds at which the offset becomes another: found day by day, then by bisection."""
    before = offset_at(zone, FIRST)
    for day in range(FIRST + DAY, LAST + DAY, DAY):
        after = offset_at(zone, day)
        if after != before:
            low, high = day - DAY, day
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
            yield high, before, after
        before = after


def instants(zone, wall):
    """The times, in seconds since 1970, at which a clock in the zone shows `wall` (naive)."""
    found = set()
    for fold in (0, 1):
        offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
        at = int((wall - offset - EPOCH).total_seconds())
        if offset_at(zone, at) == int(offset.total_seconds()):
            found.add(at)
    return found


def around(zone, at, low, high, step, of_step, reach):
    """Times less than `reach` from `at` whose wall clock is `of_step` after a multiple of `step`."""
    first = (at - reach + low - of_step) // step
    last = (at + reach + high - of_step) // step
    walls = (EPOCH + timedelta(seconds=n * step + of_step) for n in range(first, last + 1))
    found = set().union(*(instants(zone, wall) for wall in walls))
    return [each for each in found if at - reach <= each < at + reach]


def main():
    lines = 0
    for name, zone in zones():
        for at, before, after in changes(zone):
            low, high = sorted((before, after))
            hourly = around(zone, at, low, high, HOUR // 2, 0, 5 * HOUR)
            wall = (at + low + (high - low) // 2) % DAY
            daily = around(zone, at, low, high, DAY, wall, 12 * HOUR)
            print(name, at, before, after, len(hourly), sum(hourly), wall, len(daily), sum(daily))
            lines += 1
    print("end", lines)


if __name__ == "__main__":
    sys.exit(main())
