"""``train(text, vocab_size) -> merges``"""

import random
import string
from collections import Counter
from itertools import pairwise

from lmcore.tokenization import bpe_plain
from lmgrade import Task

from .inputs import EMOJI, RUSSIAN, SHARED, WORDS, outcome
from .parts import (
    TOKENIZERS,
    _best,
    _bytes_of,
    _ids,
    _learn,
    _merged,
    _merged_but_the_last,
    _pairs,
    _refuse_below_256,
    _tokens,
    _words,
    pretokenize,
)

train = Task("train", reference=bpe_plain.train_plain, forbidden=TOKENIZERS)


@train.check(
    points=1,
    title="learns the right merges from a text with frequent and rare words",
    hint="If a test of word_counts, count_pairs, merge_pair or choose_pair complains, begin there: train is built on them.",
)
def merges_of_a_text(train):
    rare, other = "".join(random.sample("jkqvwxyz", 4)), "".join(random.sample("jkqvwxyz", 3))
    words = list(dict.fromkeys(SHARED + random.sample(WORDS, 8)))
    random.shuffle(words)
    text = " ".join(words + [other] * random.randint(14, 18) + [rare] * random.randint(30, 40))
    return [tuple(pair) for pair in train(text, 256 + 24)]


@train.check(
    points=1,
    title="settles ties by the rule of choose_pair, round after round",
    hint="The vocabulary that choose_pair is given must know the bytes of every merged token, in the order of their ids.",
)
def merges_when_pairs_tie(train):
    a, b, *rest = sorted(random.sample(string.ascii_lowercase, 14))
    endings = rest[:3]
    random.shuffle(endings)
    words = ["".join(rest[i : i + 2]) for i in range(3, 11, 2)]
    words = [words[0], *random.sample(words[1:], 3)]
    text = " ".join([words[0], *(a + b + ending for ending in endings), *words[1:]])
    return [tuple(pair) for pair in train(text, 256 + 11)]


@train.check(
    points=1,
    title="learns from bytes, so that it also puts together Russian letters and emoji",
    hint="Look at your merges for the text 'ж ж ж': the first one should put together the two bytes of 'ж'.",
)
def merges_of_many_bytes(train):
    words = random.sample(RUSSIAN, 8) + random.sample(EMOJI, 2)
    random.shuffle(words)
    # Often side by side, so that whoever merges across spaces does so here.
    neighbours = random.sample("аеиоуя", 2)
    return [tuple(pair) for pair in train(" ".join(words + neighbours * 5), 256 + 28)]


@train.check(
    points=1,
    title="ends when nothing is left to merge, learns nothing for 256, and refuses less than 256",
    hint="Try train('abc', 300), train('', 300), train('abc', 256) and train('abc', 255), and reread the specification.",
)
def where_training_ends(train):
    letters = random.sample(string.ascii_lowercase, random.randint(4, 7))
    # The greatest first: whoever settles ties differently loses nothing here.
    letters.remove(greatest := max(letters))
    word = "".join([greatest, *letters])
    small = random.randrange(256)
    return {
        "a short text": [tuple(pair) for pair in train(word, 256 + random.randint(10, 99))],
        "no text": list(train("", 300)),
        "bytes alone": list(train(word, 256)),
        "too small": outcome(lambda: train(word, small)),
        "one too small": outcome(lambda: train(word, 255)),
    }


GIVEN = "the notebook's texts hold no lone surrogates"
train.unasked("train_plain: refuse_surrogates(text)", reason=GIVEN)
WORDS_OF = "Counter((tuple(piece.encode()) for piece in pretokenize(text)))"
train.equivalent(f"train_plain: dict({WORDS_OF}) -> {WORDS_OF}", reason="a Counter is a dict")
train.equivalent(
    "train_plain: tuple(piece.encode()) -> piece.encode()", reason="bytes are a sequence of the same numbers"
)


@train.misconception(
    "You learn vocab_size merges. The 256 bytes are part of the vocabulary from the start, and vocab_size counts them."
)
def too_many_merges(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(_words(text), vocab_size)


@train.misconception(
    "Your merges are the most frequent pairs of the first count. After each merge the words look different: pairs with "
    "the new id appear, others fall, so the pairs have to be counted again."
)
def counted_once(text, vocab_size):
    _refuse_below_256(vocab_size)
    vocabulary = [bytes([byte]) for byte in range(256)]
    counts = _pairs(_words(text))
    ranked = sorted(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]), reverse=True)
    return [(vocabulary[left], vocabulary[right]) for left, right in ranked[: vocab_size - 256]]


@train.misconception(
    "The same pair is chosen again and again. It was merged, but the merged words were never put in the place of the old "
    "ones."
)
def words_never_change(text, vocab_size):
    _refuse_below_256(vocab_size)
    vocabulary = [bytes([byte]) for byte in range(256)]
    counts = _pairs(_words(text))
    if not counts:
        return []
    left, right = _best(counts, vocabulary)
    return [(vocabulary[left], vocabulary[right])] * (vocab_size - 256)


