"""The watched folder on the clock."""

from pathlib import Path

from intake.door import Door
from intake.watching import look
from runtime.jobs import Job, JobCall, Result


def watch_folder(door: Door, folder: Path) -> Job:
    """The job that takes in what lies in `folder`, every minute."""

    def run(call: JobCall) -> Result:
        return look(door, folder, actor=call.actor, dry_run=call.dry_run)

    return Job("watch-folder", "Take in files from the watched folder", "every minute", "*", run, every_minutes=1)
