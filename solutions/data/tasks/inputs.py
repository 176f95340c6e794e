"""What the probes of several tasks share: ids to work on."""

import random


def some_ids(count, high=5000):
    """Ids above 0, no two of them equal: one that stands at a wrong place shows."""
    return random.sample(range(1, high), count)
