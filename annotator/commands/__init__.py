"""The commands that people type: each file is a group of commands that parse, call one use case and print.

No rule of the application is decided here, and no page imports this.
"""
