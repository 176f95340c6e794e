"""``encode_stream(chunks, merges) -> iterator over ids``"""

import random
import re
from itertools import islice

from lmcore.tokenization import bpe_plain
from lmcore.tokenization.pretokenization import last_border
from lmgrade import Task

from .inputs import WORDS, interleaved, tree_merges
from .parts import TOKENIZERS, _encode, _encode_piece, _encode_up_to, pretokenize


def _encode_stream(chunks, merges):
    held = ""
    for chunk in chunks:
        held += chunk
        border = last_border(held, 0, len(held))
        if border:
            yield from bpe_plain.encode_plain(held[:border], merges)
            held = held[border:]
    yield from bpe_plain.encode_plain(held, merges)


encode_stream = Task("encode_stream", reference=_encode_stream, forbidden=TOKENIZERS)


@encode_stream.check(
    points=0.5,
    title="gives for the lines of a text the ids of the whole text",
    hint="Compare with encode(''.join(lines), merges) and find the first id that differs. Which border is near it?",
)
def lines_of_a_text(encode_stream):
    words = random.sample(WORDS, 6)
    merges = interleaved(
        tree_merges([b" " + word.encode() for word in words]), [(b"\n", b"\n"), (b" ", b" "), (b"\n", b"  ")]
    )
    lines = ["\n", "\n"]
    for _ in range(8):
        indent = random.choice(["", "   ", "      "])
        lines += [indent + " ".join(random.choices(words, k=4)) + "\n"] + ["\n"] * random.randrange(3)
    lines += [f"{words[0]}\n", "\n", "\n", f"   {words[1]}\n", f"{words[2]} {words[3]}"]
    return list(encode_stream(iter(lines), merges))


@encode_stream.check(
    points=0.5,
    title="lets the parts begin and end anywhere: within a word, within a run of spaces; empty ones too",
    hint="Feed the text one character at a time. Before you encode, ask what the next character could still change.",
)
def parts_cut_anywhere(encode_stream):
    words = random.sample(WORDS, 6)
    spaces = [(b" ", b" "), (b"  ", b" "), (b"   ", b"  ")]
    merges = interleaved(tree_merges([b" " + word.encode() for word in words]), spaces, [(b"l", b"l"), (b"'", b"ll")])
    merges = list({left + right: (left, right) for left, right in merges}.values())
    text = " ".join(random.choices(words, k=8)) + f"      \n{words[0]}'ll {words[1]}     {words[2]}"
    chunks = []
    for character in text:
        chunks += [character] + [""] * random.randrange(2)
    return list(encode_stream(iter(chunks), merges))


@encode_stream.check(
    points=1,
    title="gives out ids while the text still comes",
    hint="The text of this check is one long line, far from its end when the first ids are asked for.",
)
def ids_come_early(encode_stream):
    merges = tree_merges([b" " + word.encode() for word in WORDS[:20]])
    words = [f" {word}" for word in random.choices(WORDS, k=3000)]
    taken = []

    def chunks():
        for word in words:
            taken.append(word)
            yield word

    ids = list(islice(encode_stream(chunks(), merges), random.randint(40, 80)))
    return {"ids": ids, "parts read": "few" if len(taken) < 1000 else "too many"}


ANY_BORDER = "wherever a right border is found, before or behind others, the ids are the same"
encode_stream.unasked("last_border", reason=ANY_BORDER)
encode_stream.equivalent("_encode_stream: 0 -> 1", reason=ANY_BORDER)
encode_stream.equivalent("_encode_stream: 0 -> -1", reason=ANY_BORDER)


@encode_stream.misconception(
    "Each part is encoded by itself. A word that is cut in two by the border of a part gets the ids of two words, and two "
    "line breaks never meet."
)
def part_by_part(chunks, merges):
    for chunk in chunks:
        yield from _encode(chunk, merges)


@encode_stream.misconception(
    "You wait for the whole text before the first id comes. Then a text larger than memory cannot be encoded, which is "
    "what a stream is for."
)
def whole_text_first(chunks, merges):
    yield from _encode("".join(chunks), merges)


@encode_stream.misconception(
    "The end of the text is missing. What you held back is still there when the parts are over."
)
def rest_forgotten(chunks, merges):
    return _encode_up_to(r"(?<=\S)(?=\s)", chunks, merges, rest=False)


@encode_stream.misconception(
    "You cut behind a space, so the space stays with the word before it. A space belongs to the word that follows: ' cat' "
    "is one piece."
)
def cut_behind_spaces(chunks, merges):
    return _encode_up_to(r"(?<=\s)(?=\S)", chunks, merges)


@encode_stream.misconception(
    "You cut before white space also when other white space stands before it. A run of spaces is one piece, and its last one "
    "may or may not join the next word: do not cut inside."
)
def cut_inside_spaces(chunks, merges):
    return _encode_up_to(r"(?=\s)", chunks, merges)


@encode_stream.misconception(
    "You look for spaces only. A line break or a tab is white space as well: a space behind one of them is in the middle "
    "of a run, and no place to cut."
)
def cut_before_spaces_only(chunks, merges):
    return _encode_up_to(r"(?<=[^ ])(?= )", chunks, merges)


@encode_stream.misconception(
    "You take the end of a line as a safe border. The line break may be one piece with an empty line or the indentation "
    "that follows; what comes next can still change it."
)
def cut_behind_lines(chunks, merges):
    return _encode_up_to(r"(?<=\S)(?=\s)|(?<=\n)", chunks, merges)


@encode_stream.misconception(
    'You hold back the last piece only. In "we\'ll" the pieces change backwards: "\'" and "l" become one when the '
    'second "l" arrives.'
)
def last_piece_held(chunks, merges):
    held = ""
    for chunk in chunks:
        *ready, held = pretokenize(held + chunk) or [""]
        for piece in ready:
            yield from _encode_piece(piece, merges)
    yield from _encode(held, merges)


@encode_stream.misconception(
    "What was held back is encoded twice: it stays in front of the next part after its ids have been given out."
)
def held_text_repeated(chunks, merges):
    held = ""
    for chunk in chunks:
        text = held + chunk
        places = [found.start() for found in re.finditer(r"(?<=\S)(?=\s)", text)]
        if places:
            yield from _encode(text[: places[-1]], merges)
            held = text[places[-1] - 1 :]
        else:
            held = text
    yield from _encode(held, merges)


@encode_stream.alternative
def held_in_a_list(chunks, merges):
    held = []
    for chunk in chunks:
        for character in chunk:
            if character.isspace() and held and not held[-1].isspace():
                yield from _encode("".join(held), merges)
                held = []
            held.append(character)
    yield from _encode("".join(held), merges)


@encode_stream.alternative
def in_blocks_of_some_size(chunks, merges):
    held = ""
    for chunk in chunks:
        held += chunk
        if len(held) < 100:
            continue
        head = held.rstrip()
        last = max((i for i, character in enumerate(head) if character.isspace()), default=0)
        at = len(head[:last].rstrip())
        yield from _encode(held[:at], merges)
        held = held[at:]
    yield from _encode(held, merges)


@encode_stream.alternative
def last_two_pieces_held(chunks, merges):
    """A border lies before a piece that begins with white space and follows another one."""
    held = ""
    for chunk in chunks:
        pieces = pretokenize(held + chunk)
        at = next(
            (i for i in range(len(pieces) - 1, 0, -1) if pieces[i][0].isspace() and not pieces[i - 1][-1].isspace()), 0
        )
        for piece in pieces[:at]:
            yield from _encode_piece(piece, merges)
        held = "".join(pieces[at:])
    if held:
        yield from _encode(held, merges)
