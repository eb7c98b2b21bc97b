"""What people said of a sentence, as files have it: labels, marks as signs or spans, and chains of answers."""
