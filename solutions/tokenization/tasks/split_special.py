"""``split_special(text, special_tokens) -> pieces``"""

import random
import re
import string
from itertools import chain, pairwise

import regex

from lmcore.tokenization.special_tokens import special_pattern
from lmgrade import Task

from .inputs import WORDS, interleaved
from .parts import _longest_first, _split


def _split_special(text, special_tokens):
    pattern = special_pattern(special_tokens)
    ends = [0, *(place for found in pattern.finditer(text) for place in found.span())] if pattern else [0]
    return [text[start:end] for start, end in pairwise([*ends, len(text)]) if start < end]


split_special = Task("split_special", reference=_split_special)


@split_special.check(
    points=1,
    title="lets special tokens stand alone and leaves the text between them whole",
    hint="''.join(pieces) must be the text again, and every special token in it a piece by itself.",
)
def special_tokens_stand_alone(split_special):
    special = random.sample(["<|end|>", "[SEP]", "<s>", "(*)", "a+b", "...", "$$"], 4)
    texts = [f"{random.choice(WORDS)} {random.choice(WORDS)}", f" {random.choice(WORDS)}\n", "ab a aab END sep"]
    parts = [*special, special[0], *texts]
    random.shuffle(parts)
    # At the beginning, at the end, side by side, with white space between them, and one that comes twice.
    text = "".join([special[1], *parts, texts[0], special[2], texts[1], special[3], special[2]])
    return list(split_special(text, special))


@split_special.check(
    points=0.5,
    title="reads from the left and takes the longest special token that begins at a place",
    hint="Special tokens may begin alike or overlap. Walk through the text from the left, place by place.",
)
def longest_special_token_wins(split_special):
    a, b, c, d = random.sample(string.ascii_uppercase, 4)
    word = random.choice(WORDS)
    # Of <a> and <a><a> the short one is named first; of {bb} and {bb}} the long one. "[cd" overlaps "d]..".
    special = interleaved([f"<{a}>", f"<{a}><{a}>"], [f"{{{b}}}}}", f"{{{b}}}"], [f"[{c}{d}", f"{d}].."])
    # Where they overlap comes last of the two, so that finding first occurrences alone does no harm here.
    overlapping = [f"{d}]..", f"[{c}{d}].."]
    parts = interleaved([f"<{a}><{a}>"], [f"<{a}>"], [f"{{{b}}}}}"], [f"{{{b}}}"], overlapping)
    return list(split_special(f" {word} ".join(parts), special))


@split_special.check(
    points=0.5,
    title="gives no empty pieces, copes with no special tokens and no text, and leaves the given list as it is",
    hint="Try '' as the text, [] as the special tokens, and look at your list after the call.",
)
def edges_of_splitting(split_special):
    word, other = random.sample(WORDS, 2)
    text = f"{word} <s>{other}</s>"
    special = ["</s>", "<s>", f"<{other}:{word}>"]
    return {
        "no special tokens": list(split_special(text, [])),
        "none in the text": list(split_special(f"{word} {other}", special)),
        "no text": [list(split_special("", special)), list(split_special("", []))],
        "that alone": list(split_special("<s>", special)),
        "pieces": list(split_special(text, special)),
        "list afterwards": special,
    }


split_special.unasked("special_pattern: refuse_surrogates(name)", reason="no special token holds a lone surrogate")
split_special.equivalent("special_pattern: list(names) -> names", reason="the names come as a list")
split_special.equivalent(
    "special_pattern: sorted(names, key=len, reverse=True) -> sorted(names, reverse=True)",
    reason="of two names that begin at one place one begins with the other, and is the greater of the two as a text",
)


@split_special.misconception(
    "The signs | [ ( * + . $ mean something in a regular expression. Your special tokens are read as patterns, and "
    "'<|end|>' looks for '<' or 'end' or '>'."
)
def read_as_pattern(text, special_tokens):
    if not special_tokens:
        return [text] if text else []
    return [piece for piece in re.split("(" + "|".join(_longest_first(special_tokens)) + ")", text) if piece]


@split_special.misconception(
    "The special tokens themselves are missing. They were only used as borders; they are pieces too, and the model "
    "waits for their ids."
)
def special_tokens_dropped(text, special_tokens):
    return [piece for piece in _split(text, _longest_first(special_tokens)) if piece not in special_tokens]


@split_special.misconception(
    "There are empty pieces, where two special tokens meet or one stands at an end. There is nothing between them, so "
    "there should be no piece."
)
def empty_pieces_kept(text, special_tokens):
    pattern = "|".join(map(re.escape, _longest_first(special_tokens))) or "(?!)"
    return re.split(f"({pattern})", text)


