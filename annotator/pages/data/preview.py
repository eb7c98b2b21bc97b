"""What an import would add, or has added: the sentences and tables of its report."""

from annotator.importing import uploads
from annotator.importing.report_wording import label_rows, outcome, remarks
from annotator.pages.frame import Here
from annotator.pages.reader import lines_of_text, preview_list, table_of_text
from db import uploads as db_uploads
from db.records import Upload
from db.store import Store


def working(here: Here, upload_id: int) -> Upload | None:
    """Return the upload while a process is reading its file, otherwise None."""
    with Store.open(here.path) as store:
        now = uploads.settle(store)
    return now if now is not None and now.id == upload_id else None


def render(here: Here, upload_id: int | None) -> None:
    """Draw the outcome of a dry run that has ended."""
    if upload_id is None:
        return
    with Store.open(here.path) as store:
        upload = db_uploads.read(store, upload_id)
    if upload is None or upload.is_working:
        return
    lines_of_text(["Preview", *outcome(upload)], key="data-preview-outcome")
    draw_report(upload, key="data-preview")


def draw_report(upload: Upload, *, key: str) -> None:
    """Draw the parts of a report other than its counts: remarks, labels, and a dry run's first sentences."""
    if upload.report is None:
        return
    if notes := remarks(upload.report):
        lines_of_text(["Please check", *notes], key=f"{key}-remarks")
    if labels := label_rows(upload.report):
        written = [(text, label, f"{count:,}") for text, label, count in labels]
        table_of_text(("Written", "Label", "Count"), written, key=f"{key}-labels")
    if first := upload.report.get("preview"):
        preview_list(first, key=f"{key}-first")
