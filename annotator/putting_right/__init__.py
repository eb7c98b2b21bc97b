"""Put sentences right: remove one for good, or correct its text and keep the answers that fit.

What quotes an old text, and what still has it, is found here; backups that have it are in `care`.
"""
