"""``text_score(model, prompt, continuation, length_penalty=0.0) -> score``"""

import math
import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import SmallModel
from .parts import _log_probabilities, _score_of


def _text_score(model, prompt, continuation, length_penalty=0.0):
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *continuation]]))[0, :-1]
    chances = logits.double().log_softmax(-1)[len(prompt) - 1 :]
    total = chances[torch.arange(len(continuation)), torch.tensor(continuation)].sum().item()
    return total / len(continuation) ** length_penalty


text_score = Task("text_score", reference=_text_score)


def _two_texts(vocab):
    return [random.randrange(vocab) for _ in range(random.randint(3, 4))], [
        random.randrange(vocab) for _ in range(random.randint(5, 7))
    ]


@text_score.check(
    points=1,
    title="adds up the logarithms of the probabilities of the new tokens, each after what stands before it",
    hint="Do it by hand for a continuation of one token, then of two. The place after which a token comes is the one before "
    "its own.",
    tolerance=1e-4,
)
def sum_of_logarithms(text_score):
    vocab = random.randint(6, 9)
    model = SmallModel(vocab, 14)
    prompt, continuation = _two_texts(vocab)
    return {
        "several": outcome(lambda: text_score(model, prompt, continuation)),
        "one": outcome(lambda: text_score(model, prompt, continuation[:1])),
        "after one": outcome(lambda: text_score(model, prompt[:1], continuation)),
        "afterwards": [prompt, continuation],
    }


@text_score.check(
    points=1,
    title="divides by a power of the number of new tokens",
    hint="With a length penalty of 1 the score is the mean of the logarithms, with 0 their sum. The prompt is not counted.",
    tolerance=1e-4,
)
def normalised_by_length(text_score):
    vocab = random.randint(6, 9)
    model = SmallModel(vocab, 14)
    prompt, continuation = _two_texts(vocab)
    penalties = (1.0, 2, random.uniform(0.3, 0.8), -0.5)
    return [outcome(lambda a=a: text_score(model, prompt, continuation, a)) for a in penalties] + [
        outcome(lambda: text_score(model, prompt, continuation[:1], length_penalty=0.7))
    ]


@text_score.check(
    points=1,
    title="stays a finite number for the unlikeliest of texts, in one reading and without gradients",
    hint="The product of many small probabilities is 0 for a computer, and its logarithm -inf. Where can the logarithm be "
    "taken, so that this does not happen?",
    tolerance=1e-4,
)
def unlikely_texts(text_score):
    vocab = random.randint(6, 9)
    model = SmallModel(vocab, 150)
    with torch.no_grad():
        model.tokens *= 80
    long = [random.randrange(vocab) for _ in range(130)]
    answers = {"long": outcome(lambda: text_score(model, long[:15], long[15:], 0.5))}
    with torch.no_grad():
        model.tokens[:] = -150.0
        model.tokens[:, 0] = 150.0
    unlikely = [random.randint(1, vocab - 1) for _ in range(6)]
    answers["unlikely"] = outcome(lambda: text_score(model, unlikely[:1], unlikely[1:]))
    answers["readings"] = [(len(call["ids"]), call["gradients"]) for call in model.calls]
    return answers


def _logits_of(model, prompt, continuation):
    """The logits at each place of the whole text."""
    with torch.no_grad():
        return model(torch.tensor([[*prompt, *continuation]]))[0].double()


def _picked(chances, ids):
    return chances[torch.arange(len(ids)), torch.tensor(ids)]


text_score.equivalent("_text_score: 0 -> -1", reason="one text is read: the first is the last")
text_score.equivalent("_text_score: :-1 -> :", reason="the last place is never looked up")
text_score.equivalent(
    "_text_score: logits.double() -> logits", reason="float32 is exact enough for a sum of a few logarithms"
)
text_score.equivalent("_text_score: -1 -> 1 (2)", reason="the logits of one text have two axes")
text_score.equivalent(
    "_text_score: torch.tensor(continuation) -> continuation", reason="a list of ids can be an index, too"
)


@text_score.misconception(
    "Each token is looked up at its own place, where the model has already read it and tells what comes *after* it. What "
    "foretold it stands one place before."
)
def own_place(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).log_softmax(-1)[len(prompt) :]
    return _score_of(_picked(chances, continuation).sum().item(), len(continuation), length_penalty)


@text_score.misconception(
    "The prompt's tokens are added, too. They were given and not chosen: only the continuation is scored."
)
def prompt_counted(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).log_softmax(-1)[:-1]
    total = _picked(chances, [*prompt, *continuation][1:]).sum().item()
    return _score_of(total, len(continuation), length_penalty)


@text_score.misconception("The first token of the continuation is left out. The prompt's last place foretells it.")
def first_left_out(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).log_softmax(-1)[len(prompt) : -1]
    return _score_of(_picked(chances, continuation[1:]).sum().item(), len(continuation), length_penalty)


@text_score.misconception("The last token of the continuation is left out: every new token counts.")
def last_left_out(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).log_softmax(-1)[len(prompt) - 1 : -2]
    return _score_of(_picked(chances, continuation[:-1]).sum().item(), len(continuation), length_penalty)


@text_score.misconception("Only the last token is scored. A text is as likely as all of its tokens in a row.")
def last_alone(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).log_softmax(-1)[-2]
    return _score_of(chances[continuation[-1]].item(), len(continuation), length_penalty)


