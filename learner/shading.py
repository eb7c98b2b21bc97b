"""The colours of words: amber for a word that speaks for a label, blue for one against it."""

INK = "#1b1f23"
"""The colour of text, readable on all of them."""

_FOR, _AGAINST = (232, 178, 60), (104, 150, 200)


def background(strength: float) -> str:
    """Return the background, `#rrggbb`, of a word with a strength from -1 to 1; a weak word's is nearly white."""
    return "#{:02x}{:02x}{:02x}".format(*_colour(strength))


def on_background(text: str, strength: float) -> str:
    """Return the text with that background colour, for a terminal with 24-bit colours."""
    ink = tuple(bytes.fromhex(INK[1:]))
    return "\x1b[38;2;{};{};{};48;2;{};{};{}m{}\x1b[0m".format(*ink, *_colour(strength), text)


def _colour(strength: float) -> tuple[int, ...]:
    colour = _FOR if strength > 0 else _AGAINST
    return tuple(round(255 + abs(strength) * (part - 255)) for part in colour)
