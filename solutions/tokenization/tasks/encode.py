"""``encode(text, merges) -> ids``"""

import random
import string
from itertools import pairwise

from lmcore.tokenization import bpe_plain
from lmgrade import Task

from .inputs import EMOJI, RUSSIAN, interleaved, tree_merges
from .parts import (
    PIECE,
    TOKENIZERS,
    _bytes_of,
    _encode,
    _encode_piece,
    _ids,
    _merged,
    _merged_but_the_last,
    _tokens,
    pretokenize,
)

encode = Task("encode", reference=bpe_plain.encode_plain, forbidden=TOKENIZERS)


@encode.check(
    points=1,
    title="builds words up from their bytes, merge by merge",
    hint="If merge_pair's tests complain, begin there. Then encode one word by hand and compare after each merge.",
)
def words_are_built_up(encode):
    # No two of these words share a letter, so no two merges compete.
    letters = random.sample(string.ascii_lowercase, 25)
    words = ["".join(letters[i : i + 5]) for i in range(0, 25, 5)]
    merges = tree_merges([word.encode() for word in words])
    parts = [word[random.randrange(3) : random.randint(3, 5)] for word in words]
    twice = [word[:4] + word[:4] for word in words] + [part + part for part in parts]
    text = [*words, *parts, *twice, letters[0] * 3]
    random.shuffle(text)
    return list(encode(" ".join(text), merges))


@encode.check(
    points=1,
    title="where merges compete, lets the one that was learnt first go first",
    hint="The merges (b, c), (a, b), (ab, c) in this order make of 'abc' the two tokens a and bc. Go through it by hand.",
)
def earliest_merge_first(encode):
    x, y, z, u, v, w, p, q, r = (letter.encode() for letter in random.sample(string.ascii_lowercase, 9))
    merges = interleaved(
        [(y, z), (x, y), (x + y, z)],
        [(v, w), (u, v), (u, v + w)],
        [(p, q), (q, r)],
    )
    words = [x + y + z, u + v + w, p + q + r, q + r + p + q, u + v + v + w, z + y + x]
    words += random.sample(words, 4)
    random.shuffle(words)
    return list(encode(b" ".join(words).decode(), merges))


@encode.check(
    points=1,
    title="keeps the pieces of a text apart: nothing is merged across their borders",
    hint="Encode each piece that pretokenize gives by itself, spaces and line breaks included, and join the ids.",
)
def pieces_stay_apart(encode):
    a, b, c = random.sample(string.ascii_lowercase, 3)
    digit = random.choice(string.digits)
    across = [(a, digit), (b, " "), ("!", c), (" ", " "), ("\n", " "), (c, "\n")]
    merges = [(left.encode(), right.encode()) for left, right in across]
    random.shuffle(merges)
    parts = [f"{a}{digit}", f"{b} ", f"!{c}", f"{c}\n\n  {a}", f"   {b}", f"{b}    ", f"{a}  {c}"]
    random.shuffle(parts)
    return list(encode("".join(parts) + f"{a}     ", merges))


@encode.check(
    points=1,
    title="encodes any text: other scripts, emoji, nothing at all, and without any merge",
    hint="Begin every piece with its UTF-8 bytes, as in word_counts.",
)
def any_text_is_encoded(encode):
    words = random.sample(RUSSIAN, 6)
    merges = tree_merges([" ".join(words[:2]).encode(), words[2].encode(), f" {words[3]}".encode()])
    merges = [pair for pair in merges if b" " not in pair[1] and b" " not in pair[0][1:]]
    # Three emoji in one piece: the second goes with the third, though it could go with the first.
    one, two, three = (emoji.encode() for emoji in random.sample(EMOJI, 3))
    bytewise = [(emoji[:size], emoji[size : size + 1]) for size in range(1, 4) for emoji in (three, two, one)]
    merges += [*dict.fromkeys(bytewise), (two, three), (one, two)]
    mixed = [*words, *random.sample(EMOJI, 3), (one + two + three).decode()]
    random.shuffle(mixed)
    text = " ".join(mixed)
    return {
        "ids": list(encode(text, merges)),
        "nothing": list(encode("", merges)),
        "no merges": list(encode(text[:9], [])),
    }


