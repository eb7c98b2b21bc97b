"""`python -m annotator` is the command `whylight`."""

from annotator.safe_path import leave_out_current_folder


def main() -> None:
    """Run the command, with no module of the current folder."""
    leave_out_current_folder()
    from annotator.cli import main as whylight

    whylight(prog_name="whylight")


if __name__ == "__main__":
    main()
