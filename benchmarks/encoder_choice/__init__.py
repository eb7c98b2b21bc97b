"""The study that chooses the default encoder, layer and loss: its protocol, trials, rule, targets and tables."""
