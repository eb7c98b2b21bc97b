"""Import a file into doccano as its server does, into a project of labels and spans, and read what it stored."""

import json
import os
import sys
import tempfile
from pathlib import Path

home = tempfile.mkdtemp()
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings.development",
    "DATABASE_URL": f"sqlite:///{home}/db.sqlite3",
    "DOCCANO_HOME": home,
}
import backend  # noqa: E402

sys.path.insert(0, str(Path(backend.__file__).parent))
import django  # noqa: E402

django.setup()
from data_import.datasets import load_dataset  # noqa: E402
from data_import.pipeline.catalog import JSONL  # noqa: E402
from data_import.pipeline.readers import FileName  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from examples.models import Example  # noqa: E402
from projects.models import IntentDetectionAndSlotFillingProject, ProjectType  # noqa: E402

call_command("migrate", verbosity=0)
user = get_user_model().objects.create_user("ada")
kind = ProjectType.INTENT_DETECTION_AND_SLOT_FILLING
project = IntentDetectionAndSlotFillingProject.objects.create(
    name="p", description="", guideline="", project_type=kind, created_by=user
)
given = FileName(sys.argv[1], Path(sys.argv[1]).name, "application/json")
dataset = load_dataset(kind, JSONL(), [given], project)
dataset.save(user)
assert not dataset.errors, dataset.errors
for example in Example.objects.filter(project=project):
    spans = sorted([span.start_offset, span.end_offset] for span in example.spans.all())
    (category,) = example.categories.all()
    print(json.dumps({"id": example.meta["id"], "text": example.text, "label": category.label.text, "spans": spans}))
