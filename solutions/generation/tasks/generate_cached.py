"""``generate_cached(model, prompt, max_new_tokens, choose, end=None) -> ids``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import Chooser, SmallModel
from .parts import _fitting


def _generate_cached(model, prompt, max_new_tokens, choose, end=None):
    if len(prompt) == 0:
        raise ValueError("the prompt has 0 ids; 1 is least")
    if len(prompt) + max_new_tokens > model.config.context:
        raise ValueError(f"{len(prompt)} and {max_new_tokens} tokens are more than {model.config.context}")
    ids = list(prompt)
    cache = model.new_cache(len(ids) + max_new_tokens)
    unread = ids
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits = model(torch.tensor([unread]), cache)[:, -1]
            new = int(choose(logits, ids))
            if new == end:
                break
            ids = [*ids, new]
            unread = [new]
    return ids


generate_cached = Task("generate_cached", reference=_generate_cached)


def _told(model, chooser):
    """What the model read until the last choice, and what choose was asked."""
    calls = [(call["ids"], call["before"]) for call in model.calls]
    return {"calls": calls[: len(chooser.asked)], "asked": chooser.asked}


@generate_cached.check(
    points=1,
    title="writes what generate writes",
    hint="Let both write with greedy and compare token by token. Where they part, what had the model read?",
)
def same_text(generate_cached):
    vocab = random.randint(25, 35)
    model = SmallModel(vocab, 24)
    long, short = random.sample(range(vocab), 8), random.sample(range(vocab), 1)
    others = [random.sample(range(vocab), 6) for _ in range(3)]
    return {
        "long": outcome(lambda: generate_cached(model, long, 12, Chooser())),
        "others": [outcome(lambda other=other: generate_cached(model, other, 4, Chooser())) for other in others],
        "short": outcome(lambda: generate_cached(model, short, 14, Chooser())),
        "one more": outcome(lambda: generate_cached(model, long, 1, Chooser())),
        "full": outcome(lambda: generate_cached(model, long, 16, Chooser())),
        "prompts afterwards": [long, short],
    }


@generate_cached.check(
    points=1,
    title="reads each token once: the prompt in one call, then one token a call",
    hint="After the first call the cache knows the prompt. What is there that it does not know?",
    tolerance=1e-5,
)
def each_token_once(generate_cached):
    vocab = random.randint(8, 12)
    model = SmallModel(vocab, 20)
    chooser = Chooser([random.randrange(vocab) for _ in range(40)])
    prompt = random.sample(range(vocab), random.randint(4, 6))
    text = outcome(lambda: generate_cached(model, prompt, 7, chooser))
    return {"text": text, **_told(model, chooser)}


@generate_cached.check(
    points=1,
    title="stops at the end token, refuses what does not fit, and records no gradients",
    hint="Everything else is as in generate: run its tests on this function, too.",
    tolerance=1e-5,
)
def as_generate_does(generate_cached):
    vocab, context = random.randint(8, 12), random.randint(12, 15)
    model = SmallModel(vocab, context)
    others = list(range(1, vocab))
    prompt = [0, *random.choices(others, k=3)]
    script = [*random.choices(others, k=3), 0, *random.choices(others, k=40)]
    answers = {
        "too long": outcome(lambda: generate_cached(model, prompt, context - 3, Chooser(script), 0)),
        "no prompt": outcome(lambda: generate_cached(model, [], 3, Chooser(script))),
        "read before refusal": len(model.calls),
        "ended": outcome(lambda: generate_cached(model, prompt, 7, Chooser(script), end=0)),
        "no end": outcome(lambda: generate_cached(model, prompt, 7, Chooser(script))),
        "behind the end": outcome(lambda: generate_cached(model, [0], 7, Chooser(script), end=0)),
    }
    afterwards = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    recorded = [call["gradients"] for call in model.calls[:3]]
    return answers | {"recorded": recorded, "gradients on afterwards": afterwards}


@generate_cached.check(
    points=1,
    title="begins each text with an empty cache",
    hint="Write two texts one after the other, then the second one alone. Does it come out the same?",
    tolerance=1e-5,
)
def nothing_left_over(generate_cached):
    vocab = random.randint(8, 12)
    model = SmallModel(vocab, 16)
    chooser = Chooser([random.randrange(vocab) for _ in range(60)])
    prompts = [random.sample(range(vocab), 3) for _ in range(3)]
    texts = [outcome(lambda prompt=prompt: generate_cached(model, prompt, 4, chooser)) for prompt in prompts]
    return {"texts": texts, "asked": chooser.asked}


def _cached(model, prompt, steps, choose, end=None, *, first=lambda ids: ids, later=lambda ids: ids[-1:], place=-1):
    """The loop with a cache and one part exchanged: what is read first, what later, which place's logits are taken."""
    ids = _fitting(model, prompt, steps)
    with torch.no_grad():
        cache = model.new_cache(model.config.context)
        for step in range(steps):
            unread = later(ids) if step else first(ids)
            new = int(choose(model(torch.tensor([unread]), cache)[:, place], ids))
            if new == end:
                break
            ids.append(new)
    return ids


