"""``perplexity_and_bits(log_probs, text) -> (perplexity, bits per character)``"""

import math
import random

import torch

from lmgrade import Task

from .inputs import floats, outcome, some_words, text


def _perplexity_and_bits(log_probs, text):
    if len(log_probs) == 0 or not text:
        raise ValueError(f"{len(log_probs)} tokens and {len(text)} characters; at least one of each is needed")
    nats = -math.fsum(log_probs.tolist())
    return math.exp(nats / len(log_probs)), nats / math.log(2) / len(text)


perplexity_and_bits = Task("perplexity_and_bits", reference=_perplexity_and_bits)


@perplexity_and_bits.check(
    points=1,
    title="perplexity is per token, bits are per character",
    hint="Take the two tokens of the example by hand and follow each step with your function.",
    tolerance=1e-5,
)
def two_numbers(perplexity_and_bits):
    tokens = random.randint(5, 9)
    log_probs = (0.05 + 0.8 * torch.rand(tokens)).log()
    said = text(some_words(tokens - 2), "oil.")
    return outcome(lambda: floats(perplexity_and_bits(log_probs, said)))


@perplexity_and_bits.check(
    points=1,
    title="counts every sign as one character: spaces, line breaks, other alphabets, emoji",
    hint="'два 🙂' has five characters and eleven bytes. A line break at the end is a character as well.",
    tolerance=1e-5,
)
def any_character(perplexity_and_bits):
    log_probs = -0.2 - 3 * torch.rand(random.randint(4, 8))
    russian = "".join(random.choices("абвгдежзиклмн", k=random.randint(12, 20)))
    emoji = "".join(random.sample("🙂🚀🐍🌍🎈🦉🍎🔑🐢🌻", 3))
    spaced = "  " + text(some_words(2)) + " \n\n"
    return [
        outcome(lambda said=said: floats(perplexity_and_bits(log_probs, said))) for said in (russian, emoji, spaced)
    ]


@perplexity_and_bits.check(
    points=1,
    title="copes with long texts, with certainty, and with a token held impossible",
    hint="The probability of 4,000 tokens is too small for any float; its logarithm is not. A token of probability 0 has "
    "infinite surprise, and so has its text.",
    tolerance=1e-5,
)
def long_and_extreme(perplexity_and_bits):
    long = -2 - 4 * torch.rand(4000)
    long[0] = -12  # a token that is left out shows
    impossible = -0.2 - torch.rand(random.randint(4, 8))
    impossible[random.randrange(len(impossible))] = -torch.inf
    return {
        "long": outcome(lambda: floats(perplexity_and_bits(long, "story " * 3000 + "ends"))),
        "certain": outcome(lambda: floats(perplexity_and_bits(torch.zeros(5), "oil"))),
        "impossible": outcome(lambda: floats(perplexity_and_bits(impossible, "lamp"))),
    }


@perplexity_and_bits.check(
    points=1,
    title="refuses a text without characters or tokens, and leaves log_probs as they are",
    hint="What is a mean of nothing? Raise a ValueError that says so.",
    tolerance=1e-5,
)
def nothing_to_share(perplexity_and_bits):
    log_probs = -0.2 - 3 * torch.rand(3, dtype=torch.float64)
    return {
        "three tokens": outcome(lambda: floats(perplexity_and_bits(log_probs, "lamp"))),
        "no characters": outcome(lambda: floats(perplexity_and_bits(log_probs, ""))),
        "no tokens": outcome(lambda: floats(perplexity_and_bits(log_probs[:0], "lamp"))),
        "log_probs afterwards": log_probs,
    }


perplexity_and_bits.equivalent(
    "_perplexity_and_bits: log_probs.tolist() -> log_probs", reason="fsum takes the numbers of a tensor as well"
)


def _shared(log_probs, text, perplexity=None, bits=None):
    """The right two numbers, or another one in the place of one of them."""
    right = _perplexity_and_bits(log_probs, text)
    return right[0] if perplexity is None else perplexity, right[1] if bits is None else bits


@perplexity_and_bits.misconception(
    "Perplexity is 2 to the power of nats. Logarithm and power must have the same base, or one undoes what the other one "
    "never did."
)
def two_to_the_nats(log_probs, text):
    return _shared(log_probs, text, perplexity=2 ** -log_probs.mean().item())


@perplexity_and_bits.misconception(
    "Perplexity uses the surprise at the whole text. It then grows with every token, and a long text looks worse than a "
    "short one."
)
def perplexity_of_the_sum(log_probs, text):
    return _shared(log_probs, text, perplexity=(-log_probs).sum().exp().item())


@perplexity_and_bits.misconception(
    "Probabilities are averaged first, then turned over. One terrible guess hardly moves that mean; surprise is averaged, "
    "so that it counts."
)
def mean_of_probabilities(log_probs, text):
    return _shared(log_probs, text, perplexity=1 / log_probs.exp().mean().item())


