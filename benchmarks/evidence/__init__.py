"""The study of what a minute of marking buys: its protocol, sets, trials, rules, statistics and tables."""
