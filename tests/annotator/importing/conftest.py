"""The shared cases: files as people have them, with what each should become in their README."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from forked_jobs import LIGHT

from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.corpus import sentences
from db.records import OWNER

EVENT = ("event", "none")


@pytest.fixture(scope="session")
def warm_import(start_warm: Callable[..., Any]) -> Any:
    """A server whose forks have what an import loads, and no other threads."""
    return start_warm(*LIGHT)


@pytest.fixture(scope="session")
def cases():
    folder = Path(os.environ.get("WHYLIGHT_CASES", Path(__file__).resolve().parents[4] / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip("the shared cases are not here; set WHYLIGHT_CASES to their folder")
    return folder


@pytest.fixture
def bring_case(cases, tmp_path):
    """Import a case into a new project with these labels; return its remarks and what is in the project then."""

    def bring(name, among=EVENT, **options):
        with create_project(tmp_path / f"{len(list(tmp_path.iterdir()))}.db", labels=among) as store:
            try:
                report = import_file(store, cases / name, ImportSettings(**{"answers": "keep"} | options), actor=OWNER)
            except BadInput:
                assert sentences.count(store) == 0
                raise
            file = io.BytesIO()
            export_project(store, file, actor=OWNER)
        return "\n".join(remarks(asdict(report))), [json.loads(line) for line in file.getvalue().splitlines()]

    return bring