@text_score.misconception(
    "Logits are added up. They are no logarithms of probabilities yet: those of one place do not make 1 together."
)
def bare_logits(model, prompt, continuation, length_penalty=0.0):
    logits = _logits_of(model, prompt, continuation)[len(prompt) - 1 : -1]
    return _score_of(_picked(logits, continuation).sum().item(), len(continuation), length_penalty)


@text_score.misconception("Probabilities are added up, where their logarithms should be.")
def probabilities_added(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).softmax(-1)[len(prompt) - 1 : -1]
    return _score_of(_picked(chances, continuation).sum().item(), len(continuation), length_penalty)


@text_score.misconception("The sign is turned around: this is the surprise, not the logarithm of the probability.")
def surprise_instead(model, prompt, continuation, length_penalty=0.0):
    return -_text_score(model, prompt, continuation, length_penalty)


@text_score.misconception("The logarithm is that of base 2. These are bits; the formula has ln, which counts in nats.")
def in_bits(model, prompt, continuation, length_penalty=0.0):
    return _text_score(model, prompt, continuation, length_penalty) / math.log(2)


@text_score.misconception(
    "Always the mean. With a length penalty of 0 the score should be the sum, which is the logarithm of the text's "
    "probability."
)
def mean_always(model, prompt, continuation, length_penalty=0.0):
    return _text_score(model, prompt, continuation, 1.0)


@text_score.misconception("The length penalty is not used.")
def penalty_not_used(model, prompt, continuation, length_penalty=0.0):
    return _text_score(model, prompt, continuation)


@text_score.misconception(
    "The length is multiplied with the penalty. It is a power: 0 makes 1 of every length, and 1 leaves it as it is."
)
def length_times_penalty(model, prompt, continuation, length_penalty=0.0):
    total = _text_score(model, prompt, continuation)
    return total / (len(continuation) * length_penalty) if length_penalty else total


@text_score.misconception("The length counts the prompt, too. A long prompt would make every continuation look better.")
def whole_length(model, prompt, continuation, length_penalty=0.0):
    return _text_score(model, prompt, continuation) / (len(prompt) + len(continuation)) ** length_penalty


@text_score.misconception("The sum is multiplied by the power of the length. Longer texts then pay twice.")
def multiplied_by_the_power(model, prompt, continuation, length_penalty=0.0):
    return _text_score(model, prompt, continuation) * len(continuation) ** length_penalty


@text_score.misconception(
    "Unlikely texts get -inf: probabilities so small that they are rounded to 0 were made before their logarithm. Take both "
    "in one step."
)
def rounded_to_zero(model, prompt, continuation, length_penalty=0.0):
    chances = _logits_of(model, prompt, continuation).float().softmax(-1)[len(prompt) - 1 : -1]
    return _score_of(_picked(chances, continuation).log().sum().item(), len(continuation), length_penalty)


@text_score.misconception("A tensor comes out. The score is a number: item() takes it out of a tensor that holds one.")
def tensor_comes_out(model, prompt, continuation, length_penalty=0.0):
    return torch.tensor(_text_score(model, prompt, continuation, length_penalty), dtype=torch.float64)


@text_score.misconception(
    "The text is read anew for each of its tokens. One reading gives the logits of all places at once."
)
def read_for_each_token(model, prompt, continuation, length_penalty=0.0):
    total, text = 0.0, list(prompt)
    for i in continuation:
        total += _log_probabilities(model, [text])[0, i].item()
        text.append(i)
    return _score_of(total, len(continuation), length_penalty)


@text_score.misconception("Gradients are recorded: nothing is learnt from a score, and they cost memory.")
def score_with_gradients(model, prompt, continuation, length_penalty=0.0):
    chances = model(torch.tensor([[*prompt, *continuation]]))[0].log_softmax(-1)[len(prompt) - 1 : -1]
    return _score_of(_picked(chances, continuation).sum().item(), len(continuation), length_penalty)


@text_score.alternative
def through_cross_entropy(model, prompt, continuation, length_penalty=0.0):
    ids = torch.tensor(list(prompt) + list(continuation))
    with torch.no_grad():
        logits = model(ids[None, :-1])[0, len(prompt) - 1 :]
    loss = torch.nn.functional.cross_entropy(logits.double(), ids[len(prompt) :], reduction="sum")
    return -loss.item() / len(continuation) ** length_penalty


@text_score.alternative
def through_gather(model, prompt, continuation, length_penalty=0.0):
    with torch.inference_mode():
        logits = model(torch.tensor([list(prompt) + list(continuation)]))
        chances = logits.log_softmax(-1)[:, len(prompt) - 1 : -1]
        each = chances.gather(2, torch.tensor(continuation).view(1, -1, 1))
    return float(each.double().sum()) * len(continuation) ** -length_penalty


@text_score.alternative
def minus_the_logarithm_of_the_sum(model, prompt, continuation, length_penalty=0.0):
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *continuation]]))[0].double()
    total = 0.0
    for place, i in enumerate(continuation, start=len(prompt) - 1):
        total += (logits[place, i] - logits[place].logsumexp(0)).item()
    return total / math.pow(len(continuation), length_penalty)


@text_score.alternative
def summed_by_python(model, prompt, continuation, length_penalty=0.0):
    with torch.no_grad():
        rows = model(torch.tensor([[*prompt, *continuation]]))[0, :-1].double().log_softmax(-1).tolist()
    total = math.fsum(rows[len(prompt) - 1 + n][i] for n, i in enumerate(continuation))
    return total if length_penalty == 0 else total / len(continuation) ** length_penalty
