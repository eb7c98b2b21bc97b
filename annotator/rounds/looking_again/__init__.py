"""Looking again at answers that models trained without them find unlikely; it works in a process of its own."""
