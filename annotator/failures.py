"""What happens to an unexpected error: its traceback goes to a private file, and people get one sentence."""

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path


def log_of(project: Path) -> Path:
    """Return the log next to a project's file, which records faults of commands and pages."""
    return project.with_name(f"{project.name}.log")


def log_failure(error: BaseException, project: Path | None, doing: str) -> str:
    """Write the traceback to the project's log, or to one in the temporary folder, and return one sentence about it."""
    trace = f"{datetime.now(UTC).isoformat()} {doing}\n{''.join(traceback.format_exception(error))}\n"
    failed = f"{doing} failed because of a fault in Whylight ({_shown(error)})"
    for log in _places(project):
        try:
            _append(log, trace)
        except (OSError, ValueError):
            continue
        return f"{failed}; {log} has the details to report, and what was saved before is safe."
    return f"{failed}; its details could not be written to a file either, so check that the disk has room."


def _shown(error: BaseException) -> str:
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message[:200]}" if message else type(error).__name__


def _places(project: Path | None) -> list[Path]:
    spare = Path(tempfile.gettempdir()) / f"whylight-{os.getuid()}.log"
    try:
        return [log_of(project), spare] if project is not None and project.is_file() else [spare]
    except (OSError, ValueError):
        return [spare]


def _append(log: Path, text: str) -> None:
    """Add to a file that is ours and that only we may read; a link is never followed."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "a", encoding="utf-8", errors="backslashreplace") as stream:
        if os.fstat(handle).st_uid != os.getuid():
            raise PermissionError(f"{log} belongs to another user")
        os.fchmod(handle, 0o600)
        stream.write(text)
