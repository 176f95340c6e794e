"""``decode(ids, merges) -> text``"""

import random
from functools import reduce

from lmcore.tokenization import bpe_plain
from lmgrade import Task

from .inputs import EMOJI, RUSSIAN, WORDS, outcome, tree_merges
from .parts import TOKENIZERS, _spelled, _tokens

decode = Task("decode", reference=bpe_plain.decode_plain, forbidden=TOKENIZERS)


@decode.check(
    points=1,
    title="gives the text of single bytes and merged tokens, spaces included",
    hint="Id 256 is what the first merge makes, 257 the second. Print the bytes of each id before you join them.",
)
def ids_become_text(decode):
    merges = tree_merges([b" " + word.encode() for word in random.sample(WORDS, 8)])
    ids = random.choices(range(256, 256 + len(merges)), k=30) + random.choices(range(65, 123), k=10)
    random.shuffle(ids)
    return decode([32, *ids, 256 + len(merges) - 1, 32, 0], merges)


@decode.check(
    points=1,
    title="puts characters together whose bytes are spread over several tokens",
    hint="Half a letter cannot be read by itself. When do you have all bytes of the text in one place?",
)
def characters_span_tokens(decode):
    words = random.sample(RUSSIAN, 4) + random.sample(EMOJI, 2)
    random.shuffle(words)
    data = " ".join(words).encode()
    # The first byte alone, then tokens of two bytes: few of them are a character.
    pairs = [data[i : i + 2] for i in range(1, len(data), 2)]
    merges = [(pair[:1], pair[1:]) for pair in dict.fromkeys(pairs) if len(pair) == 2]
    random.shuffle(merges)
    number = {left + right: 256 + i for i, (left, right) in enumerate(merges)}
    return decode([data[0], *(number.get(pair, pair[0]) for pair in pairs)], merges)


@decode.check(
    points=0.5,
    title="writes U+FFFD for bytes that are no UTF-8, and goes on",
    hint="A model may write any ids in any order, also bytes that are no text. bytes.decode has an argument for that.",
)
def broken_bytes_are_marked(decode):
    broken = [0xFF, 0xC0, 0xF9, random.randrange(0x80, 0xC0), random.randrange(0x80, 0xC0)]
    ids = []
    for byte in random.sample(broken, 5):
        ids += [*random.choices(range(97, 123), k=3), byte]
    return decode([*ids, 256], [(b"o", b"k")])


@decode.check(
    points=0.5,
    title="raises ValueError for an id that does not exist, above or below; no ids give an empty text",
    hint="With m merges the ids are 0 to 255 + m. Try the two numbers next to them, and an empty list.",
)
def unknown_ids_are_refused(decode):
    merges = tree_merges([random.choice(WORDS).encode() + b"ly"])
    letters = random.choices(range(97, 123), k=4)
    top = 255 + len(merges)
    return {
        "the last id": decode([*letters, top], merges),
        "one above": outcome(lambda: decode([*letters, top + 1, *letters], merges)),
        "far above": outcome(lambda: decode([top + random.randrange(100, 900)], merges)),
        "below": outcome(lambda: decode([*letters, -random.randint(2, 99)], merges)),
        "one below": outcome(lambda: decode([*letters, -1], merges)),
        "no ids": decode([], merges),
    }


@decode.misconception(
    "You turn each token into text by itself. A token may end in the middle of a letter; its other half is in the next "
    "token, and neither can be read alone."
)
def token_by_token(ids, merges):
    return "".join(token.decode(errors="replace") for token in _spelled(ids, merges))


@decode.misconception(
    "Broken bytes vanish without a trace. Whoever reads the text should see that something was there."
)
def broken_bytes_ignored(ids, merges):
    return b"".join(_spelled(ids, merges)).decode(errors="ignore")


@decode.misconception(
    "Broken bytes stop you with an error. A model in training writes nonsense all the time, and you will want to read it."
)
def broken_bytes_raise(ids, merges):
    return b"".join(_spelled(ids, merges)).decode()


@decode.misconception(
    "Each byte became a character of its own, as if byte 208 were the letter U+00D0. That holds for ASCII only; elsewhere "
    "several bytes are one character."
)
def byte_is_character(ids, merges):
    return "".join(chr(byte) for token in _spelled(ids, merges) for byte in token)


@decode.misconception(
    "There are spaces between your tokens. Tokens are not words: a space that belongs to the text is inside a token."
)
def joined_with_spaces(ids, merges):
    return b" ".join(_spelled(ids, merges)).decode(errors="replace")


@decode.misconception(
    "Merged tokens are off by one: for id 256 you give what the second merge makes. Count again where the bytes end."
)
def next_merge(ids, merges):
    return b"".join(_spelled(ids, [*merges[1:], *merges[:1]])).decode(errors="replace")


@decode.misconception(
    "A negative id gives a text. In Python the index -1 means the last entry of a list, so a wrong id slips through "
    "unless you ask."
)
def negative_from_the_end(ids, merges):
    tokens = _tokens(merges)
    if any(i >= len(tokens) for i in ids):
        raise ValueError("no such id")
    return b"".join(tokens[i % len(tokens)] for i in ids).decode(errors="replace")


@decode.misconception(
    "Ids that do not exist are passed over in silence. They are a sign that ids and merges do not belong together; "
    "say so."
)
def unknown_ids_skipped(ids, merges):
    tokens = _tokens(merges)
    return b"".join(tokens[i] for i in ids if 0 <= i < len(tokens)).decode(errors="replace")


@decode.misconception(
    "An id that does not exist raises KeyError or IndexError, whatever the table happens to raise. The specification "
    "promises another exception, with a message that helps."
)
def whatever_the_table_raises(ids, merges):
    tokens = dict(enumerate(_tokens(merges)))
    return b"".join(tokens[i] for i in ids).decode(errors="replace")


@decode.misconception(
    "The list that you look ids up in decides what becomes of a wrong one: too great, and it raises IndexError; negative, "
    "and it counts from its end. Ask before you look up, and raise ValueError."
)
def whatever_the_list_does(ids, merges):
    tokens = _tokens(merges)
    return b"".join(tokens[i] for i in ids).decode(errors="replace")


@decode.misconception("What comes back are bytes. They are all there; the last step is to read them as UTF-8.")
def bytes_for_text(ids, merges):
    return b"".join(_spelled(ids, merges))


@decode.misconception("White space at the ends of the text is gone. It was in the ids, so it belongs to the text.")
def decoded_and_stripped(ids, merges):
    return b"".join(_spelled(ids, merges)).decode(errors="replace").strip()


@decode.alternative
def looked_up_in_a_dict(ids, merges):
    tokens = {byte: bytes([byte]) for byte in range(256)}
    for left, right in merges:
        tokens[len(tokens)] = left + right
    try:
        data = b"".join([tokens[i] for i in ids])
    except KeyError as error:
        raise ValueError(f"{error} is no id of these merges") from None
    return data.decode("utf-8", errors="replace")


@decode.alternative
def collected_in_a_bytearray(ids, merges):
    data = bytearray()
    for i in ids:
        if i < 0 or i > 255 + len(merges):
            raise ValueError(i)
        if i < 256:
            data.append(i)
        else:
            left, right = merges[i - 256]
            data += left
            data += right
    return str(data, "utf-8", "replace")


@decode.alternative
def without_a_table(ids, merges):
    def spell(i):
        if not 0 <= i < 256 + len(merges):
            raise ValueError(f"id {i}")
        return bytes([i]) if i < 256 else merges[i - 256][0] + merges[i - 256][1]

    return reduce(lambda data, i: data + spell(i), ids, b"").decode(errors="replace")
