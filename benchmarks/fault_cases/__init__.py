"""The faults: each is a decorated function that does harm and says what must hold afterwards."""
