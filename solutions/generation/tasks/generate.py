"""``generate(model, prompt, max_new_tokens, choose, end=None) -> ids``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import Chooser, SmallModel
from .parts import _fitting


def _generate(model, prompt, max_new_tokens, choose, end=None):
    if len(prompt) == 0:
        raise ValueError("the prompt has 0 ids; 1 is least")
    if len(prompt) + max_new_tokens > model.config.context:
        raise ValueError(f"{len(prompt)} and {max_new_tokens} tokens are more than {model.config.context}")
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([ids]))[:, -1], ids))
            if new == end:
                break
            ids.append(new)
    return ids


generate = Task("generate", reference=_generate)


def _model(vocab, context):
    """A model whose likeliest token is never 0, so that a text which ends there by mistake is told apart."""
    model = SmallModel(vocab, context)
    model.places[:, 0] = -1000.0
    return model


@generate.check(
    points=1,
    title="appends one chosen token after the other to the prompt",
    hint="Three new tokens after a prompt of two make a text of five. The model reads all of it before each.",
)
def token_after_token(generate):
    vocab = random.randint(25, 35)
    model = _model(vocab, 20)
    long, short = random.sample(range(vocab), 5), random.sample(range(vocab), 1)
    return {
        "long": outcome(lambda: generate(model, long, 10, Chooser())),
        "short": outcome(lambda: generate(model, short, 12, Chooser())),
        "one more": outcome(lambda: generate(model, long, 1, Chooser())),
        "prompts afterwards": [long, short],
    }


@generate.check(
    points=1,
    title="asks choose for each token, with the last place's logits and all ids so far",
    hint="Write down with what choose is called: logits (1, vocab) of the place after which something is to be written, "
    "and the text so far, the prompt too.",
    tolerance=1e-5,
)
def what_choose_is_asked(generate):
    vocab = random.randint(7, 11)
    model = SmallModel(vocab, 16)
    script = [random.randint(1, vocab - 1) for _ in range(30)]
    chooser = Chooser(script)
    prompt = random.sample(range(vocab), 4)
    return {"text": outcome(lambda: generate(model, prompt, 6, chooser)), "asked": chooser.asked}


@generate.check(
    points=1,
    title="stops where the end token is chosen, and does not write it",
    hint="The end token may be any id, also 0. It ends the text when it is *chosen*; in a prompt it means nothing, not even as "
    "its last token.",
)
def end_token(generate):
    vocab = random.randint(9, 14)
    model = SmallModel(vocab, 24)

    def told(end):
        others = [i for i in range(vocab) if i != end]
        script = [*random.choices(others, k=random.randint(2, 4)), end, *random.choices(others, k=30)]
        prompt = [end, *random.choices(others, k=3)]
        chooser = Chooser(script)
        return {
            "later": outcome(lambda: generate(model, prompt, 9, chooser, end)),
            "asked": len(chooser.asked),
            "at once": outcome(lambda: generate(model, prompt, 9, Chooser([end, *script]), end=end)),
            "no end": outcome(lambda: generate(model, prompt, 9, Chooser(script))),
            "behind it": outcome(lambda: generate(model, [end], 9, Chooser(script), end)),
        }

    return {"0": told(0), "another": told(random.randint(1, vocab - 1))}


@generate.check(
    points=1,
    title="refuses what does not fit the context, before the model reads, and fills it to the last place",
    hint="The prompt and all new tokens together may be as many as the context, not one more. And a prompt needs one id, or "
    "there is nothing to read.",
)
def context_is_kept(generate):
    vocab, context = random.randint(6, 9), random.randint(8, 12)
    model = SmallModel(vocab, context)
    prompt = [random.randrange(vocab) for _ in range(5)]
    script = [random.randint(1, vocab - 1) for _ in range(40)]
    answers = {
        "one too many": outcome(lambda: generate(model, prompt, context - 4, Chooser(script))),
        "long prompt": outcome(lambda: generate(model, prompt * 3, 1, Chooser(script))),
        "many new ones": outcome(lambda: generate(model, prompt, 3 * context, Chooser(script), end=script[1])),
        "no prompt": outcome(lambda: generate(model, [], 3, Chooser(script))),
        "read": len(model.calls),
    }
    return answers | {"full": outcome(lambda: generate(model, prompt, context - 5, Chooser(script)))}


@generate.check(
    points=1,
    title="records no gradients while it writes, and leaves them on for others",
    hint="Nothing is learnt here: whatever torch remembers for the way back is memory wasted. torch.no_grad is for a block "
    "or a function; torch.set_grad_enabled(False) is for everybody after you, too.",
)
def without_gradients(generate):
    vocab = random.randint(6, 9)
    model = _model(vocab, 12)
    prompt = [random.randrange(vocab) for _ in range(3)]
    script = [random.randint(1, vocab - 1), 0, *(random.randint(1, vocab - 1) for _ in range(20))]
    text = outcome(lambda: generate(model, prompt, 4, Chooser(script)))
    afterwards = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    return {"text": text, "recorded": any(call["gradients"] for call in model.calls), "on afterwards": afterwards}


def _written(model, prompt, steps, choose, end=None, *, read=lambda ids: ids, place=-1, stops=None):
    """The loop with one part exchanged: what is read, which place's logits are taken, when it stops."""
    ids = _fitting(model, prompt, steps)
    with torch.no_grad():
        for _ in range(steps):
            new = int(choose(model(torch.tensor([read(ids)]))[:, place], ids))
            if new == end if stops is None else stops(new):
                break
            ids.append(new)
    return ids


