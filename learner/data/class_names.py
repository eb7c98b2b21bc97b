"""The names of a data set's classes, which Hugging Face's `datasets` keeps in the schema of its files."""

import json
from collections.abc import Mapping

_KEY = b"huggingface"


def read_class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return the names of the classes by column, none where there are none; raise ValueError for unfit metadata."""
    try:
        kept = json.loads((metadata or {}).get(_KEY, b"{}"))
        features = kept.get("info", {}).get("features", {}) if isinstance(kept, dict) else {}
        found = {column: _names_of(feature) for column, feature in features.items()}
    except (AttributeError, RecursionError) as error:
        raise ValueError("its description of the columns cannot be read") from error
    return {column: names for column, names in found.items() if names}


def _names_of(feature: object) -> list[str]:
    if isinstance(feature, list) and feature:
        feature = feature[0]
    if not isinstance(feature, Mapping):
        return []
    if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
        return [str(name) for name in feature["names"]]
    return _names_of(feature.get("feature"))
