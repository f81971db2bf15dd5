"""Bytes of a file as lines and as a stream, for readers of text."""

import io
import re
from collections.abc import Iterator

from phat.storage.files import Place

_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


class Lines:
    """Lines of bytes, which end as those of text files may, how many have been taken, and how far they reach."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at, self.taken = data, at, 0

    def __iter__(self) -> Iterator[str]:
        """The lines, with their ends."""
        for match in _LINE.finditer(self._data, self.at):
            self.at = match.end()
            self.taken += 1
            yield match[0].decode()


class Stream(io.RawIOBase):
    """Bytes of a place from one offset to another."""

    def __init__(self, place: Place, start: int, end: int) -> None:
        self._place, self._at, self._end = place, start, end

    def readable(self) -> bool:
        """It is only read."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what BufferedReader hands it
        """Fill a buffer, or what the rest fills of it."""
        data = self._place.read(self._at, min(len(buffer), self._end - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
