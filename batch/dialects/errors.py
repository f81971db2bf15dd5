"""What can go wrong before a file is read as a table."""


class Unclear(Exception):
    """A file that is no table, or of which it is not known how it is written; the message does not name the file."""