@train.misconception(
    "A word that stands in the text forty times counts as much as one that stands there once: your merges are those of "
    "a list of different words."
)
def trained_unweighted(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(dict.fromkeys(_words(text), 1), vocab_size - 256)


@train.misconception(
    "Some of your tokens reach across a space into the next word. The text has to be cut into pieces before any pair is "
    "counted."
)
def trained_across_words(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn({tuple(text.encode()): 1}, vocab_size - 256)


@train.misconception(
    "Ties go to the pair that was met first. Someone who reads the same words in another order would get other merges."
)
def trained_first_met(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(_words(text), vocab_size - 256, choose=lambda counts, vocabulary: max(counts, key=counts.get))


@train.misconception(
    "Ties go to the greater id, so young tokens win over old ones. The rule asks for the greater bytes."
)
def trained_greatest_ids(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(
        _words(text),
        vocab_size - 256,
        choose=lambda counts, vocabulary: max(counts, key=lambda pair: (counts[pair], pair)),
    )


@train.misconception(
    "A text can be used up: every word is a single token and there is no pair to choose from. Then training should end "
    "with the merges it has, not with an error."
)
def trained_never_enough(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(_words(text), vocab_size - 256, enough=lambda counts: False)


@train.misconception(
    "A vocabulary of fewer than 256 tokens is impossible, since every byte needs one. You return no merges, as if all "
    "were well; raise ValueError and say what was wrong."
)
def trained_any_size(text, vocab_size):
    return _learn(_words(text), vocab_size - 256)


@train.misconception(
    "You stop as soon as the best pair occurs only once. That is a sensible rule, but not this one: here training goes on "
    "until the size is reached or no pair is left."
)
def trained_twice_or_more(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(_words(text), vocab_size - 256, enough=lambda counts: max(counts.values(), default=0) < 2)


@train.misconception(
    "Your merges are pairs of ids. An id means something only next to the merges before it; return what the two tokens "
    "spell, as bytes."
)
def trained_returning_ids(text, vocab_size):
    _refuse_below_256(vocab_size)
    merges = _learn(_words(text), vocab_size - 256)
    return [tuple(_ids(pair, merges)) for pair in merges]


@train.misconception(
    "Each of your merges is a whole token. The text tells what was joined only if both parts are kept: return pairs."
)
def trained_returning_tokens(text, vocab_size):
    _refuse_below_256(vocab_size)
    return [left + right for left, right in _learn(_words(text), vocab_size - 256)]


@train.misconception(
    "You learn one merge too many. Stop when the vocabulary has vocab_size tokens, and ask before you learn the next one."
)
def trained_once_more(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(_words(text), vocab_size - 256 + 1)


@train.misconception(
    "You begin with characters where bytes should be. The two bytes of a Russian letter have to be learnt as a merge "
    "like any other; that is the price of never meeting an unknown character."
)
def trained_on_characters(text, vocab_size):
    _refuse_below_256(vocab_size)
    words = Counter(tuple(piece) for piece in pretokenize(text))
    merges = []
    while len(merges) < vocab_size - 256 and (counts := _pairs(words)):
        best = max(counts, key=lambda pair: (counts[pair], pair[0].encode(), pair[1].encode()))
        words = {_merged(word, best, best[0] + best[1]): times for word, times in words.items()}
        merges.append((best[0].encode(), best[1].encode()))
    return merges


@train.misconception(
    "Your words get shorter with each merge, even those that do not hold the pair. Look at merge_pair: it loses the last "
    "id of a word."
)
def trained_on_shrinking_words(text, vocab_size):
    _refuse_below_256(vocab_size)
    return _learn(_words(text), vocab_size - 256, merge=_merged_but_the_last)


@train.alternative
def with_tokens_as_bytes(text, vocab_size):
    if vocab_size < 256:
        raise ValueError(vocab_size)
    words = Counter(pretokenize(text))
    split = {word: tuple(_bytes_of(word)) for word in words}
    merges = []
    while len(merges) + 256 < vocab_size:
        counts = Counter()
        for word, parts in split.items():
            for pair in pairwise(parts):
                counts[pair] += words[word]
        if not counts:
            return merges
        best = max(counts.items(), key=lambda item: (item[1], item[0]))[0]
        split = {word: _merged(parts, best, best[0] + best[1]) for word, parts in split.items()}
        merges.append(best)
    return merges


@train.alternative
def with_every_piece_in_a_list(text, vocab_size):
    if vocab_size < 256:
        raise ValueError("every byte needs a token")
    pieces = [list(piece.encode()) for piece in pretokenize(text)]
    vocabulary = {byte: bytes([byte]) for byte in range(256)}
    merges = []
    for new in range(256, vocab_size):
        counts = Counter(pair for piece in pieces for pair in pairwise(piece))
        if not counts:
            break
        left, right = sorted(counts, key=lambda p: (-counts[p], vocabulary[p[0]], vocabulary[p[1]]))[0]
        most = counts[left, right]
        left, right = max((p for p in counts if counts[p] == most), key=lambda p: (vocabulary[p[0]], vocabulary[p[1]]))
        vocabulary[new] = vocabulary[left] + vocabulary[right]
        pieces = [list(_merged(piece, (left, right), new)) for piece in pieces]
        merges.append([vocabulary[left], vocabulary[right]])
    return merges


@train.alternative
def with_counts_kept_up_to_date(text, vocab_size):
    if vocab_size < 256:
        raise ValueError(f"{vocab_size} < 256")
    vocabulary = _tokens([])
    words = dict(_words(text))
    counts = _pairs(words)
    merges = []
    while len(vocabulary) < vocab_size and counts:
        best = _best(counts, vocabulary)
        for word in [word for word in words if best in pairwise(word)]:
            times = words.pop(word)
            counts.subtract(_pairs({word: times}))
            word = _merged(word, best, len(vocabulary))
            words[word] = words.get(word, 0) + times
            counts.update(_pairs({word: times}))
        counts = Counter({pair: times for pair, times in counts.items() if times > 0})
        merges.append((vocabulary[best[0]], vocabulary[best[1]]))
        vocabulary.append(b"".join(merges[-1]))
    return merges
