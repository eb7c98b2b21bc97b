"""What keeps a project whole: backups and their timer, the doctor and its checks, the disk.

Everything here may run while people annotate, and nothing here changes an answer.
"""
