"""``draw(p, generator) -> token``"""

import random
from bisect import bisect_right
from itertools import accumulate

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import Fixed, distribution, unsorted


def _draw(p, generator):
    number = generator.random()
    reached = 0.0
    last_possible = None
    for token, probability in enumerate(p):
        if probability > 0:
            last_possible = token
            reached += probability
            if number < reached:
                return token
    return last_possible


draw = Task("draw", reference=_draw, forbidden=("random.Random.choices", "torch.multinomial"))


@draw.check(
    points=1,
    title="draws the token on whose stretch one number of the generator falls",
    hint="The stretches lie side by side from 0 to 1, token 0 first. Take p = [0.2, 0.3, 0.5]: for 0.1 it is token 0, for 0.4 "
    "token 1, for 0.9 token 2.",
)
def where_the_number_falls(draw):
    p = unsorted(distribution(random.randint(6, 9)))
    generator = random.Random(random.random())
    drawn = outcome(lambda: [draw(list(p), generator) for _ in range(2000)])
    return {"drawn": drawn, "the generator's next number": generator.random()}


@draw.check(
    points=1,
    title="never draws a token of probability 0, and begins a stretch where the one before ends",
    hint="A number that falls exactly on a border belongs to the stretch that begins there. Try p = [0, 0.5, 0, 0.5] with the "
    "numbers 0 and 0.5.",
)
def borders(draw):
    parts = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 3 / 128, 1 / 256, 1 / 256]
    random.shuffle(parts)
    p = []
    for part in parts:
        p += [0.0] * random.randint(1, 2) + [part]
    numbers = [sum(parts[:i]) for i in range(8)] + [i / 64 for i in random.sample(range(64), 12)]
    return outcome(lambda: [draw([*p, 0.0], Fixed([number])) for number in numbers])


@draw.check(
    points=0.5,
    title="finds a token when the probabilities sum to a little less than 1",
    hint="Ten times 0.1 is 0.9999999999999999 to a computer. What does your function say to a number behind the last stretch?",
)
def behind_the_last_stretch(draw):
    number = 1 - 2.0**-53

    def drawn(zeros_behind):
        size = random.randint(8, 12)
        p = [0.0] * random.randint(1, 5) + [(1 - 1e-9) / size] * size + [0.0] * zeros_behind
        return draw(p, Fixed([number]))

    return {
        "the last is possible": outcome(lambda: [drawn(0) for _ in range(9)]),
        "the last is impossible": outcome(lambda: [drawn(random.randint(1, 4)) for _ in range(9)]),
        "a single token": outcome(lambda: draw([1 - 1e-9], Fixed([number]))),
    }


@draw.check(
    points=0.5,
    title="leaves p as it is, and takes no chance from anywhere else",
    hint="Print p after the call. And use no function of the module random: the generator has all the chance there is.",
)
def nothing_else_is_touched(draw):
    p, before = unsorted([0.05, 0.09, 0.14, 0.19, 0.22, 0.31]), random.getstate()
    generator = random.Random(random.random())
    state = random.getstate()
    drawn = outcome(lambda: [draw(p, generator) for _ in range(200)])
    untouched = random.getstate() == state
    random.setstate(before)
    return {"drawn": drawn, "p afterwards": list(p), "chance elsewhere untouched": untouched}


@draw.misconception(
    "Always the most probable token: that is no drawing. A model that writes like this soon says the same thing again and "
    "again."
)
def most_probable(p, generator):
    generator.random()
    return max(range(len(p)), key=p.__getitem__)


@draw.misconception(
    "All tokens are equally likely to be drawn, whatever p says. A token with twice the probability needs twice the room."
)
def all_alike(p, generator):
    return int(generator.random() * len(p))


@draw.misconception(
    "The chance does not come from the generator you were given, but from the module's own. Nobody could draw the same "
    "text again."
)
def chance_of_the_module(p, generator):
    number = random.random()
    return next(token for token, reached in enumerate(accumulate([*p, 1.0])) if number < reached)


@draw.misconception(
    "Your function makes a generator of its own, with the same seed each time: it draws the same number again and again."
)
def a_generator_of_its_own(p, generator):
    return _draw(p, random.Random(0))


