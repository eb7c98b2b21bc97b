"""The colours of what a word says: amber for a label, blue against it."""

INK = "#1b1f23"
"""What is readable on all of them."""

_FOR, _AGAINST = (232, 178, 60), (104, 150, 200)


def ground(strength: float) -> str:
    """Return the colour behind a word of a strength from -1 to 1, `#rrggbb`; a weak word's is nearly white."""
    colour = _FOR if strength > 0 else _AGAINST
    return "#" + "".join(f"{round(255 + abs(strength) * (part - 255)):02x}" for part in colour)
