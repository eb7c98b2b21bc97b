"""What files and folders call the splits."""

_NAMES = {
    **dict.fromkeys(("train", "training", "pool"), "train"),
    **dict.fromkeys(("dev", "development", "val", "valid", "validation", "eval", "evaluation"), "dev"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def split_of(name: str) -> str | None:
    """Return train, dev or test for any of the names that files have for them, in any case; None for others."""
    return _NAMES.get(name.strip().casefold())
