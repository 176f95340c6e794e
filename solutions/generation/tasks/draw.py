"""``draw(logits, generators) -> ids``"""

import math
import random

import torch

from lmcore import choosing
from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import ranked
from .parts import _chosen_or_refused, _ends, _needles, _one_for_each

draw = Task("draw", reference=choosing.draw, forbidden=("torch.multinomial",))

ROWS = 40  # a mistake that changes one draw in three shows in every forty


def _seeded(count):
    return [torch.Generator().manual_seed(random.randrange(2**31)) for _ in range(count)]


def _next_numbers(generators):
    return [torch.rand(1, generator=generator, dtype=torch.float64).item() for generator in generators]


@draw.check(
    points=2,
    title="draws the token into whose part of the line the needle falls",
    hint="Do it by hand: softmax, where each part ends, one number of torch.rand, and count the ends that lie at or "
    "before it. The number is a float64.",
)
def needle_falls(draw):
    n = random.randint(6, 12)
    logits = ranked(ROWS, n)
    logits *= 1.5 / logits.std()
    generators = _seeded(ROWS)
    again = _seeded(1)[0]
    return {
        "many rows": outcome(lambda: draw(logits, generators)),
        "one after the other": [outcome(lambda: draw(logits[:1], [again])) for _ in range(30)],
        "as many rows as tokens": outcome(lambda: draw(logits[:n, :n], _seeded(n))),
        "doubles": outcome(lambda: draw(logits[:8].double(), _seeded(8))),
        "one token": outcome(lambda: draw(logits[:3, :1], _seeded(3))),
    }


@draw.check(
    points=1,
    title="takes one number from each row's own generator, and none from anywhere else",
    hint="Other rows, and other code that draws by chance, should not change what a row gets. Look at which generator "
    "each of your numbers comes from.",
)
def own_generators(draw):
    logits = ranked(ROWS, 8)
    logits *= 1.5 / logits.std()
    seeds = [random.randrange(2**31) for _ in range(ROWS)]
    rows = [torch.Generator().manual_seed(seed) for seed in seeds]
    alone = torch.Generator().manual_seed(seeds[7])
    before = torch.random.get_rng_state()
    drawn = outcome(lambda: draw(logits, rows))
    single = outcome(lambda: draw(logits[7:8], [alone]))
    return {
        "drawn": drawn,
        "alone": single,
        "next numbers": _next_numbers([*rows, alone]),
        "global generator untouched": torch.equal(before, torch.random.get_rng_state()),
        "too few": outcome(lambda: draw(logits, _seeded(ROWS - 1))),
        "too many": outcome(lambda: draw(logits[:2], _seeded(3))),
    }


@draw.check(
    points=1,
    title="never draws a forbidden token, refuses rows without any other, takes large logits, and changes none",
    hint="A token with -inf has a part of no length. Which ends lie at or before a needle that falls right behind it? And "
    "what line can be made of a row with nan, or of one with nothing but -inf?",
)
def forbidden_never_drawn(draw):
    n = random.randint(6, 9)
    logits = ranked(ROWS, n)
    logits[:, random.randrange(2)] = -torch.inf
    logits[:, n - 1] = -torch.inf
    lone = torch.full((3, n), -torch.inf)
    lone[torch.arange(3), torch.randint(n, (3,))] = random.uniform(-3, 3)
    large = logits + 300 * torch.randint(1, 4, (ROWS, 1))
    broken, empty = lone.clone(), lone.clone()
    broken[random.randrange(3), random.randrange(n)] = torch.nan
    empty[random.randrange(3)] = -torch.inf
    return {
        "drawn": outcome(lambda: draw(logits, _seeded(ROWS))),
        "one allowed": outcome(lambda: draw(lone, _seeded(3))),
        "large": outcome(lambda: draw(large.double(), _seeded(ROWS))),
        "a nan": outcome(lambda: draw(broken, _seeded(3))),
        "nothing allowed": outcome(lambda: draw(empty, _seeded(3))),
        "afterwards": [logits, lone],
    }


def _under(ends, needles):
    """The token under each needle, where every line has an end."""
    if ends.isnan().any():
        raise ValueError("a row has a nan or no token that is allowed")
    return (ends <= needles[:, None]).sum(-1)


