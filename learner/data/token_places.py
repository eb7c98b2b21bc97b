"""Where tokens that came with a text start in it."""

from collections.abc import Sequence


class TokenNotInText(ValueError):
    """Raised when a token does not follow the tokens before it in the text."""

    def __init__(self, index: int, token: str, after: int) -> None:
        self.index, self.token, self.after = index, token, after
        super().__init__(f"token {index} ({token!r}) is not in the text after its first {after} characters")


def locate(tokens: Sequence[str], text: str) -> list[int]:
    """Return where each of the `tokens` starts in `text`, each after the end of the one before.

    Raises TokenNotInText for the first token that cannot be found; `index` counts from 0.
    """
    starts, end = [], 0
    for index, token in enumerate(tokens):
        start = text.find(token, end)
        if start < 0:
            raise TokenNotInText(index, token, end)
        starts.append(start)
        end = start + len(token)
    return starts


def join(tokens: Sequence[str]) -> tuple[str, list[int]]:
    """Return the tokens joined by single spaces, and where each starts."""
    starts, end = [], 0
    for token in tokens:
        starts.append(end)
        end += len(token) + 1
    return " ".join(tokens), starts
