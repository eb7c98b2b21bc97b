"""The figures of rounds: alone, against another round or a twin, over time, and whether more work is worth it."""