draw.unasked("draw: check_logits(logits)", reason="learners are given logits (batch, vocab)")
draw.equivalent("draw: 1 -> 0 (3)", reason="a softmax with nan is nan throughout, at its first place, too")
for change in ("enumerate(logits) -> logits", "numbers.isnan() -> numbers"):
    draw.equivalent(f"_explain: {change}", reason="it raises a ValueError, too, and messages are not graded")
for change in ("-1 -> 1", "-1 -> 1 (2)", "-1 -> 1 (5)"):
    draw.equivalent(f"draw: {change}", reason="logits have two axes: the last one is axis 1")
for change in (
    "logits.cpu() -> logits",
    "(ends <= points[:, None] * ends[:, -1:]).sum(-1).to(logits.device) -> (ends <= points[:, None] * ends[:, -1:]).sum(-1)",
):
    draw.equivalent(f"draw: {change}", reason="all is on the CPU")
draw.equivalent(
    "draw: logits.cpu().double() -> logits.cpu()", reason="of ten million needles one falls where it makes a difference"
)
for change in (
    "ends <= points[:, None] * ends[:, -1:] -> ends < points[:, None] * ends[:, -1:]",
    "points[:, None] * ends[:, -1:] -> points[:, None] / ends[:, -1:]",
    "points[:, None] * ends[:, -1:] -> points[:, None]",
):
    draw.equivalent(f"draw: {change}", reason="no needle that can be drawn falls so near to an end")


@draw.misconception(
    "The numbers come from the computer's common source of chance and not from the generators. The same seed does not "
    "give the same text, and other code disturbs it."
)
def common_chance(logits, generators):
    _one_for_each(logits, generators)
    return _under(_ends(logits), torch.rand(len(logits), dtype=torch.float64))


@draw.misconception(
    "One generator draws for all rows. What a text gets then depends on which others are written beside it."
)
def first_generator_for_all(logits, generators):
    _one_for_each(logits, generators)
    needles = torch.rand(len(logits), generator=generators[0], dtype=torch.float64)
    return _under(_ends(logits), needles)


@draw.misconception("One needle falls for all rows. Texts that are alike so far would go on alike for ever.")
def one_needle_for_all(logits, generators):
    _one_for_each(logits, generators)
    return _under(_ends(logits), _needles(generators)[:1].expand(len(logits)))


@draw.misconception(
    "A generator is set back to its seed at each call, so that it gives its first number again and again. It should go "
    "on from where it is."
)
def set_back_each_time(logits, generators):
    _one_for_each(logits, generators)
    return _under(_ends(logits), _needles([g.manual_seed(g.initial_seed()) for g in generators]))


@draw.misconception(
    "The needle is a float32: another number, made of fewer bits, than the float64 that the step asks for. Equal seeds "
    "then write different texts."
)
def short_needle(logits, generators):
    _one_for_each(logits, generators)
    needles = torch.cat([torch.rand(1, generator=generator) for generator in generators])
    return _under(_ends(logits), needles.double())


@draw.misconception(
    "More than one number is taken from a generator at a time. The next token of that text gets another needle than it "
    "should."
)
def needles_wasted(logits, generators):
    _one_for_each(logits, generators)
    drawn = _under(_ends(logits), _needles(generators))
    _needles(generators)
    return drawn


@draw.misconception(
    "A column of ids comes out, (batch, 1). The needles may stand in a column, the drawn ids in a row: (batch,)."
)
def column_of_ids(logits, generators):
    _one_for_each(logits, generators)
    _chosen_or_refused(logits)
    return torch.searchsorted(_ends(logits), _needles(generators)[:, None], right=True)


@draw.misconception("Nothing is drawn: the likeliest token is taken, however likely the others are.")
def likeliest_taken(logits, generators):
    _one_for_each(logits, generators)
    _needles(generators)
    return logits.argmax(-1)


@draw.misconception("All tokens are drawn equally often: the length of a part should be the token's probability.")
def all_alike(logits, generators):
    _one_for_each(logits, generators)
    return (_needles(generators) * logits.shape[-1]).long()


@draw.misconception(
    "The line is made of logits and not of probabilities. They can be negative, and sum to anything; softmax comes first."
)
def line_of_logits(logits, generators):
    _one_for_each(logits, generators)
    return _under(logits.double().cumsum(-1), _needles(generators)).clamp(max=logits.shape[-1] - 1)


