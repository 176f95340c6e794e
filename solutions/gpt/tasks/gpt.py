"""``gpt(ids, weights, n_heads) -> logits``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import gradients

from .inputs import model_weights
from .parts import LAYERS, _block, _embedded, _last_norm, _normed, _refuse


def _gpt(ids, weights, n_heads):
    tokens, positions = weights["tokens"], weights["positions"]
    if ids.shape[1] > len(positions):
        raise ValueError(f"{ids.shape[1]} tokens are more than the context of {len(positions)}")
    if ids.min() < 0 or ids.max() >= len(tokens):
        raise ValueError(f"ids from {ids.min()} to {ids.max()} are not all between 0 and {len(tokens) - 1}")
    x = tokens[ids] + positions[: ids.shape[1]]  # B T C
    for block in weights["blocks"]:
        x = _block(x, block, n_heads)
    return _normed(x, weights["norm_weight"], weights["norm_bias"]) @ tokens.T  # B T V


gpt = Task("gpt", reference=_gpt, forbidden=LAYERS)


@gpt.check(
    points=2,
    title="gives each place of each text a logit for every token",
    hint="Follow the shapes: (batch, time) ids, (batch, time, channels) from the tables to the last norm, then a logit for "
    "each row of the table.",
    tolerance=2e-3,
)
def logits_of_texts(gpt):
    b, t, h, d = different(4, 2, 5)
    vocabulary = random.randint(30, 40)
    # As many positions as tokens: whoever asks the wrong table gets numbers, not an error.
    weights = model_weights(vocabulary, vocabulary, h * d, 2 * h * d, 2)
    ids = torch.randint(vocabulary - 1, (b, t))
    return {
        "texts": outcome(lambda: gpt(ids, weights, h)),
        "as many texts as tokens": outcome(lambda: gpt(ids[:2, :2], weights, h)),
        "int32": outcome(lambda: gpt(ids.int(), weights, h)),
    }


@gpt.check(
    points=1,
    title="counts positions from 0, for one token as for a full context",
    hint="The first token gets row 0 of the positions, whatever it is; a text as long as the table uses all of it.",
    tolerance=2e-3,
)
def positions_from_zero(gpt):
    context, h, d = different(3, 3, 6)
    weights = model_weights(12, context, h * d, 2 * h * d, 1)
    one = torch.randint(1, context, ()).item()
    return {
        "one token": outcome(lambda: gpt(torch.tensor([[one]]), weights, h)),
        "the same token everywhere": outcome(lambda: gpt(torch.full((2, context), one), weights, h)),
        "a short text": outcome(lambda: gpt(torch.randint(context, (1, context - 1)), weights, h)),
    }


@gpt.check(
    points=1,
    title="goes through all blocks in their order, one after the other, be there many or none",
    hint="What leaves one block enters the next. Without any block the embedding goes straight to the last norm.",
    tolerance=2e-3,
)
def blocks_in_order(gpt):
    t, h, d = different(3, 2, 5)
    models = {count: model_weights(15, 15, h * d, 2 * h * d, count) for count in (0, 1, 3)}
    return {count: outcome(lambda w=w: gpt(torch.randint(14, (2, t)), w, h)) for count, w in models.items()}


@gpt.check(
    points=1,
    title="refuses a text longer than the context, and ids that the table does not have",
    hint="A ValueError with the numbers in it. Mind ids below 0: an index of -1 is the last row, and no error at all.",
    tolerance=2e-3,
)
def refuses_what_it_cannot_read(gpt):
    context, h, d = different(3, 3, 6)
    vocabulary = random.randint(10, 20)
    weights = model_weights(vocabulary, context, h * d, 2 * h * d, 1)
    ids = torch.randint(vocabulary, (2, context))
    longer = torch.randint(vocabulary, (1, context + random.randint(1, 3)))
    beyond, below = ids.clone(), ids.clone()
    beyond[1, 1], below[1, 0] = vocabulary, -1
    known = torch.tensor([[vocabulary - 1, 0]])
    return {
        "too long": outcome(lambda: gpt(longer, weights, h)),
        "beyond the table": outcome(lambda: gpt(beyond, weights, h)),
        "below the table": outcome(lambda: gpt(below, weights, h)),
        "first and last id": outcome(lambda: gpt(known, weights, h)),
    }


@gpt.check(
    points=1,
    title="lets gradients through to all weights, and leaves ids and weights as they are",
    hint="The table of tokens is used twice, and learns from both ends. Call your function twice on the same weights.",
    tolerance=2e-3,
)
def gpt_in_training(gpt):
    t, h, d = different(3, 2, 4)
    weights = model_weights(9, 9, h * d, 2 * h * d, 2)
    ids = torch.randint(8, (2, t))
    ids[0, 0] = 5  # not its place
    kept = ids.clone()
    tables = ("tokens", "positions", "norm_weight", "norm_bias")

    def through(*parts):
        named = dict(zip(tables, parts[:4], strict=True))
        first = weights["blocks"][0] | {"w_q": parts[4], "b_down": parts[5]}
        return gpt(kept.clone(), named | {"blocks": [first, weights["blocks"][1]]}, h)

    first = weights["blocks"][0]
    parts = [*(weights[name] for name in tables), first["w_q"], first["b_down"]]
    return {
        "gradients": outcome(lambda: gradients(through, *parts)),
        "once": outcome(lambda: gpt(ids, weights, h)),
        "once more": outcome(lambda: gpt(ids, weights, h)),
        "afterwards": [ids, len(weights["blocks"]), *(weights[name] for name in tables)],
    }


def _stacked(x, weights, n_heads):
    """From the embedding to the logits."""
    for block in weights["blocks"]:
        x = _block(x, block, n_heads)
    return _last_norm(x, weights) @ weights["tokens"].T


@gpt.misconception(
    "Positions are never added. Apart from who may look at whom, the model cannot tell the order of the words."
)
def no_positions(ids, weights, n_heads):
    _refuse(ids, weights)
    return _stacked(weights["tokens"][ids], weights, n_heads)


@gpt.misconception(
    "Positions are counted from 1: row 0 is never used, and a text as long as the context does not find its last row."
)
def positions_from_one(ids, weights, n_heads):
    _refuse(ids, weights)
    places = torch.arange(1, ids.shape[1] + 1)
    return _stacked(weights["tokens"][ids] + weights["positions"][places], weights, n_heads)


@gpt.misconception(
    "The positions are those at the end of the table, as if each text ended where the context ends. They count from the "
    "beginning of the text."
)
def positions_from_the_end(ids, weights, n_heads):
    _refuse(ids, weights)
    positions = weights["positions"][len(weights["positions"]) - ids.shape[1] :]
    return _stacked(weights["tokens"][ids] + positions, weights, n_heads)


@gpt.misconception(
    "The table of positions was asked with the ids. A position is where a token stands, not which one it is."
)
def positions_by_id(ids, weights, n_heads):
    _refuse(ids, weights)
    x = weights["tokens"][ids] + weights["positions"][ids]
    return _stacked(x, weights, n_heads)


@gpt.misconception(
    "The last norm is missing. The stream has grown from block to block, and the logits are far too large."
)
def no_last_norm(ids, weights, n_heads):
    _refuse(ids, weights)
    x = _embedded(ids, weights)
    for block in weights["blocks"]:
        x = _block(x, block, n_heads)
    return x @ weights["tokens"].T


@gpt.misconception(
    "The last norm is used behind every block. It belongs behind the last one; between blocks nothing touches the stream."
)
def last_norm_every_time(ids, weights, n_heads):
    _refuse(ids, weights)
    x = _embedded(ids, weights)
    for block in weights["blocks"]:
        x = _last_norm(_block(x, block, n_heads), weights)
    return x @ weights["tokens"].T


@gpt.misconception("The embedding is normed before the first block. The blocks have norms of their own for that.")
def embedding_normed(ids, weights, n_heads):
    _refuse(ids, weights)
    return _stacked(_last_norm(_embedded(ids, weights), weights), weights, n_heads)


@gpt.misconception(
    "Token vectors are multiplied by the root of the width, as in the transformer of 2017. A GPT adds them as they are."
)
def scaled_embedding(ids, weights, n_heads):
    _refuse(ids, weights)
    tokens = weights["tokens"][ids] * weights["tokens"].shape[1] ** 0.5
    return _stacked(tokens + weights["positions"][: ids.shape[1]], weights, n_heads)


@gpt.misconception(
    "You return probabilities. What is asked for are the logits before softmax: a loss is computed from them, and so is "
    "everything that changes the odds."
)
def probabilities_returned(ids, weights, n_heads):
    logits = _gpt(ids, weights, n_heads)
    e = (logits - logits.amax(-1, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True)


@gpt.misconception("Only the last place has logits. In training all places guess at the same time: return all of them.")
def last_place_alone(ids, weights, n_heads):
    return _gpt(ids, weights, n_heads)[:, -1]


@gpt.misconception(
    "You return the stream after the last norm. Its product with each row of the table of tokens is still to come."
)
def stream_returned(ids, weights, n_heads):
    _refuse(ids, weights)
    x = _embedded(ids, weights)
    for block in weights["blocks"]:
        x = _block(x, block, n_heads)
    return _last_norm(x, weights)


@gpt.misconception("The blocks are gone through from the last to the first.")
def blocks_backwards(ids, weights, n_heads):
    return _gpt(ids, weights | {"blocks": weights["blocks"][::-1]}, n_heads)


@gpt.misconception("Every block is the first one again. Each layer has weights of its own.")
def first_block_again(ids, weights, n_heads):
    return _gpt(ids, weights | {"blocks": weights["blocks"][:1] * len(weights["blocks"])}, n_heads)


@gpt.misconception("The last block is left out: the loop ends one too early.")
def last_block_left_out(ids, weights, n_heads):
    return _gpt(ids, weights | {"blocks": weights["blocks"][:-1]}, n_heads)


@gpt.misconception(
    "Each block is given the embedding, and only what the last one returns is used. A stack hands on: the output of one "
    "is the input of the next."
)
def every_block_reads_the_embedding(ids, weights, n_heads):
    _refuse(ids, weights)
    x = embedded = _embedded(ids, weights)
    for block in weights["blocks"]:
        x = _block(embedded, block, n_heads)
    return _last_norm(x, weights) @ weights["tokens"].T


@gpt.misconception(
    "A text that is too long is cut, and nobody hears of it: the logits belong to fewer places than were asked about."
)
def too_long_is_cut(ids, weights, n_heads):
    return _gpt(ids[:, -len(weights["positions"]) :], weights, n_heads)


@gpt.misconception(
    "A text that is too long, or an id beyond the table, ends in torch's error about shapes or an index, and an id below 0 "
    "in none. Look first, and say with a ValueError what is wrong."
)
def nothing_is_checked(ids, weights, n_heads):
    return _stacked(_embedded(ids, weights), weights, n_heads)


@gpt.misconception(
    "An id below 0 is let in. To an index, -1 is the last row: the model reads another word and says nothing."
)
def below_zero_is_let_in(ids, weights, n_heads):
    _refuse(ids.clamp_min(0), weights)
    return _stacked(_embedded(ids, weights), weights, n_heads)


@gpt.misconception(
    "The last id of the vocabulary is refused. With n rows the ids go from 0 to n - 1, and n - 1 is one of them."
)
def last_id_refused(ids, weights, n_heads):
    _refuse(ids, weights)
    if ids.max() >= len(weights["tokens"]) - 1:
        raise ValueError("no such id")
    return _stacked(_embedded(ids, weights), weights, n_heads)


@gpt.misconception(
    "Blocks are taken out of the list while the model runs: pop() empties what you were given, and the second text meets "
    "no block at all."
)
def blocks_used_up(ids, weights, n_heads):
    _refuse(ids, weights)
    x = _embedded(ids, weights)
    while weights["blocks"]:
        x = _block(x, weights["blocks"].pop(0), n_heads)
    return _last_norm(x, weights) @ weights["tokens"].T


@gpt.misconception(
    "At the output the table was cut off (.detach(), .data, a copy): it learns from what is read and not from what is "
    "said, and the weights are tied in name only."
)
def tied_in_name_only(ids, weights, n_heads):
    _refuse(ids, weights)
    x = _embedded(ids, weights)
    for block in weights["blocks"]:
        x = _block(x, block, n_heads)
    return _last_norm(x, weights) @ weights["tokens"].detach().T


@gpt.alternative
def in_a_recursion(ids, weights, n_heads):
    _refuse(ids, weights)

    def rest(x, blocks):
        return rest(_block(x, blocks[0], n_heads), blocks[1:]) if blocks else x

    x = rest(_embedded(ids, weights), list(weights["blocks"]))
    return torch.einsum("btc,vc->btv", _last_norm(x, weights), weights["tokens"])


@gpt.alternative
def with_embeddings_of_torch(ids, weights, n_heads):
    time, context, vocabulary = ids.size(1), weights["positions"].size(0), weights["tokens"].size(0)
    if time > context or not ((ids >= 0) & (ids < vocabulary)).all():
        raise ValueError("this text does not fit")
    x = torch.nn.functional.embedding(ids, weights["tokens"])
    x = x + torch.nn.functional.embedding(torch.arange(time), weights["positions"])[None]
    for index in range(len(weights["blocks"])):
        x = _block(x, weights["blocks"][index], n_heads)
    return torch.nn.functional.linear(_last_norm(x, weights), weights["tokens"])


@gpt.alternative
def with_single_ones(ids, weights, n_heads):
    """As the formula has it: a row with a single 1, times the table."""
    context, vocabulary = len(weights["positions"]), len(weights["tokens"])
    if ids.shape[1] > context:
        raise ValueError("too long")
    if any(not 0 <= one < vocabulary for one in ids.flatten().tolist()):
        raise ValueError("no such token")
    ones = torch.eye(vocabulary, dtype=weights["tokens"].dtype)[ids]
    return _stacked(ones @ weights["tokens"] + weights["positions"].narrow(0, 0, ids.shape[1]), weights, n_heads)


@gpt.alternative
def row_by_row_of_the_batch(ids, weights, n_heads):
    _refuse(ids, weights)
    rows = []
    for row in ids:
        x = torch.stack(
            [weights["tokens"][one] + weights["positions"][place] for place, one in enumerate(row.tolist())]
        )
        rows.append(_stacked(x[None], weights, n_heads)[0])
    return torch.stack(rows)