@split_special.misconception(
    "Which special token wins depends on the order in which they are listed: a short one that is named first hides the "
    "longer one that begins with it."
)
def listed_first_wins(text, special_tokens):
    return _split(text, special_tokens)


@split_special.misconception(
    "Where a short and a long special token begin at the same place, the short one wins and the rest of the long one is "
    "left over as text."
)
def shortest_wins(text, special_tokens):
    return _split(text, sorted(special_tokens, key=len))


@split_special.misconception(
    "You split by one special token after the other, and the later ones cut up the earlier ones that contain them. What "
    "has been found must not be touched again."
)
def found_ones_cut_again(text, special_tokens):
    pieces = [text]
    for special in _longest_first(special_tokens):
        pieces = [part for piece in pieces for part in _split(piece, [special])]
    return [piece for piece in pieces if piece]


@split_special.misconception(
    "You look for the longest special token in the whole text before you look for shorter ones. When two overlap, the "
    "one that begins further left should win, even if it is shorter."
)
def longest_anywhere_first(text, special_tokens):
    pieces = [text]
    for special in _longest_first(special_tokens):
        split = ([piece] if piece in special_tokens else _split(piece, [special]) for piece in pieces)
        pieces = list(chain.from_iterable(split))
    return [piece for piece in pieces if piece]


@split_special.misconception(
    "White space at the ends of pieces is gone. Nobody asked to clean the text: joined, the pieces must give it back."
)
def split_and_stripped(text, special_tokens):
    return [piece.strip() for piece in _split(text, _longest_first(special_tokens)) if piece.strip()]


@split_special.misconception(
    "Only the first occurrence of each special token is found. A text of many documents has one after each of them."
)
def first_occurrence_of_each(text, special_tokens):
    pieces = [text]
    for special in sorted(special_tokens, key=len, reverse=True):
        for i, piece in enumerate(pieces):
            if special in piece and piece not in special_tokens:
                pieces[i : i + 1] = piece.partition(special)
                break
    return [piece for piece in pieces if piece]


@split_special.misconception("Special tokens that follow each other came out as one piece. Each has an id of its own.")
def neighbours_as_one(text, special_tokens):
    pieces = _split(text, _longest_first(special_tokens))
    for i in range(len(pieces) - 1, 0, -1):
        if pieces[i] in special_tokens and pieces[i - 1] in special_tokens:
            pieces[i - 1] += pieces.pop(i)
            special_tokens = [*special_tokens, pieces[i - 1]]
    return pieces


@split_special.misconception(
    "The list of special tokens was sorted where it stands, and now its owner's list is in another order. Their ids may "
    "depend on it: sort a copy."
)
def sorted_in_place(text, special_tokens):
    special_tokens.sort(key=len, reverse=True)
    return _split(text, special_tokens)


@split_special.misconception(
    "Without special tokens the text falls apart into single characters: an empty pattern is found between any two of "
    "them. Then there is nothing to split by."
)
def empty_pattern(text, special_tokens):
    pattern = "|".join(map(re.escape, _longest_first(special_tokens)))
    return [piece for piece in re.split(f"({pattern})", text) if piece]


@split_special.alternative
def place_by_place(text, special_tokens):
    pieces, start, i = [], 0, 0
    while i < len(text):
        found = max((special for special in special_tokens if text.startswith(special, i)), key=len, default="")
        if found:
            pieces += [text[start:i], found]
            start = i = i + len(found)
        else:
            i += 1
    return [piece for piece in [*pieces, text[start:]] if piece]


@split_special.alternative
def nearest_one_and_the_rest(text, special_tokens):
    found = [(text.find(special), -len(special), special) for special in special_tokens if special in text]
    if not found:
        return [text] if text else []
    at, _, special = min(found)
    before = [text[:at]] if at else []
    return [*before, special, *nearest_one_and_the_rest(text[at + len(special) :], special_tokens)]


@split_special.alternative
def with_finditer(text, special_tokens):
    if len(special_tokens) == 0:
        return tuple(filter(None, [text]))
    pattern = regex.compile(
        "|".join(regex.escape(special) for special in sorted(special_tokens, key=lambda s: -len(s)))
    )
    pieces, end = [], 0
    for match in pattern.finditer(text):
        if match.start() > end:
            pieces.append(text[end : match.start()])
        pieces.append(match[0])
        end = match.end()
    if end < len(text):
        pieces.append(text[end:])
    return pieces