@perplexity_and_bits.misconception(
    "1/p is averaged over the tokens. The mean belongs inside: average the surprise, and take its exponential once."
)
def mean_of_perplexities(log_probs, text):
    return _shared(log_probs, text, perplexity=(-log_probs).exp().mean().item())


@perplexity_and_bits.misconception(
    "Your bits are shared among the tokens. Tokens are what differs between two models; characters are what they have in "
    "common."
)
def bits_per_token(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.mean().item() / math.log(2))


@perplexity_and_bits.misconception(
    "Your bits are still nats. torch.log and its relatives take e for base; a bit is the answer to a question with two "
    "equally likely answers."
)
def nats_per_character(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.sum().item() / len(text))


@perplexity_and_bits.misconception(
    "From nats to bits you went the wrong way: a nat is more than a bit, so the number has to become larger."
)
def times_ln_two(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.sum().item() * math.log(2) / len(text))


@perplexity_and_bits.misconception(
    "The surprise is shared among bytes. A Russian letter has two of them and an emoji four, and is one character."
)
def bits_per_byte(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.sum().item() / math.log(2) / len(text.encode()))


@perplexity_and_bits.misconception(
    "Spaces and line breaks are left out of the count. The model had to foretell them like any other sign."
)
def without_spaces(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.sum().item() / math.log(2) / len("".join(text.split())))


@perplexity_and_bits.misconception(
    "The text is stripped before it is counted: white space at its ends was foretold too, and is missing."
)
def text_stripped(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.sum().item() / math.log(2) / len(text.strip()))


@perplexity_and_bits.misconception(
    "The surprise is shared among words. How long a word is depends on the language, and where it ends on who cuts."
)
def bits_per_word(log_probs, text):
    return _shared(log_probs, text, bits=-log_probs.sum().item() / math.log(2) / len(text.split()))


@perplexity_and_bits.misconception(
    "Probabilities are multiplied. After some hundred tokens the product is 0 in any float, and the perplexity of every "
    "long text infinite. Add logarithms."
)
def product_of_probabilities(log_probs, text):
    product = log_probs.exp().double().prod()
    return _shared(log_probs, text, perplexity=(product ** (-1 / len(log_probs))).item())


@perplexity_and_bits.misconception(
    "A sign is lost: logarithms of probabilities are below 0, surprise is above. No perplexity is below 1, no bits are "
    "below 0."
)
def sign_lost(log_probs, text):
    perplexity, bits = _perplexity_and_bits(log_probs, text)
    return 1 / perplexity, -bits


@perplexity_and_bits.misconception(
    "A token that the model held impossible is left out, or its probability raised a little. That is the worst guess there "
    "is, and it has vanished from the mean."
)
def impossible_left_out(log_probs, text):
    return _perplexity_and_bits(log_probs[log_probs.isfinite()] if len(log_probs) else log_probs, text)


@perplexity_and_bits.misconception(
    "The first token is left out. Whoever made log_probs has done that already: each of them is a token that was foretold."
)
def first_left_out(log_probs, text):
    if len(log_probs) == 0 or not text:
        raise ValueError("nothing there")
    return _perplexity_and_bits(log_probs[1:], text)


@perplexity_and_bits.misconception(
    "Where there is no token or no character you return something. There is no such mean; a 0, or a nan, would be passed "
    "on and believed."
)
def nothing_is_zero(log_probs, text):
    if len(log_probs) == 0 or not text:
        return 0.0, 0.0
    return _perplexity_and_bits(log_probs, text)


@perplexity_and_bits.misconception(
    "log_probs have been changed: neg_() and *= write into the tensor that you were given. Make a new one."
)
def turned_in_place(log_probs, text):
    result = _perplexity_and_bits(log_probs, text)
    log_probs.neg_()
    return result


@perplexity_and_bits.alternative
def with_plain_python(log_probs, text):
    numbers = log_probs.tolist()
    if not numbers or not text:
        raise ValueError("there is nothing to share")
    nats = -math.fsum(numbers)
    return math.exp(nats / len(numbers)), nats / (math.log(2) * len(text))


@perplexity_and_bits.alternative
def bits_first(log_probs, text):
    if not len(log_probs) or not len(text):
        raise ValueError("empty")
    bits = -log_probs / math.log(2)
    return 2 ** bits.mean(), bits.sum() / len(text)


@perplexity_and_bits.alternative
def through_the_perplexity(log_probs, text):
    if log_probs.numel() == 0 or text == "":
        raise ValueError("empty")
    perplexity = torch.exp(-log_probs.mean())
    return [perplexity, torch.log2(perplexity) * log_probs.numel() / len(text)]


@perplexity_and_bits.alternative
def summed_in_a_loop(log_probs, text):
    if len(log_probs) < 1 or len(text) < 1:
        raise ValueError("empty")
    total = 0.0
    for log_prob in log_probs:
        total -= float(log_prob)
    return torch.tensor([math.exp(total / len(log_probs)), total * math.log2(math.e) / len(text)])
