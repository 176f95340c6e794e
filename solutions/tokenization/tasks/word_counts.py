"""``word_counts(text) -> {word as a tuple of bytes: how often}``"""

import random
from collections import Counter, defaultdict

from lmcore.tokenization import bpe_plain
from lmgrade import Task

from .inputs import EMOJI, RUSSIAN, WORDS
from .parts import PIECE, pretokenize


def _word_counts(text):
    return Counter(tuple(piece.encode()) for piece in bpe_plain.pretokenize(text))


word_counts = Task("word_counts", reference=_word_counts)


@word_counts.check(
    points=1,
    title="counts every piece of an English text, the space in front included",
    hint="Take a text of three words, such as 'to be to', and write down by hand the dict that should come out.",
)
def english_words_are_counted(word_counts):
    often = random.choice(WORDS)
    words = [*random.choices(WORDS, k=40), often, often, often.capitalize()]
    random.shuffle(words)
    return dict(word_counts("so " + " ".join(words)))


@word_counts.check(
    points=0.5,
    title="writes every script and sign as its UTF-8 bytes",
    hint="Look at the keys for a text with one Russian letter and one emoji: how many numbers does each one have?",
)
def other_scripts_are_bytes(word_counts):
    one, two, *words = random.sample(RUSSIAN, 7)
    words += random.sample(EMOJI, 3)
    random.shuffle(words)
    # A sign behind a letter is a piece of its own in every script.
    return dict(word_counts(f"{' '.join(words)} {one}, {two}!"))


@word_counts.check(
    points=0.5,
    title="loses nothing: line breaks, runs of spaces, signs; and an empty text has no words",
    hint="The lengths of all keys, times their counts, should add up to the number of bytes in the text.",
)
def white_space_and_signs_are_kept(word_counts):
    one, two, three, four = random.sample(WORDS, 4)
    text = f"{one}\n\n\n{two}    {three}, {random.randrange(1000)}\t\t({four}'ll)!?\n"
    return {"counts": dict(word_counts(text)), "no text": dict(word_counts(""))}


@word_counts.misconception(
    "Your numbers are code points: 'д' became the one number 1076. Ids start from bytes so that 256 of them can write "
    "anything; a letter that is not ASCII takes two to four."
)
def code_points(text):
    return Counter(tuple(map(ord, piece)) for piece in pretokenize(text))


@word_counts.misconception(
    "The spaces are gone, and with them the way back: nobody could tell 'a b' from 'ab'. split() throws them away; the "
    "pieces that the notebook gives you keep them."
)
def split_at_spaces(text):
    return Counter(tuple(word.encode()) for word in text.split())


@word_counts.misconception(
    "Every word has the count 1, however often it comes. A merge is chosen by how often a pair occurs in the text, so "
    "a word that comes ten times must weigh ten."
)
def every_word_once(text):
    return {tuple(piece.encode()): 1 for piece in pretokenize(text)}


@word_counts.misconception(
    "Pieces that are white space only are missing: line breaks and runs of spaces. A tokenizer must be able to give "
    "back a Python file with its indentation, so these are words like any other."
)
def without_blank_pieces(text):
    return Counter(tuple(piece.encode()) for piece in pretokenize(text) if not piece.isspace())


@word_counts.misconception(
    "The space in front of a word was stripped. ' cat' within a sentence and 'cat' at its beginning are two different "
    "words here; stripped, a decoded text would have no spaces at all."
)
def stripped_pieces(text):
    return Counter(tuple(piece.strip().encode()) for piece in pretokenize(text))


@word_counts.misconception(
    "Capital letters became small ones. What the tokenizer changes it can never give back: count the text as it is."
)
def lower_case(text):
    return Counter(tuple(piece.encode()) for piece in pretokenize(text.lower()))


@word_counts.misconception(
    "Letters outside ASCII vanished. Encoding to ASCII and ignoring errors drops what it cannot say; there is an "
    "encoding that can say everything."
)
def ascii_only(text):
    return Counter(tuple(piece.encode("ascii", errors="ignore")) for piece in pretokenize(text))


@word_counts.misconception(
    "The keys are texts. The next steps put new ids in the place of pairs of ids, so a word has to be a tuple of numbers "
    "by now."
)
def texts_as_keys(text):
    return Counter(pretokenize(text))


@word_counts.misconception(
    "The keys are bytes objects. Their numbers are right, but they can hold none above 255, and merged ids will be: make "
    "a tuple of each."
)
def bytes_as_keys(text):
    return Counter(piece.encode() for piece in pretokenize(text))


@word_counts.misconception(
    "The keys are tuples of letters. Ids are numbers: write each piece as bytes first, then make a tuple of those."
)
def tuples_of_letters(text):
    return Counter(map(tuple, pretokenize(text)))


@word_counts.misconception(
    "The whole text came out as a single word. Without cutting it first, merges would run across words and glue 'of' "
    "to 'the'."
)
def one_long_word(text):
    return {tuple(text.encode()): 1}


@word_counts.alternative
def counted_by_hand(text):
    counts = {}
    for piece in pretokenize(text):
        word = tuple(bytes(piece, "utf-8"))
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


@word_counts.alternative
def counted_as_text_first(text):
    return {tuple(piece.encode("utf-8")): times for piece, times in Counter(pretokenize(text)).items()}


@word_counts.alternative
def counted_with_defaultdict(text):
    counts = defaultdict(int)
    for piece in PIECE.finditer(text):
        counts[tuple(byte for byte in piece.group().encode())] += 1
    return counts
