"""What the studies share: their sentences, the training of a trial, the figures, the file of trials, the means."""
