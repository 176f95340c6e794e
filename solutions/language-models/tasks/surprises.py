"""``surprises(text, model, n, pad) -> bits of each token``"""

import math
import random

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import model_of
from .parts import _bits, _pasts


def _surprises(text, model, n, pad):
    padded = (*[pad] * (n - 1), *text)
    bits = []
    for t, token in enumerate(text):
        p = model(padded[t : t + n - 1])[token]
        bits.append(math.inf if p == 0 else -math.log2(p))
    return bits


surprises = Task("surprises", reference=_surprises)


@surprises.check(
    points=1,
    title="says how surprised the model is at each token, in bits",
    hint="For each token of the text: ask the model with the n - 1 tokens before it, take the place of this token in what it "
    "answers, and minus the logarithm to the base 2 of that.",
)
def bits_of_each_token(surprises):
    size, answers = random.randint(9, 14), {}
    pad, *ids = random.sample(range(size), size)
    for n in (2, 3, 4):
        text = random.sample(ids, 6) + random.choices(ids, k=6)
        got = outcome(lambda n=n, text=text: surprises(list(text), model_of(size), n, pad))
        answers[n] = got[n - 1 - len(text) :] if isinstance(got, list) else got  # where the past is in the text
    return answers


@surprises.check(
    points=1,
    title="begins with the first token, whose past is nothing but pads",
    hint="There are as many surprises as tokens. Print the pasts that you ask the model with, for [5, 6, 7] and n = 3.",
)
def starts(surprises):
    size = random.randint(9, 14)
    pad, *ids = random.sample(range(size), size)
    texts = [random.sample(ids, length) for length in (1, 2, 3, 6)]
    return {
        n: [outcome(lambda text=text, n=n: surprises(list(text), model_of(size), n, pad)) for text in texts]
        for n in (2, 3, 5)
    }


@surprises.check(
    points=1,
    title="asks with the empty past where n is 1",
    hint="With n = 1 the model looks at nothing: the past is (), whatever has been read.",
)
def empty_pasts(surprises):
    size = random.randint(9, 14)
    pad, *ids = random.sample(range(size), size)
    text = random.sample(ids, 7)
    return outcome(lambda: surprises(list(text), model_of(size), 1, pad))


@surprises.check(
    points=1,
    title="is infinitely surprised at the impossible, not at all at the certain; takes an empty text and leaves the text as it is",
    hint="math.log2(0) is an error in Python: the surprise at a token of probability 0 is math.inf. And try an empty text, which "
    "gives [], and print your text before and after the call.",
)
def the_impossible(surprises):
    size = random.randint(6, 9)
    a, b, c, d = random.sample(range(1, size), 4)
    share, tiny = random.uniform(0.1, 0.9), random.uniform(1, 9) * 1e-200
    rows = {0: {a: share, d: 1 - share}, a: {b: 1.0}, b: {c: tiny, a: 1.0}, c: {a: share, d: 1 - share}, d: {b: 1.0}}

    def model(past):
        return [rows[past[-1]].get(token, 0.0) for token in range(size)]

    text = [a, b, c, a, c, d, b]
    return {
        "bits": outcome(lambda: surprises(text, model, 2, 0)),
        "text afterwards": list(text),
        "another text": outcome(lambda: surprises([d, b, a], model, 2, 0)),
        "no text": outcome(lambda: surprises([], model, 2, 0)),
    }


@surprises.misconception(
    "These are nats: your logarithm has the base e. A coin should surprise by 1 bit; yours surprises by 0.69."
)
def surprises_in_nats(text, model, n, pad):
    return [bits * math.log(2) for bits in _surprises(text, model, n, pad)]


@surprises.misconception(
    "The sign is missing. The logarithm of a probability is never positive, a surprise is never negative."
)
def negative_surprises(text, model, n, pad):
    return [-bits for bits in _surprises(text, model, n, pad)]


@surprises.misconception(
    "Each number holds those before it as well: you multiply the probabilities up, or add the surprises up, along the text. "
    "Each token's own surprise is wanted."
)
def added_up_along_the_text(text, model, n, pad):
    bits = _surprises(text, model, n, pad)
    return [sum(bits[: t + 1]) for t in range(len(bits))]


@surprises.misconception(
    "One number for the whole text comes back. Give a list, a surprise for each token: the mean is taken in the next step."
)
def mean_of_the_text(text, model, n, pad):
    bits = _surprises(text, model, n, pad)
    return sum(bits) / len(bits) if bits else 0.0


@surprises.misconception(
    "The first n - 1 tokens are passed over, since there is not enough before them. A text costs all of its tokens: fill "
    "their pasts up with pad."
)
def first_tokens_free(text, model, n, pad):
    return _surprises(text, model, n, pad)[n - 1 :]


@surprises.misconception(
    "At the start of the text the model is asked with a past shorter than n - 1 tokens. It was counted with pads there, and "
    "knows no such past."
)
def asked_with_short_pasts(text, model, n, pad):
    return [_bits(model(tuple(text[max(0, t - n + 1) : t]))[token]) for t, token in enumerate(text)]


