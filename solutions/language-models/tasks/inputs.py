"""What the probes of all tasks draw their texts, counts and chances from."""

import random


def distribution(size, chance=random):
    """Probabilities for some tokens; no two are alike and none is tiny."""
    weights = [0.2 + 2 * chance.random() for _ in range(size)]
    return [weight / sum(weights) for weight in weights]


def unsorted(numbers):
    """The numbers in an order that neither rises nor falls, turned at random."""
    ranked = sorted(numbers)
    mixed = ranked[1::2] + ranked[::2]
    return mixed if random.random() < 0.5 else mixed[::-1]


def counted(tokens, most=9):
    """How often some tokens followed: no two equally often, and in shares that a few digits cannot write."""
    while True:
        times = random.sample(range(1, most + len(tokens)), len(tokens))
        if sum(times) % 7 == 0:
            return dict(zip(tokens, times, strict=True))


def model_of(vocab_size):
    """A model that answers every past, however long, with a distribution of its own, always the same one."""
    salt = random.random()

    def model(past):
        hash(past)  # who counts by pasts cannot look up a list
        return distribution(vocab_size, random.Random(repr((salt, tuple(map(int, past))))))

    return model


class Fixed(random.Random):
    """A generator whose numbers are known beforehand."""

    def __init__(self, numbers):
        super().__init__(0)
        self.numbers = iter(numbers)

    def random(self):
        return next(self.numbers)
