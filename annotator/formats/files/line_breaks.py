"""Line breaks as other systems write them, which become newlines."""

import re

BREAKS = "carriage returns or form feeds in the text became newlines"

_BREAK = re.compile("\r\n|\r|\f")


def with_newlines(text: str) -> str:
    """Return a text whose line breaks are newlines alone; a form feed is one.

    What is at `text[place]` is then at `len(with_newlines(text[:place]))`, unless a break is cut in two there.
    """
    return _BREAK.sub("\n", text) if "\r" in text or "\f" in text else text
