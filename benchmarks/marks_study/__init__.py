"""The study of what marks gain: its protocol, trials and tables."""
