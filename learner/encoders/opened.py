"""A pretrained encoder that is open: what a frozen one and one that is trained have in common."""

from typing import Any

from learner.encoders.directory import EncoderDirectory


class OpenedEncoder:
    """Its directory, what people call it, and the layer after which it is read.

    `digest` is the hash of its files, `dimension` how many numbers a word has.
    """

    def __init__(self, directory: EncoderDirectory, *, name: str, layer: int) -> None:
        self.directory, self.name, self.layer = directory, name, layer
        self.digest, self.dimension = directory.digest(), directory.dimension

    def __repr__(self) -> str:
        """Return what distinguishes it from any other encoder: a training's fingerprint holds it."""
        return f"{type(self).__name__}({self.digest}, layer={self.layer})"

    def identity(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of it, as JSON values."""
        return {"name": self.name, "digest": self.digest, "layer": self.layer, "dimension": self.dimension}