generate_cached.equivalent("_generate_cached: list(prompt) -> prompt", reason="nothing is written into the list")


@generate_cached.misconception("Right, but without a cache: the whole text is read again for each token.")
def no_cache(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([ids]))[:, -1], ids))
            if new == end:
                break
            ids.append(new)
    return ids


@generate_cached.misconception(
    "There is a cache, and still the whole text is read each time. The model takes it for *new* tokens behind those it "
    "knows, and soon there is no room."
)
def whole_text_again(model, prompt, max_new_tokens, choose, end=None):
    return _cached(model, prompt, max_new_tokens, choose, end, later=lambda ids: ids)


@generate_cached.misconception(
    "Of the prompt only the last token is read. Nothing is in the cache yet: the model has never seen what comes before it."
)
def prompt_not_read(model, prompt, max_new_tokens, choose, end=None):
    return _cached(model, prompt, max_new_tokens, choose, end, first=lambda ids: ids[-1:])


@generate_cached.misconception(
    "The prompt's last token is read twice: once with the prompt and once more before the first new token. Then it stands "
    "in the text two times."
)
def last_of_prompt_twice(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        cache = model.new_cache(model.config.context + 1)
        model(torch.tensor([ids]), cache)
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([ids[-1:]]), cache)[:, -1], ids))
            if new == end:
                break
            ids.append(new)
    return ids


@generate_cached.misconception(
    "Each step reads the last two tokens, one of which the cache already holds. Only what is new should be read."
)
def two_tokens_each(model, prompt, max_new_tokens, choose, end=None):
    return _cached(model, prompt, max_new_tokens, choose, end, later=lambda ids: ids[-2:])


@generate_cached.misconception(
    "Behind the prompt every token is read with an empty cache or with none, as if it stood at the beginning of a text. One "
    "cache serves for all of it."
)
def cache_made_anew(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        unread = ids
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([unread]), model.new_cache(len(ids)))[:, -1], ids))
            if new == end:
                break
            ids, unread = [*ids, new], [new]
    return ids


@generate_cached.misconception(
    "The prompt is read token by token. All of it is known at once, and one call for all is much faster than many."
)
def prompt_in_pieces(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        cache = model.new_cache(model.config.context)
        for i in ids[:-1]:
            model(torch.tensor([[i]]), cache)
    unread = ids[-1:]
    for _ in range(max_new_tokens):
        with torch.no_grad():
            new = int(choose(model(torch.tensor([unread]), cache)[:, -1], ids))
        if new == end:
            break
        ids, unread = [*ids, new], [new]
    return ids


@generate_cached.misconception(
    "After the prompt the logits of its first place are taken. What comes next stands at the last place of what was read."
)
def first_place_of_the_prompt(model, prompt, max_new_tokens, choose, end=None):
    return _cached(model, prompt, max_new_tokens, choose, end, place=0)


@generate_cached.misconception("The cache has room for the new tokens only. The prompt goes into it as well.")
def room_for_new_ones_only(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        cache, unread = model.new_cache(max_new_tokens), ids
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([unread]), cache)[:, -1], ids))
            if new == end:
                break
            ids, unread = [*ids, new], [new]
    return ids


