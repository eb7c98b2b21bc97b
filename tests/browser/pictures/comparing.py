"""Pictures in few bytes, and how much of one differs from another."""

from io import BytesIO

from PIL import Image, ImageChops

COARSER = 2
VISIBLE = 40
"""A difference of a colour's channel, of 255, that counts; letters are drawn a little differently from one Chromium to
the next."""


def packed(png: bytes) -> bytes:
    """Return a screenshot as WebP, at the quality at which pictures are kept."""
    out = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(out, "WEBP", quality=60, method=6)
    return out.getvalue()


def difference(kept: bytes, now: bytes) -> float:
    """Return which share of the pixels of two pictures visibly differs; 1 if their sizes do."""
    one, other = (Image.open(BytesIO(each)).convert("RGB") for each in (kept, now))
    if one.size != other.size:
        return 1.0
    apart = ImageChops.difference(one.reduce(COARSER), other.reduce(COARSER))
    brightest = apart.split()[0]
    for channel in apart.split()[1:]:
        brightest = ImageChops.lighter(brightest, channel)
    seen = brightest.point(lambda value: 255 if value > VISIBLE else 0).histogram()[255]
    return float(seen / (brightest.width * brightest.height))