encode.unasked("encode_plain: refuse_surrogates(text)", reason="the notebook's texts hold no lone surrogates")
encode.equivalent("encode_plain: list(piece.encode()) -> piece.encode()", reason="bytes are a sequence of numbers")


@encode.misconception(
    "You take the longest token that fits at each place. The text then gets tokens the model has hardly seen there: "
    "training never looked for long tokens, it made merges in an order."
)
def longest_token_first(text, merges):
    tokens = set(_tokens(merges))
    parts = []
    for piece in pretokenize(text):
        data = piece.encode()
        while data:
            token = next(data[:size] for size in range(len(data), 0, -1) if data[:size] in tokens)
            parts.append(token)
            data = data[len(token) :]
    return _ids(parts, merges)


@encode.misconception(
    "You go from left to right and merge the first pair that has a merge. Of all pairs in the piece, the one whose merge "
    "was learnt earliest has to go first, wherever it stands."
)
def leftmost_pair_first(text, merges):
    known = set(merges)
    parts = []
    for piece in pretokenize(text):
        word = _bytes_of(piece)
        while found := [pair for pair in pairwise(word) if pair in known]:
            word = list(_merged(word, found[0], b"".join(found[0])))
        parts += word
    return _ids(parts, merges)


@encode.misconception(
    "You merge one pair in each piece and go on to the next piece. New pairs arise from a merge: go on until none of the "
    "pairs in the piece has one."
)
def one_merge_a_piece(text, merges):
    rank = {pair: i for i, pair in enumerate(merges)}
    parts = []
    for piece in pretokenize(text):
        word = _bytes_of(piece)
        found = [pair for pair in pairwise(word) if pair in rank]
        if found:
            best = min(found, key=rank.get)
            word = _merged(word, best, b"".join(best))
        parts += word
    return _ids(parts, merges)


@encode.misconception(
    "Merges run across the borders between pieces. Training cut the text before it counted, so it never saw such pairs; "
    "encoding must cut in the same way."
)
def never_cut(text, merges):
    return _encode_piece(text, merges)


@encode.misconception(
    "You begin with code points, so a Russian letter becomes an id above 1000 that means something else, or nothing. Begin "
    "with what encode() of the text gives."
)
def encoded_code_points(text, merges):
    new = {b"".join(pair): 256 + i for i, pair in enumerate(merges)}
    ids = []
    for piece in pretokenize(text):
        parts = list(piece)
        for left, right in merges:
            if (left + right).isascii():
                parts = _merged(parts, (left.decode(), right.decode()), (left + right).decode())
        ids += [new[part.encode()] if len(part) > 1 else ord(part) for part in parts]
    return ids


@encode.misconception(
    "The merge that was learnt last goes first. Late merges are the rare ones, and most are made of what the early ones "
    "have put together."
)
def latest_merge_first(text, merges):
    rank = {pair: i for i, pair in enumerate(merges)}
    parts = []
    for piece in pretokenize(text):
        word = _bytes_of(piece)
        while found := [pair for pair in pairwise(word) if pair in rank]:
            best = max(found, key=rank.get)
            word = _merged(word, best, b"".join(best))
        parts += word
    return _ids(parts, merges)


@encode.misconception(
    "Ids of merged tokens are one too high. The bytes are 0 to 255, so the first merge makes the very next number."
)
def ids_from_257(text, merges):
    return [i + 1 if i > 255 else i for i in _encode(text, merges)]


@encode.misconception(
    "Ids of merged tokens start at 0, where the bytes already are. Decoding could not tell the two apart."
)
def ids_from_zero(text, merges):
    return [i - 256 if i > 255 else i for i in _encode(text, merges)]