@draw.misconception(
    "Each token is asked with a new number. Then a later token has its chance only after all before it have failed, and is "
    "drawn too seldom. One number decides."
)
def a_number_for_each(p, generator):
    for token, probability in enumerate(p):
        if generator.random() < probability:
            return token
    return len(p) - 1


@draw.misconception(
    "The number is compared with each probability by itself. The stretches lie side by side: the second one ends at the sum "
    "of the first two."
)
def not_added_up(p, generator):
    number = generator.random()
    return next((token for token, probability in enumerate(p) if number < probability), len(p) - 1)


@draw.misconception(
    "A number on a border is given to the stretch that ends there. So 0 is given to token 0 even when that one is "
    "impossible, and one day a model says what it holds to be impossible."
)
def borders_to_the_left(p, generator):
    number, last = generator.random(), max(i for i, probability in enumerate(p) if probability > 0)
    return next((token for token, reached in enumerate(accumulate(p)) if number <= reached), last)


@draw.misconception(
    "When the probabilities sum to a little less than 1, a number can fall behind the last stretch, and your function "
    "finds nothing (None, or an error). Sums of floats are hardly ever exact."
)
def nothing_behind_the_end(p, generator):
    number = generator.random()
    for token, reached in enumerate(accumulate(p)):
        if number < reached:
            return token


@draw.misconception(
    "For a number behind the last stretch you return the last token of the list, possible or not. The last one with a "
    "probability above 0 is meant."
)
def last_of_the_list(p, generator):
    number = generator.random()
    return next((token for token, reached in enumerate(accumulate(p)) if number < reached), len(p) - 1)


@draw.misconception("Every token is one too high. Ids, as places in a list, begin with 0.")
def one_too_high(p, generator):
    return _draw(p, generator) + 1


@draw.misconception(
    "The tokens were sorted by their probability, and what comes back is the place in the sorted list. Nobody knows any more "
    "which token that was."
)
def rank_of_the_token(p, generator):
    return _draw(sorted(p, reverse=True), generator)


@draw.misconception(
    "Your stretches begin with the last token. Each has the right length, but for the same number everybody should draw "
    "the same token: begin with token 0."
)
def from_the_end(p, generator):
    return len(p) - 1 - _draw(p[::-1], generator)


@draw.misconception(
    "p has been changed: the sums were written into the list you were given, or it was sorted. Make a new one."
)
def sums_into_p(p, generator):
    token = _draw(p, generator)
    p[:] = accumulate(p)
    return token


@draw.misconception(
    "You draw from a hundred tickets, as many for each token as its percentage, rounded. Rare tokens get none or too many: "
    "use the probabilities as they are."
)
def hundred_tickets(p, generator):
    tickets = [token for token, probability in enumerate(p) for _ in range(round(100 * probability))]
    return tickets[min(int(generator.random() * len(tickets)), len(tickets) - 1)]


@draw.misconception(
    "More numbers are taken from the generator than one. The token may be right, but the next draw is already another one "
    "than everybody else's."
)
def one_number_wasted(p, generator):
    token = _draw(p, generator)
    generator.random()
    return token


@draw.alternative
def what_is_left_of_the_number(p, generator):
    left = generator.random()
    for token, probability in enumerate(p):
        left -= probability
        if left < 0:
            return token
    return max(token for token, probability in enumerate(p) if probability)


@draw.alternative
def looked_up_by_halves(p, generator):
    token = bisect_right(list(accumulate(p)), generator.random())
    while token >= len(p) or p[token] == 0:
        token -= 1
    return token


@draw.alternative
def counting_the_stretches_passed(p, generator):
    number = generator.random()
    possible = [token for token, probability in enumerate(p) if probability > 0]
    ends = [sum(p[: token + 1]) for token in possible]
    return possible[min(sum(number >= end for end in ends), len(possible) - 1)]


@draw.alternative
def while_there_is_a_next_one(p, generator):
    number, token, reached = generator.random(), 0, p[0]
    rest = [0.0] * len(p)
    for i in range(len(p) - 2, -1, -1):
        rest[i] = rest[i + 1] + p[i + 1]
    while number >= reached and rest[token] > 0:
        token += 1
        reached += p[token]
    return token
