"""The faults: decorated functions that do harm and check what must hold afterwards."""
