"""The plain vocabulary everything else is written in: money, calendar, problems, errors, events. No I/O, no clock."""
