"""``beam_search(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0) -> [(ids, score), ...]``"""

import heapq
import math
import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import SmallModel
from .parts import _log_probabilities, _score_of


def _continued(model, prompt, running):
    """All continuations of all texts by all tokens that have any probability, best first: (total, text, token)."""
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *ids] for ids, _ in running]))[:, -1]
    totals = torch.tensor([total for _, total in running], dtype=torch.float64)[:, None]
    totals = totals + logits.double().log_softmax(-1)
    best = totals.flatten().sort(descending=True)
    for total, i in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        if total > -math.inf:
            row, token = divmod(i, totals.shape[1])
            yield total, running[row][0], token


def _best_first(finished, beams):
    return sorted(finished, key=lambda text: -text[1])[:beams]


def _beam_search(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    running, finished = [([], 0.0)], []
    for n in range(1, max_new_tokens + 1):
        goes_on = []
        for rank, (total, ids, token) in enumerate(_continued(model, prompt, running)):
            if token == end or n == max_new_tokens:
                if rank < beams:
                    text = ids if token == end else [*ids, token]
                    finished.append((text, total / n**length_penalty))
            elif len(goes_on) < beams:
                goes_on.append(([*ids, token], total))
        if not goes_on:
            break
        running = goes_on
    return _best_first(finished, beams)


beam_search = Task("beam_search", reference=_beam_search)


def _model(vocab, likelier_end=0.0, end=0):
    """A model whose tokens differ enough that no two texts are equally likely; the end token as likely as wanted."""
    model = SmallModel(vocab, 12)
    model.places[:, end] += likelier_end
    return model


def _scene(surprise):
    """A model whose first step after a prompt of two is known, and its tokens: `a` is likelier than `b`, that than `c`.

    The one of this number goes on best, so that it matters whether it may go on. The last token is for prompts.
    """
    tokens = random.sample(range(8), 5)
    model = SmallModel(8, 12)
    with torch.no_grad():
        model.tokens *= 0.02
        model.tokens[tokens[surprise], tokens[3]] += 3
    model.places *= 0.02
    model.places[1, tokens[:3]] += torch.tensor([2.0, 1.6, 1.4])
    return model, tokens


def _scenes(beam_search, length_penalty=0.0):
    """Two steps with two beams. `a` is the end: `c` goes on in its place. Or `c` is: it is not among the best two. Or none."""
    model, (a, _, c, _, rare) = _scene(2)
    return [outcome(lambda end=end: beam_search(model, [rare] * 2, 2, 2, end, length_penalty)) for end in (a, c, None)]


@beam_search.check(
    points=1,
    title="keeps the likeliest of all continuations of all beams",
    hint="At each step every beam is continued by every token, and only then the best of all are kept: several may come "
    "from one beam, and none from another.",
    tolerance=1e-4,
)
def likeliest_of_all(beam_search):
    answers = []
    for beams in (2, 3, 4):
        vocab = random.randint(6, 9)
        model = _model(vocab)
        prompt = [random.randrange(vocab) for _ in range(random.randint(2, 4))]
        answers.append(outcome(lambda m=model, p=prompt, b=beams: beam_search(m, p, 5, b)))
        answers.append(prompt)
    return [*answers, *_scenes(beam_search)[2:]]


@beam_search.check(
    points=1,
    title="lets texts end, and others go on in their place",
    hint="A text that ends is finished if it is among the best of its step. It takes no place from those that go on, and "
    "the search goes on.",
    tolerance=1e-4,
)
def some_end(beam_search):
    answers = []
    for beams, steps, likelier in ((2, 6, 1.5), (3, 6, 1.5), (2, 6, 1.0), (3, 6, 1.0), (2, 3, 0.2), (3, 3, 0.2)):
        vocab = random.randint(6, 8)
        end = random.randrange(vocab)
        model = _model(vocab, likelier, end)
        prompt = [end, *(random.randrange(vocab) for _ in range(2))]
        answers.append(outcome(lambda m=model, p=prompt, s=steps, b=beams, e=end: beam_search(m, p, s, b, end=e)))
    return [*answers, *_scenes(beam_search)]


@beam_search.check(
    points=1,
    title="compares texts of different lengths by their normalised scores",
    hint="Score: the sum of the logarithms, divided by the power of the number of new tokens. The end token is one of them: "
    "it had to be chosen.",
    tolerance=1e-4,
)
def normalised_scores(beam_search):
    answers = []
    for length_penalty in (1.0, 0.5, 2, random.uniform(0.7, 1.5)):
        vocab = random.randint(6, 8)
        model = _model(vocab, 1.5)
        prompt = [random.randrange(vocab) for _ in range(3)]
        answers.append(
            outcome(lambda m=model, p=prompt, a=length_penalty: beam_search(m, p, 5, 3, 0, length_penalty=a))
        )
    return [*answers, *_scenes(beam_search, 1.0)]


@beam_search.check(
    points=1,
    title="with one beam, with more beams than there are texts, and with tokens that have no probability",
    hint="Begin with a single empty text, and never continue by a token whose logarithm is -inf: then there are sometimes "
    "fewer texts than beams, and no two are alike.",
    tolerance=1e-4,
)
def few_and_many(beam_search):
    vocab = random.randint(5, 7)
    prompt = [random.randrange(vocab) for _ in range(2)]
    free, narrow = _model(vocab), _model(vocab)
    allowed = random.sample(range(vocab), 2)
    narrow.places[:, [i for i in range(vocab) if i not in allowed]] = -torch.inf
    ending = _model(vocab)
    ending.places[2:, :] = -torch.inf
    ending.places[2:, 1] = 0.0
    alone, (*_, rare) = _scene(1)
    return {
        "one beam": outcome(lambda: beam_search(alone, [rare] * 2, 2, 1)),
        "one beam, longer": outcome(lambda: beam_search(free, prompt, 6, 1)),
        "many beams": outcome(lambda: beam_search(free, prompt, 2, 40)),
        "one token": outcome(lambda: beam_search(free, prompt, 1, 3)),
        "two words": outcome(lambda: beam_search(narrow, prompt, 3, 6)),
        "two words, one of which ends": outcome(lambda: beam_search(narrow, prompt, 3, 6, allowed[0], 1.0)),
        "soon nothing but the end": outcome(lambda: beam_search(ending, prompt, 8, 3, 1)),
    }


def _searched(
    model,
    prompt,
    max_new_tokens,
    beams,
    end,
    length_penalty,
    *,
    continued=_continued,
    begin=1,
    finish=lambda rank, beams: rank < beams,
    room=lambda goes_on, rank, beams: len(goes_on) < beams,
    length=lambda n, ended, prompt: n,
    with_end=False,
    also_unfinished=True,
    over=lambda finished: False,
):
    """The search with one part exchanged."""
    running, finished = [([], 0.0)] * begin, []
    for n in range(1, max_new_tokens + 1):
        goes_on = []
        for rank, (total, ids, token) in enumerate(continued(model, prompt, running)):
            last = n == max_new_tokens
            if token == end or last:
                if finish(rank, beams) and (also_unfinished or token == end):
                    text = ids if token == end and not with_end else [*ids, token]
                    finished.append((text, _score_of(total, length(n, token == end, prompt), length_penalty)))
            elif room(goes_on, rank, beams):
                goes_on.append(([*ids, token], total))
        if not goes_on or over(finished):
            break
        running = goes_on
    return _best_first(finished, beams)


beam_search.equivalent(
    "_beam_search: 1 -> 2 (2)", reason="after the last step nothing goes on, so there is no further one"
)
beam_search.equivalent("_continued: -1 -> 1 (2)", reason="the logits of the last place have two axes")
for change in (
    "torch.tensor([total for _, total in running], dtype=torch.float64) -> torch.tensor([total for _, total in running])",
    "logits.double() -> logits",
):
    beam_search.equivalent(f"_continued: {change}", reason="float32 is exact enough for a sum of a few logarithms")
for change in (
    "zip(best.values.tolist(), best.indices.tolist(), strict=True) -> zip(best.values.tolist(), best.indices.tolist())",
    "True -> False (2)",
):
    beam_search.equivalent(f"_continued: {change}", reason="each value has its index")


@beam_search.misconception(
    "Each beam goes on with its own best token only, so that they never compete. All continuations of all beams belong in "
    "one list, and the best of that are kept."
)
def each_beam_greedy(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        found = list(_continued(model, prompt, running))
        if running == [([], 0.0)]:
            return found
        best = {}
        for total, ids, token in found:
            best.setdefault(tuple(ids), (total, ids, token))
        return sorted(best.values(), reverse=True)

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception(
    "The search begins with several copies of the empty text. They go on alike, and the same text is found several times."
)
def copies_at_the_beginning(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, begin=max(beams, 2))


@beam_search.misconception(
    "A beam is judged by its newest token alone. What it has paid for the tokens before must be added."
)
def newest_token_alone(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        return _continued(model, prompt, [(ids, 0.0) for ids, _ in running])

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


def _all_by(model, prompt, running, rows):
    """As ``_continued``, with these numbers in place of the logarithms of probabilities."""
    found = [
        (total + number, ids, token)
        for (ids, total), row in zip(running, rows.tolist(), strict=True)
        for token, number in enumerate(row)
        if number > -math.inf
    ]
    return sorted(found, key=lambda text: -text[0])


@beam_search.misconception(
    "Logits are added up. Two places have logits of different sizes, which can only be compared as logarithms of "
    "probabilities."
)
def logits_for_logarithms(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        with torch.no_grad():
            rows = model(torch.tensor([[*prompt, *ids] for ids, _ in running]))[:, -1].double()
        return _all_by(model, prompt, running, rows)

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception(
    "Probabilities are added up. A text's probability is a product; what may be added are logarithms."
)
def probabilities_summed(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        rows = _log_probabilities(model, [[*prompt, *ids] for ids, _ in running]).exp()
        return _all_by(model, prompt, running, rows.masked_fill(rows == 0, -math.inf))

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception(
    "The model reads the new tokens without the prompt: it continues another text than the one that was given."
)
def prompt_forgotten(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        return _continued(model, [] if running[0][0] else prompt, running)

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception("The *least* likely continuations are kept: sorted from the small end.")
def least_likely_beams(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        return list(_continued(model, prompt, running))[::-1]

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception(
    "A text that has ended keeps its place among the beams, and fewer and fewer go on. It should leave its place to "
    "another."
)
def ended_keep_their_place(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(
        model, prompt, max_new_tokens, beams, end, length_penalty, room=lambda goes_on, rank, beams: rank < beams
    )


@beam_search.misconception(
    "One text more than there are beams goes on. Count before you append: `beams` of them, not one more."
)
def one_beam_more(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(
        model,
        prompt,
        max_new_tokens,
        beams,
        end,
        length_penalty,
        room=lambda goes_on, rank, beams: len(goes_on) <= beams,
    )


@beam_search.misconception(
    "Every text that could end is taken as finished, however unlikely. It has to be among the best of its step, like those "
    "that go on."
)
def all_ends_finished(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(
        model, prompt, max_new_tokens, beams, end, length_penalty, finish=lambda rank, beams: rank < beams * beams + 20
    )


@beam_search.misconception("The search stops with the first text that ends. A likelier one may end later.")
def first_end_wins(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, over=lambda finished: bool(finished))


@beam_search.misconception(
    "The end token is a token like any other to you, and texts go on behind it. Nothing follows an end."
)
def on_behind_the_end(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, None, length_penalty)


@beam_search.misconception("The end token stands in the texts that you return. It ends them and is no part of them.")
def end_in_the_text(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, with_end=True)


@beam_search.misconception(
    "The end token costs nothing: its logarithm is not added. To end is a choice with a probability, too."
)
def end_for_free(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        totals = {tuple(ids): total for ids, total in running}
        found = list(_continued(model, prompt, running))
        return [(totals[tuple(ids)] if token == end else total, ids, token) for total, ids, token in found]

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception(
    "The length leaves out the end token, although its logarithm is in the sum. What is summed should be counted."
)
def end_not_counted(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def length(n, ended, prompt):
        return max(n - 1, 1) if ended else n

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, length=length)


@beam_search.misconception("The length counts the prompt's tokens. They have cost nothing.")
def prompt_in_the_length(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def length(n, ended, prompt):
        return n + len(prompt)

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, length=length)


@beam_search.misconception("The scores are not normalised by length: the penalty is not used.")
def never_normalised(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, end, 0.0)


@beam_search.misconception(
    "The scores are always means. Divide by the length to the power of the penalty; its 0th power is 1."
)
def mean_of_each(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, end, 1.0)


@beam_search.misconception(
    "Texts that have not ended when no more tokens are left are thrown away. They are finished, too, by their length."
)
def unfinished_thrown_away(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, also_unfinished=False)


@beam_search.misconception(
    "Texts with a token of probability 0 are among yours, with a score of -inf. What cannot be said is no continuation, "
    "even if there is room for it."
)
def impossible_texts(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    def continued(model, prompt, running):
        rows = _log_probabilities(model, [[*prompt, *ids] for ids, _ in running])
        found = [
            (total + number, ids, token)
            for (ids, total), row in zip(running, rows.tolist(), strict=True)
            for token, number in enumerate(row)
        ]
        return sorted(found, key=lambda text: -text[0])

    return _searched(model, prompt, max_new_tokens, beams, end, length_penalty, continued=continued)


@beam_search.misconception("The texts come worst first. Whoever takes the first one expects the best.")
def worst_first(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _beam_search(model, prompt, max_new_tokens, beams, end, length_penalty)[::-1]


@beam_search.misconception("Only the best text comes back. A list of pairs was asked for, as many as there are beams.")
def best_one_alone(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    return _beam_search(model, prompt, max_new_tokens, beams, end, length_penalty)[0]


@beam_search.misconception("The texts begin with the prompt. Here only the new tokens are asked for.")
def prompt_in_the_text(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    found = _beam_search(model, prompt, max_new_tokens, beams, end, length_penalty)
    return [([*prompt, *ids], score) for ids, score in found]


@beam_search.alternative
def with_topk(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    texts, totals, finished = torch.tensor([prompt]), torch.zeros(1, dtype=torch.float64), []
    for n in range(1, max_new_tokens + 1):
        with torch.no_grad():
            rows = model(texts)[:, -1].double().log_softmax(-1)
        scores = totals[:, None] + rows
        best = scores.flatten().topk(min(2 * beams, scores.numel()))
        kept = []
        for rank, (total, i) in enumerate(zip(best.values, best.indices, strict=True)):
            row, token = int(i) // rows.shape[1], int(i) % rows.shape[1]
            text = torch.cat((texts[row], torch.tensor([token])))
            if total.isinf():
                continue
            if token == end or n == max_new_tokens:
                if rank < beams:
                    new = text[len(prompt) : -1 if token == end else None].tolist()
                    finished.append((new, total.item() / n**length_penalty))
            elif len(kept) < beams:
                kept.append((text, total))
        if not kept:
            break
        texts, totals = torch.stack([text for text, _ in kept]), torch.stack([total for _, total in kept])
    finished.sort(key=lambda pair: pair[1], reverse=True)
    return finished[:beams]


@beam_search.alternative
def text_after_text(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    running, done = {(): 0.0}, []
    for n in range(1, max_new_tokens + 1):
        every = []
        for ids, total in running.items():
            (row,) = _log_probabilities(model, [list(prompt) + list(ids)]).tolist()
            every += [(total + number, (*ids, token)) for token, number in enumerate(row) if number != -math.inf]
        best = heapq.nlargest(2 * beams, every)
        last = n == max_new_tokens
        for total, ids in best[:beams]:
            if ids[-1] == end:
                done.append([list(ids[:-1]), total / n**length_penalty])
            elif last:
                done.append([list(ids), total / n**length_penalty])
        running = {ids: total for total, ids in [text for text in best if text[1][-1] != end][:beams]}
        if not running:
            break
    return heapq.nlargest(beams, done, key=lambda text: text[1])


@beam_search.alternative
def sorted_and_split(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    running, finished = [(0.0, [])], []
    for n in range(1, max_new_tokens + 1):
        candidates = []
        for total, ids in running:
            with torch.no_grad():
                logits = model(torch.tensor([[*prompt, *ids]]))[0, -1].double()
            for token in range(len(logits)):
                step = (logits[token] - logits.logsumexp(0)).item()
                if math.isfinite(step):
                    candidates.append((total + step, [*ids, token]))
        candidates.sort(reverse=True)
        is_over = [ids[-1] == end or n == max_new_tokens for _, ids in candidates]
        for (total, ids), over in list(zip(candidates, is_over, strict=True))[:beams]:
            if over:
                finished.append((ids[:-1] if ids[-1] == end else ids, total / n**length_penalty))
        running = [text for text, over in zip(candidates, is_over, strict=True) if not over][:beams]
        if not running:
            break
    return sorted(finished, key=lambda text: text[1])[::-1][:beams]
