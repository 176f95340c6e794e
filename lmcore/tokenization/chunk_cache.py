"""Remembering the ids of chunks: text repeats itself, so most of what is to be encoded has been encoded before."""

from __future__ import annotations

from .bpe_merging import Merges
from .pretokenization import pretokenize

Ids = tuple[int, ...]


class ChunkCache(dict[str, Ids]):
    """chunk -> ids, worked out when a chunk is met for the first time.

    Being a dictionary, it is asked from C; Python code runs for a new chunk only.

    **Bounds.** It forgets everything when it holds ``ENTRIES`` chunks, and does not keep chunks above ``CHARACTERS``
    characters or ``IDS`` ids, which hardly come back. Full of ordinary text it takes about 20 MB, and less than 120 MB
    whatever the text.

    Args:
        merges: what to apply to a piece.
        id_of: token -> id, for the single bytes and the result of each merge.
    """

    ENTRIES = 1 << 17
    CHARACTERS = 100
    IDS = 32

    def __init__(self, merges: Merges, id_of: dict[bytes, int]) -> None:
        super().__init__()
        self._merges = merges
        self._id_of_symbol = {symbol: id_of[token] for token, symbol in merges.symbol_of.items()}
        self._ids_of_whole: dict[bytes, Ids] = {token: (id_of[token],) for token in merges.whole}

    def __missing__(self, chunk: str) -> Ids:
        pieces = pretokenize(chunk)
        if len(pieces) == 1:
            ids = self._ids_of_whole.get(chunk.encode()) or self._merge(chunk)
        else:
            found: list[int] = []
            for piece in pieces:
                # A piece alone is a chunk of one piece, so the same dictionary serves.
                found += self._ids_of_whole.get(piece.encode()) or self[piece]
            ids = tuple(found)
        if len(ids) <= self.IDS and len(chunk) <= self.CHARACTERS:
            if len(self) >= self.ENTRIES:
                self.clear()
            self[chunk] = ids
        return ids

    def _merge(self, piece: str) -> Ids:
        return tuple(map(self._id_of_symbol.__getitem__, self._merges.apply(piece.encode())))
