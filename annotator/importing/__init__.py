"""The way of a file into a project: checked as a whole, spooled, added, and reported; also as an upload of a page.

What a file may look like is decided in formats/.
"""