@surprises.misconception(
    "The past holds the very token that is to be predicted. Whoever has seen the answer is not surprised; the model never "
    "gets to see it."
)
def past_with_the_answer(text, model, n, pad):
    pasts = _pasts(text, n, pad)
    return [_bits(model((*past, token)[1:] if n > 1 else past)[token]) for past, token in zip(pasts, text, strict=True)]


@surprises.misconception(
    "The model is asked with the whole text so far. It looks back by n - 1 tokens and was counted with pasts of that length."
)
def whole_text_for_a_past(text, model, n, pad):
    pads = [pad] * (n - 1)
    return [_bits(model(tuple(pads + list(text[:t])))[token]) for t, token in enumerate(text)]


@surprises.misconception(
    "With n = 1 the model is asked with everything so far: a slice from minus zero on is the whole list."
)
def slice_from_minus_zero(text, model, n, pad):
    pads = [pad] * (n - 1)
    return [_bits(model(tuple((pads + list(text[:t]))[-(n - 1) :]))[token]) for t, token in enumerate(text)]


@surprises.misconception(
    "The model is asked with a list. It looks its past up in a dict, whose keys are tuples; a list cannot be looked up."
)
def pasts_as_lists(text, model, n, pad):
    return [_bits(model(list(past))[token]) for past, token in zip(_pasts(text, n, pad), text, strict=True)]


@surprises.misconception(
    "A token of probability 0 stops you with an error: the logarithm of 0 is not defined. The surprise at it has a name, "
    "infinity."
)
def stopped_by_the_impossible(text, model, n, pad):
    return [-math.log2(model(past)[token]) for past, token in zip(_pasts(text, n, pad), text, strict=True)]


@surprises.misconception(
    "Small probabilities are raised, or something is added to them, so that none is 0. The surprise at the impossible comes "
    "out finite, and a model that is wrong for sure looks nearly as good as one that is careful."
)
def raised_probabilities(text, model, n, pad):
    pasts = _pasts(text, n, pad)
    return [-math.log2(max(model(past)[token], 1e-12)) for past, token in zip(pasts, text, strict=True)]


@surprises.misconception(
    "What you give is the model's entropy, the surprise that it expects beforehand. Look up the one token that came."
)
def expected_surprise(text, model, n, pad):
    return [sum(p * _bits(p) for p in model(past) if p) for past in _pasts(text, n, pad)]


@surprises.misconception(
    "The surprise is that of the most probable token. The text is another thing than the model's favourites: look up the "
    "token that came."
)
def surprise_of_the_favourite(text, model, n, pad):
    return [_bits(max(model(past))) for past in _pasts(text, n, pad)]


@surprises.misconception(
    "Each surprise is multiplied by its probability. That weight belongs into an average over all tokens that could come; "
    "here one came."
)
def weighted_by_itself(text, model, n, pad):
    return [
        p * _bits(p) if p else math.inf
        for p in (model(past)[token] for past, token in zip(_pasts(text, n, pad), text, strict=True))
    ]


@surprises.misconception(
    "The past is handed to the model backwards. It was counted from left to right, and (2, 1) is not (1, 2)."
)
def asked_backwards(text, model, n, pad):
    return [_bits(model(past[::-1])[token]) for past, token in zip(_pasts(text, n, pad), text, strict=True)]


@surprises.misconception(
    "The text that you were given has become longer: pads were put into it. Build a new list for them."
)
def pads_into_the_text(text, model, n, pad):
    bits = _surprises(text, model, n, pad)
    if isinstance(text, list):
        text[:0] = [pad] * (n - 1)
    return bits


@surprises.alternative
def window_that_moves(text, model, n, pad):
    past, bits = (pad,) * (n - 1), []
    for token in text:
        probability = model(past)[token]
        bits.append(math.log2(1 / probability) if probability > 1e-300 else _bits(probability))
        past = (*past, token)[1:]
    return bits


@surprises.alternative
def pads_and_a_list(text, model, n, pad):
    """A text is said to be a list: a list of pads may be put before it as it is."""
    padded = [pad] * (n - 1) + text
    shares = [model(tuple(padded[t : t + n - 1]))[token] for t, token in enumerate(text)]
    return [math.inf if share == 0 else math.log2(1 / share) for share in shares]


@surprises.alternative
def nats_made_bits(text, model, n, pad):
    padded = [pad] * (n - 1) + list(text)
    probabilities = [model(tuple(padded[t : t + n - 1]))[padded[t + n - 1]] for t in range(len(text))]
    return [math.inf if p <= 0 else -math.log(p) / math.log(2) for p in probabilities]


@surprises.alternative
def token_by_token_backwards(text, model, n, pad):
    bits = []
    for t in reversed(range(len(text))):
        past = tuple(text[i] if i >= 0 else pad for i in range(t - n + 1, t))
        try:
            bits.append(-math.log2(model(past)[text[t]]))
        except ValueError:
            bits.append(float("inf"))
    return bits[::-1]


@surprises.alternative
def with_a_cut_for_each_token(text, model, n, pad):
    def probability(t):
        start = t - (n - 1)
        past = (pad,) * max(0, -start) + tuple(text[max(0, start) : t])
        return model(past)[text[t]]

    return [-math.log2(p) if p else math.inf for p in map(probability, range(len(text)))]
