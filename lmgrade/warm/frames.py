"""Count the pieces of messages in what a kernel says.

The grader's end keeps a record of some hundred bytes for each piece, also for an empty one, which takes two bytes on
the way: a stream is to be judged by its pieces as well as by its length.

Source: the ZeroMQ Message Transport Protocol, version 3.1 (RFC 37).
"""

SIGNATURE, VERSION, GREETING = b"\xff", 3, 64
LARGE = 2


class NotZMTP(ValueError):
    """A stream of another protocol, or of a version whose pieces look different."""


class Frames:
    """Reads one connection's bytes as they come."""

    def __init__(self) -> None:
        self._skip = 0
        self._head = b""
        self._greeted = False

    def count(self, data: bytes) -> int:
        """How many pieces begin in the next bytes of the stream.

        Raises:
            NotZMTP: it does not begin as a stream of version 3 does.
        """
        data = self._head + data
        if not self._greeted:
            if data[:1] not in (b"", SIGNATURE) or (len(data) > 9 and not data[9] & 1):
                raise NotZMTP("not ZMTP")
            if len(data) > 10 and data[10] < VERSION:
                raise NotZMTP(f"ZMTP of version {data[10]}, not {VERSION}")
            if len(data) < GREETING:
                self._head = data
                return 0
            self._greeted, self._skip = True, GREETING
        found, at, end = 0, self._skip, len(data)
        while at < end:
            wide = data[at] & LARGE
            body = at + (9 if wide else 2)
            if body > end:
                break
            found += 1
            at = body + (int.from_bytes(data[at + 1 : body]) if wide else data[at + 1])
        self._skip, self._head = max(0, at - end), data[at:]
        return found