@encode.misconception(
    "What comes back are the tokens as bytes. A model looks its tokens up in a table, by number: return ids."
)
def bytes_for_ids(text, merges):
    tokens = _tokens(merges)
    return [tokens[i] for i in _encode(text, merges)]


@encode.misconception(
    "The ids of each piece come in a list of their own. A model reads one row of ids: join the lists, with += or extend."
)
def one_list_for_each_piece(text, merges):
    return [_encode_piece(piece, merges) for piece in pretokenize(text)]


@encode.misconception(
    "A piece gets an id of its own or falls back into single bytes, with nothing between. 'banan' is no token, but 'ban' "
    "and 'an' may be: apply the merges one by one."
)
def all_or_nothing(text, merges):
    tokens = set(_tokens(merges))
    parts = []
    for piece in pretokenize(text):
        parts += [piece.encode()] if piece.encode() in tokens else _bytes_of(piece)
    return _ids(parts, merges)


@encode.misconception(
    "In a piece that holds a pair twice, as 'an' in 'banana', only one of the two is merged before you move on to later "
    "merges."
)
def each_merge_once(text, merges):
    parts = []
    for piece in pretokenize(text):
        word = _bytes_of(piece)
        for left, right in merges:
            for i in range(len(word) - 1):
                if word[i] == left and word[i + 1] == right:
                    word[i : i + 2] = [left + right]
                    break
        parts += word
    return _ids(parts, merges)


@encode.misconception(
    "Spaces have no ids any more. Whatever splits the text at white space throws it away, and decoding cannot put it "
    "back."
)
def encoded_without_spaces(text, merges):
    return [i for word in text.split() for i in _encode_piece(word, merges)]


@encode.misconception(
    "The ends of pieces are missing. If you use merge_pair here, look at it first: it loses the last id when that is not "
    "part of the pair."
)
def ends_of_pieces_lost(text, merges):
    rank = {pair: i for i, pair in enumerate(merges)}
    parts = []
    for piece in pretokenize(text):
        word = _bytes_of(piece)
        while found := [pair for pair in pairwise(word) if pair in rank]:
            best = min(found, key=rank.get)
            word = _merged_but_the_last(word, best, b"".join(best))
        parts += word
    return _ids(parts, merges)


@encode.alternative
def merges_in_their_order(text, merges):
    return _encode(text, merges)


@encode.alternative
def lowest_rank_with_ids(text, merges):
    number = {token: i for i, token in enumerate(_tokens(merges))}
    new = {(number[left], number[right]): number[left + right] for left, right in merges}
    result = []
    for piece in PIECE.findall(text):
        ids = list(piece.encode("utf-8"))
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: new.get(pair, float("inf")))
            if pair not in new:
                break
            ids = list(_merged(ids, pair, new[pair]))
        result.extend(ids)
    return tuple(result)


@encode.alternative
def one_place_at_a_time(text, merges):
    rank = {pair: i for i, pair in enumerate(merges)}
    ids = []
    known = {}
    for piece in pretokenize(text):
        if piece not in known:
            parts = _bytes_of(piece)
            while True:
                places = [(rank[pair], i) for i, pair in enumerate(pairwise(parts)) if pair in rank]
                if not places:
                    break
                _, i = min(places)
                parts[i : i + 2] = [parts[i] + parts[i + 1]]
            known[piece] = _ids(parts, merges)
        ids += known[piece]
    return ids


@encode.alternative
def with_replace_in_a_string(text, merges):
    symbol = {token: chr(i) for i, token in enumerate(_tokens(merges))}
    ids = []
    for piece in pretokenize(text):
        word = "".join(map(chr, piece.encode()))
        for left, right in merges:
            word = word.replace(symbol[left] + symbol[right], symbol[left + right])
        ids += map(ord, word)
    return ids
