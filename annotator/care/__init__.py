"""What keeps a project safe: backups, restores, freed disk, and the doctor that examines it and changes nothing.

What a project means to the people who annotate is decided elsewhere.
"""
