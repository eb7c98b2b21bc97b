"""`python -m annotator` is the command `whylight`."""

from annotator.cli import main

main(prog_name="whylight")
