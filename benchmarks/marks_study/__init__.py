"""The study of what marks buy: its protocol, trials and tables."""