@generate_cached.misconception(
    "choose is told the new token alone, as the model is. The model has a cache to remember the rest; choose has not, and "
    "needs all ids so far."
)
def newest_told(model, prompt, max_new_tokens, choose, end=None):
    return _generate_cached(
        model, prompt, max_new_tokens, lambda logits, ids: choose(logits, ids if ids == list(prompt) else ids[-1:]), end
    )


_KEPT = {}


@generate_cached.misconception(
    "The cache outlives its text: the next one begins behind the last, and is told by a model that still has the other "
    "in mind."
)
def cache_never_emptied(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    if _KEPT.get("model") is not model:
        _KEPT.update(model=model, cache=model.new_cache(10_000))
    with torch.no_grad():
        unread = ids
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([unread]), _KEPT["cache"])[:, -1], ids))
            if new == end:
                break
            ids, unread = [*ids, new], [new]
    return ids


@generate_cached.misconception("The end token is written before the loop ends. It belongs to no text.")
def end_kept_in_text(model, prompt, max_new_tokens, choose, end=None):
    over = []

    def asked(logits, ids):
        new = choose(logits, ids)
        over.extend([int(new)] if int(new) == end else [])
        return new

    return _generate_cached(model, prompt, max_new_tokens, asked, end) + over


@generate_cached.misconception(
    "Whether the text is over is asked of its last token, and before the first choice that is the prompt's. Every story "
    "begins behind an end token: ask it of the token that was chosen."
)
def over_before_the_first_choice(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    if ids[-1] == end:
        return ids[:-1]
    return _generate_cached(model, prompt, max_new_tokens, choose, end)


@generate_cached.misconception(
    "What does not fit is met only when the cache is full. Refuse it at the beginning, as generate does."
)
def noticed_when_full(model, prompt, max_new_tokens, choose, end=None):
    if not prompt:
        raise ValueError("the prompt is empty")
    ids, unread, cache = list(prompt), list(prompt), model.new_cache(model.config.context)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([unread]), cache)[:, -1], ids))
            if new == end:
                break
            ids, unread = [*ids, new], [new]
    return ids


@generate_cached.misconception(
    "Gradients are recorded along with the cache, which grows a chain through all steps and holds on to every number."
)
def chain_recorded(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    cache, unread = model.new_cache(len(ids) + max_new_tokens), ids
    for _ in range(max_new_tokens):
        new = int(choose(model(torch.tensor([unread]), cache)[:, -1], ids))
        if new == end:
            break
        ids, unread = [*ids, new], [new]
    return ids


@generate_cached.misconception("The prompt that you were given has grown by what was written: work on a copy.")
def prompt_grows_along(model, prompt, max_new_tokens, choose, end=None):
    text = _generate_cached(model, prompt, max_new_tokens, choose, end)
    prompt[:] = text
    return text


@generate_cached.alternative
def read_ahead(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.inference_mode():
        cache = model.new_cache()
        logits = model(torch.tensor(ids)[None], cache)[:, -1]
        for count in range(1, max_new_tokens + 1):
            new = choose(logits, ids).item()
            if new == end:
                break
            ids.append(new)
            if count < max_new_tokens:
                logits = model(torch.tensor([[new]]), cache)[:, -1]
    return ids


@generate_cached.alternative
def also_the_last_one(model, prompt, max_new_tokens, choose, end=None):
    if not prompt or len(prompt) + max_new_tokens > model.config.context:
        raise ValueError("that does not fit")
    cache = model.new_cache(len(prompt) + max_new_tokens)
    with torch.no_grad():
        text, logits = list(prompt), model(torch.tensor([prompt]), cache)
        while len(text) < len(prompt) + max_new_tokens:
            (new,) = choose(logits[:, -1], list(text)).tolist()
            if end is not None and new == end:
                return text
            text.append(new)
            logits = model(torch.tensor([[new]]), cache)
    return text


@generate_cached.alternative
def tensor_of_what_is_new(model, prompt, max_new_tokens, choose, end=None):
    text = torch.tensor([_fitting(model, prompt, max_new_tokens)])
    cache, read = model.new_cache(model.config.context), 0
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits = model(text[:, read:], cache)[0, -1:]
            read = text.shape[1]
            new = choose(logits, text[0].tolist())
            if int(new) == end:
                break
            text = torch.cat((text, new.view(1, 1)), dim=1)
    return text.flatten().tolist()