@generate.misconception(
    "The model reads only the last token each time. It does not remember by itself: without the text before, every word "
    "follows from one."
)
def last_token_read(model, prompt, max_new_tokens, choose, end=None):
    return _written(model, prompt, max_new_tokens, choose, end, read=lambda ids: ids[-1:])


@generate.misconception(
    "The model reads the prompt each time and never what it has written, so that it gives the same answer again and again."
)
def prompt_read_again(model, prompt, max_new_tokens, choose, end=None):
    return _written(model, prompt, max_new_tokens, choose, end, read=lambda ids: list(prompt))


@generate.misconception(
    "The logits are those of the first place. They say what comes after the first token; what comes next stands at the "
    "last place."
)
def first_place(model, prompt, max_new_tokens, choose, end=None):
    return _written(model, prompt, max_new_tokens, choose, end, place=0)


@generate.misconception(
    "choose gets the logits of all places, (1, time, vocab). It should choose for one place, from (1, vocab)."
)
def all_places(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            new = int(torch.as_tensor(choose(model(torch.tensor([ids])), ids)).flatten()[-1])
            if new == end:
                break
            ids.append(new)
    return ids


@generate.misconception(
    "choose gets probabilities. Temperature and cuts work on logits, and a softmax of a softmax makes all tokens almost "
    "alike."
)
def probabilities_passed(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, lambda logits, ids: choose(logits.softmax(-1), ids), end)


@generate.misconception(
    "choose gets only the new ids, without the prompt's. A penalty on repetition would forget what the prompt has said."
)
def prompt_not_told(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, lambda logits, ids: choose(logits, ids[len(prompt) :]), end)


@generate.misconception("choose gets the prompt, and never what has been written since. It should know all ids so far.")
def only_the_prompt_told(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, lambda logits, ids: choose(logits, ids[: len(prompt)]), end)


@generate.misconception("The likeliest token is always taken; choose, which was to decide, is not asked.")
def choose_not_asked(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, lambda logits, ids: logits.argmax(-1), end)


@generate.misconception("Only the new tokens come back. The text begins with its prompt.")
def prompt_lost(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, choose, end)[len(prompt) :]


@generate.misconception("Written is one token too many, or the loop begins to count in the wrong place.")
def one_too_many_written(model, prompt, max_new_tokens, choose, end=None):
    _fitting(model, prompt, max_new_tokens)
    room = min(max_new_tokens + 1, model.config.context - len(prompt))
    ids = _written(model, prompt, room, choose, end)
    if room > max_new_tokens or len(ids) < len(prompt) + room:
        return ids
    return [*ids, int(choose(torch.zeros(1, model.config.vocab_size), ids))]


@generate.misconception("One token is missing: as many as `max_new_tokens` should be written, not one fewer.")
def one_too_few_written(model, prompt, max_new_tokens, choose, end=None):
    _fitting(model, prompt, max_new_tokens)
    return _written(model, prompt, max_new_tokens - 1, choose, end)


@generate.misconception(
    "The text has as many tokens in all as new ones were asked for: the prompt's are not counted among the new ones."
)
def length_of_the_whole(model, prompt, max_new_tokens, choose, end=None):
    _fitting(model, prompt, max_new_tokens)
    return _written(model, prompt, max(0, max_new_tokens - len(prompt)), choose, end)


@generate.misconception(
    "The ids that come back are tensors. A text is a list of numbers; int() makes one of a tensor that holds one."
)
def tensors_in_the_list(model, prompt, max_new_tokens, choose, end=None):
    text = _generate(model, prompt, max_new_tokens, choose, end)
    return [*text[: len(prompt)], *(torch.tensor(i) for i in text[len(prompt) :])]


@generate.misconception(
    "What choose gives is appended as it is, a tensor with one number. A text is a list of numbers: take the number out with "
    "item() or int() before you append it."
)
def choice_appended_as_it_is(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            new = choose(model(torch.tensor([ids]))[:, -1], ids)
            if new == end:
                break
            ids.append(new)
    return ids


@generate.misconception(
    "The prompt that you were given has grown: you append to the caller's own list. Begin with a copy of it."
)
def prompt_grows(model, prompt, max_new_tokens, choose, end=None):
    text = _generate(model, prompt, max_new_tokens, choose, end)
    prompt += text[len(prompt) :]
    return prompt


@generate.misconception("The end token is written into the text. It says that the text is over and is no part of it.")
def end_is_written(model, prompt, max_new_tokens, choose, end=None):
    over = []

    def asked(logits, ids):
        new = choose(logits, ids)
        over.extend([int(new)] if int(new) == end else [])
        return new

    return _generate(model, prompt, max_new_tokens, asked, end) + over


@generate.misconception("Nothing stops at the end token: the model tells on behind the end of its story.")
def never_stops(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, choose)


@generate.misconception(
    "The end token 0 stops nothing. In Python 0 counts as false, so `if end` takes it for none: compare with None."
)
def zero_is_no_end(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, choose, end or None)


@generate.misconception(
    "Without an end token the text ends at id 0 all the same. None means that nothing ends it before its length."
)
def none_ends_at_zero(model, prompt, max_new_tokens, choose, end=None):
    return _generate(model, prompt, max_new_tokens, choose, end or 0)


@generate.misconception(
    "An end token in the *prompt* ends the text before it has begun. A story begins with that very token; only a chosen "
    "one ends it."
)
def end_in_the_prompt(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    return ids if end in ids else _generate(model, prompt, max_new_tokens, choose, end)


@generate.misconception(
    "Whether the text is over is asked of its last token, and before the first choice that is the prompt's. Behind an end "
    "token nothing is written, though every story begins there. Ask it of the token that was chosen."
)
def over_before_it_begins(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    if ids[-1] == end:
        return ids[:-1]
    return _generate(model, prompt, max_new_tokens, choose, end)


@generate.misconception(
    "A prompt that ends with the end token comes back as it is. In a prompt that token means nothing: every story begins "
    "behind it."
)
def nothing_behind_an_end(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    return ids if ids[-1] == end else _generate(model, prompt, max_new_tokens, choose, end)


@generate.misconception(
    "What is too long for the context is cut off at its beginning, and nobody learns that the model has forgotten it. It "
    "should be refused with a ValueError."
)
def beginning_cut_off(model, prompt, max_new_tokens, choose, end=None):
    if not prompt:
        raise ValueError("the prompt is empty")
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            new = int(choose(model(torch.tensor([ids[-model.config.context :]]))[:, -1], ids))
            if new == end:
                break
            ids.append(new)
    return ids


@generate.misconception(
    "A text that fills the context to its last place is refused. As many tokens as the context has are allowed."
)
def full_is_refused(model, prompt, max_new_tokens, choose, end=None):
    if len(prompt) + max_new_tokens >= model.config.context:
        raise ValueError("that is too long")
    return _generate(model, prompt, max_new_tokens, choose, end)


@generate.misconception(
    "Too long a text is noticed only when the model stumbles over it, after all the work. Compare before the first token "
    "is read."
)
def noticed_late(model, prompt, max_new_tokens, choose, end=None):
    if not prompt:
        raise ValueError("the prompt is empty")
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            if len(ids) >= model.config.context:
                raise ValueError("the text has become too long")
            new = int(choose(model(torch.tensor([ids]))[:, -1], ids))
            if new == end:
                break
            ids.append(new)
    return ids


@generate.misconception(
    "An empty prompt is not refused. A model that has read nothing has no last place, and you end in an error that says "
    "nothing about it, or write from nowhere."
)
def empty_prompt(model, prompt, max_new_tokens, choose, end=None):
    if not prompt:
        return []
    return _generate(model, prompt, max_new_tokens, choose, end)


@generate.misconception(
    "Gradients are recorded: torch keeps every number of every step for a way back that nobody will go."
)
def gradients_recorded(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    for _ in range(max_new_tokens):
        new = int(choose(model(torch.tensor([ids]))[:, -1], ids))
        if new == end:
            break
        ids.append(new)
    return ids


@generate.misconception(
    "Gradients are switched off for good. Whoever trains after you wonders why nothing is learnt: switch them off for your "
    "own block only."
)
def gradients_off_for_good(model, prompt, max_new_tokens, choose, end=None):
    text = _generate(model, prompt, max_new_tokens, choose, end)
    torch.set_grad_enabled(False)
    return text


@generate.alternative
def tensor_that_grows(model, prompt, max_new_tokens, choose, end=None):
    if len(prompt) < 1 or len(prompt) + max_new_tokens > model.config.context:
        raise ValueError(f"{len(prompt)} + {max_new_tokens} tokens do not fit")
    ids = torch.tensor(prompt)[None]
    with torch.inference_mode():
        for _ in range(max_new_tokens):
            new = torch.as_tensor(choose(model(ids)[:, -1, :], ids[0].tolist())).reshape(1, 1)
            if end is not None and new.item() == end:
                break
            ids = torch.cat((ids, new), dim=1)
    return ids[0].tolist()


@generate.alternative
def while_there_is_room(model, prompt, max_new_tokens, choose, end=None):
    if not prompt:
        raise ValueError("write something first")
    goal = len(prompt) + max_new_tokens
    if goal > model.config.context:
        raise ValueError(f"{goal} tokens are more than the context of {model.config.context}")
    text = prompt[:]
    while len(text) < goal:
        with torch.no_grad():
            logits = model(torch.as_tensor(text).unsqueeze(0))[0, -1:]
        chosen = choose(logits, tuple(text))
        if chosen.item() == end:
            return text
        text = [*text, chosen.item()]
    return text


@generate.alternative
def also_after_the_last_token(model, prompt, max_new_tokens, choose, end=None):
    ids = _fitting(model, prompt, max_new_tokens)
    with torch.no_grad():
        logits = model(torch.tensor([ids]))[:, -1]
        while len(ids) < len(prompt) + max_new_tokens:
            new = choose(logits, ids).item()
            if new == end:
                break
            ids.append(new)
            logits = model(torch.tensor([ids]))[:, -1]
    return ids


@generate.alternative
def one_by_recursion(model, prompt, max_new_tokens, choose, end=None):
    text = _fitting(model, prompt, max_new_tokens)
    if max_new_tokens == 0:
        return text
    with torch.set_grad_enabled(False):
        new = int(choose(model(torch.tensor([text]))[:, -1], text))
    return text if new == end else one_by_recursion(model, [*text, new], max_new_tokens - 1, choose, end)


@generate.alternative
def detached_model_call(model, prompt, max_new_tokens, choose, end=None):
    text = _fitting(model, prompt, max_new_tokens)
    new = None
    for _ in range(max_new_tokens):
        with torch.no_grad():
            logits = model(torch.tensor(text).view(1, -1))
        (new,) = choose(logits.select(1, len(text) - 1), list(text)).tolist()
        if new == end:
            return text
        text += [new]
    return text