@draw.misconception(
    "The probabilities of each token sum to 1 over the texts. Each row is a line of its own, of length 1."
)
def line_over_the_texts(logits, generators):
    _one_for_each(logits, generators)
    ends = logits.double().softmax(0).cumsum(-1)
    return _under(ends, _needles(generators)).clamp(max=logits.shape[-1] - 1)


@draw.misconception(
    "The needle is compared with the parts themselves and not with where they end. Put them one behind the other: the "
    "running sum says where each one ends."
)
def not_added_up(logits, generators):
    _one_for_each(logits, generators)
    shares = logits.double().softmax(-1)
    return _under(shares, _needles(generators)).clamp(max=logits.shape[-1] - 1)


@draw.misconception(
    "The token that comes out stands one place beside the right one. Ids count from 0: with no end before the needle it "
    "is token 0."
)
def one_beside(logits, generators):
    _one_for_each(logits, generators)
    return (_under(_ends(logits), _needles(generators)) - 1).clamp(min=0)


@draw.misconception(
    "The probabilities were sorted first, and the place in that order came out. Its token is another one; the line needs "
    "no sorting."
)
def place_in_the_order(logits, generators):
    _one_for_each(logits, generators)
    return _under(_ends(logits.sort(dim=-1, descending=True).values), _needles(generators))


@draw.misconception(
    "Fewer or more generators than rows are taken without a word, and some rows get nothing or another's chance."
)
def some_without(logits, generators):
    count = min(len(logits), len(generators))
    return _under(_ends(logits[:count]), _needles(generators[:count]))


@draw.misconception(
    "Forbidden tokens are drawn, or nan spoils the row: -inf was replaced by 0 or by something else that has a "
    "probability."
)
def forbidden_drawn(logits, generators):
    _one_for_each(logits, generators)
    return _under(_ends(logits.nan_to_num(neginf=0.0)), _needles(generators))


@draw.misconception(
    "Large logits overflow, and the whole row is nan. torch's softmax subtracts the largest number first."
)
def exponentials_overflow(logits, generators):
    _one_for_each(logits, generators)
    ends = logits.double().exp().cumsum(-1)
    return _under(ends / ends[:, -1:], _needles(generators)).clamp(max=logits.shape[-1] - 1)


@draw.misconception(
    "A row of which no line can be made, with nan or with nothing but -inf, gets a token all the same. A comparison with "
    "nan is False, and so the count of ends is 0: the first token."
)
def broken_row_gets_a_token(logits, generators):
    _one_for_each(logits, generators)
    return (_ends(logits) <= _needles(generators)[:, None]).sum(-1)


@draw.alternative
def through_searchsorted(logits, generators):
    if len(generators) != len(logits):
        raise ValueError("each row has a generator of its own")
    ends = torch.softmax(logits.to(torch.float64), dim=-1).cumsum(-1)
    if torch.isnan(ends).any():
        raise ValueError("there is no line for a row")
    points = torch.stack([torch.rand(1, generator=g, dtype=torch.float64) for g in generators])
    return torch.searchsorted(ends, points * ends[:, -1:], right=True)[:, 0]


@draw.alternative
def needle_row_after_row(logits, generators):
    ids = []
    for row, generator in zip(logits, generators, strict=True):
        if not math.isfinite(row.max().item()):
            raise ValueError(f"nothing can be drawn from {row.tolist()}")
        needle = torch.rand(1, generator=generator, dtype=torch.float64).item()
        shares, chosen = row.double().softmax(-1).tolist(), 0
        while needle >= shares[chosen] and chosen < len(shares) - 1:
            needle -= shares[chosen]
            chosen += 1
        ids.append(chosen)
    return torch.tensor(ids)


@draw.alternative
def first_end_behind(logits, generators):
    _one_for_each(logits, generators)
    _chosen_or_refused(logits)
    points = torch.tensor([torch.rand((), generator=g, dtype=torch.float64).item() for g in generators])
    return (_ends(logits) > points[:, None].double()).int().argmax(-1)


@draw.alternative
def in_single_precision_parts(logits, generators):
    _one_for_each(logits, generators)
    ends = logits.softmax(-1).double().cumsum(-1)
    has_a_line = ends[:, -1] > 0
    if not has_a_line.all():
        raise ValueError(f"rows {(~has_a_line).nonzero().flatten().tolist()} have no line")
    return (ends <= _needles(generators)[:, None] * ends[:, -1:]).sum(dim=1)
