"""What became of things handed in, and whether their news is newer than ours. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.problems import Problem

Fate = Literal["created", "updated", "unchanged", "rejected"]


@dataclass(slots=True)
class Intake:
    """What became of things handed in: one (name, fate) an item in the order given, and every problem."""

    fates: list[tuple[str, Fate]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, name: str, fate: Fate) -> None:
        self.fates.append((name, fate))

    def reject(self, name: str, problem: Problem) -> None:
        self.note(name, "rejected")
        self.problems.append(problem)

    def add(self, other: "Intake") -> None:
        self.fates += other.fates
        self.problems += other.problems

    def count(self, fate: Fate) -> int:
        return self.counts[fate]

    @property
    def counts(self) -> Counter[str]:
        return Counter(fate for _, fate in self.fates)


@dataclass(frozen=True, slots=True)
class Edition:
    """How new a sender's news is: its program, its own counter and its own clock. Absent parts decide nothing."""

    source: str = ""
    version: int | None = None
    at: datetime | None = None

    def is_older_than(self, known: "Edition") -> bool:
        """By the counter where both have one, else by the clock where both have one."""
        if self.version is not None and known.version is not None:
            return self.version < known.version
        if self.at is not None and known.at is not None:
            return self.at < known.at
        return False

    @property
    def is_silent(self) -> bool:
        return not self.source and self.version is None and self.at is None

    def is_newer_than(self, known: "Edition") -> bool:
        """True when taking it would change what we know of the sender's source, counter or clock."""
        return any(
            mine not in (None, "", ours)
            for mine, ours in (
                (self.source, known.source), (self.version, known.version), (self.at, known.at),
            )
        )  # fmt: skip

    def belongs_elsewhere(self, known: "Edition") -> bool:
        """True when two programs claim the same number."""
        return bool(self.source and known.source and self.source != known.source)

    def flaw(self, where: str, known: "Edition", name: str) -> Problem | None:
        """What keeps this news out: an error when the number is another program's, a warning when it is old."""
        if self.belongs_elsewhere(known):
            message = f"{name} comes from “{known.source}”; “{self.source}” may not change it."
            return Problem(where, message, field="source")
        if self.is_older_than(known):
            what = f"version {known.version}" if self.version is not None and known.version is not None else "news"
            since = "" if known.at is None else f" of {known.at:%Y-%m-%d %H:%M:%S} UTC"
            message = f"Older than what is known of {name} ({what}{since}); nothing was changed."
            return Problem(where, message, severity="warning", field="source_version" if self.version else "updated_at")
        return None


UNDATED = Edition()
"""News of nobody in particular, of no certain age."""
