"""``n_parameters(vocab_size, context, n_layers, d_model) -> count``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome


def _n_parameters(vocab_size, context, n_layers, d_model):
    d = d_model
    attention = 4 * d * d + 4 * d
    feed_forward = 8 * d * d + 5 * d
    return (vocab_size + context) * d + n_layers * (attention + feed_forward + 4 * d) + 2 * d


n_parameters = Task("n_parameters", reference=_n_parameters)


@n_parameters.check(
    points=1,
    title="counts what stands around the blocks: two tables and the last norm",
    hint="With no block at all, what is left? The output has no table of its own.",
)
def around_the_blocks(n_parameters):
    sizes = [(random.randint(50, 90), random.randint(20, 40), 0, random.randint(5, 15)) for _ in range(3)]
    return [outcome(lambda size=size: n_parameters(*size)) for size in sizes]


@n_parameters.check(
    points=1,
    title="counts every matrix, bias and norm of every block",
    hint="Write a list of a block's tensors with their shapes, for d_model = 2, and add up. There are sixteen.",
)
def inside_the_blocks(n_parameters):
    def grown(vocabulary, context, blocks, d):
        """How much more there is with some blocks than with none."""
        return n_parameters(vocabulary, context, blocks, d) - n_parameters(vocabulary, context, 0, d)

    sizes = [
        (random.randint(50, 90), random.randint(20, 40), n, random.randint(5, 15))
        for n in random.sample(range(1, 9), 3)
    ]
    return [outcome(lambda size=size: grown(*size)) for size in sizes]


@n_parameters.check(
    points=1,
    title="gives a whole number, right to the last digit, also for models that nobody has built yet",
    hint="If a check above fails too, begin there. If this one alone does: a float holds about sixteen digits, whole numbers in "
    "Python as many as they need. Use +, * and // only.",
)
def to_the_last_digit(n_parameters):
    huge = (
        random.randint(50_000, 200_000),
        random.randint(1000, 9000),
        random.randint(50, 99),
        3 * 10**7 + random.randint(1, 999),
    )
    plain = (50_257, 2 ** random.randint(8, 11), random.randint(2, 48), 64 * random.randint(5, 25))
    return {
        "huge": outcome(lambda: n_parameters(*huge)),
        "plain": outcome(lambda: n_parameters(*plain)),
        "by name": outcome(
            lambda: n_parameters(d_model=plain[3], n_layers=plain[2], context=plain[1], vocab_size=plain[0])
        ),
    }


@n_parameters.misconception(
    "The output is counted as a table of its own. It is the table of tokens once more, and tied weights count once."
)
def output_counted_again(vocab_size, context, n_layers, d_model):
    return _n_parameters(2 * vocab_size, context, n_layers, d_model)


@n_parameters.misconception("No bias is counted, neither those of the six matrices nor those of the norms.")
def no_bias_counted(vocab_size, context, n_layers, d_model):
    d = d_model
    return (vocab_size + context) * d + n_layers * (12 * d * d + 2 * d) + d


@n_parameters.misconception("The biases of a block's matrices are missing: each has one for every row.")
def biases_of_matrices_missing(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - 9 * n_layers * d_model


@n_parameters.misconception(
    "A block's two biases of the feed-forward layer are counted with d numbers each. The first is as wide as the middle."
)
def narrow_bias_in_the_middle(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - 3 * n_layers * d_model


@n_parameters.misconception("The two biases of the feed-forward layer are missing, the wide one and the narrow one.")
def biases_of_feed_forward_missing(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - 5 * n_layers * d_model


@n_parameters.misconception(
    "The last norm is counted in every block. It stands once, behind the last of them, and also where there is none."
)
def last_norm_in_every_block(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) + 2 * (n_layers - 1) * d_model


@n_parameters.misconception(
    "Each block lacks 4 d numbers. That may be its norms, of which there are two, with a scale and a shift, or the four biases "
    "of attention."
)
def norms_or_attention_biases_missing(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - 4 * n_layers * d_model


@n_parameters.misconception("Each block is counted with a single norm. One stands before each of its two layers.")
def one_norm_in_a_block(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - 2 * n_layers * d_model


@n_parameters.misconception("The norm behind the last block is missing.")
def last_norm_missing(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - 2 * d_model


@n_parameters.misconception(
    "Norms are counted with a scale and no shift, as RMSNorm has it. LayerNorm has both, weight and bias."
)
def norms_without_shift(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - (2 * n_layers + 1) * d_model


@n_parameters.misconception("The table of positions is missing. In a GPT positions are learnt: a vector for each.")
def no_positions_counted(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, 0, n_layers, d_model)


@n_parameters.misconception("The tables are counted in every block. There is one of each, below all blocks.")
def tables_in_every_block(vocab_size, context, n_layers, d_model):
    tables = (vocab_size + context) * d_model
    return _n_parameters(vocab_size, context, n_layers, d_model) + (n_layers - 1) * tables


@n_parameters.misconception(
    "Attention is counted with three matrices. Besides queries, keys and values there is the one that mixes the heads."
)
def three_matrices_of_attention(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - n_layers * (d_model**2 + d_model)


@n_parameters.misconception("Of the feed-forward layer one matrix is counted. There are two: it widens and narrows.")
def one_matrix_of_feed_forward(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - n_layers * (4 * d_model**2 + d_model)


@n_parameters.misconception(
    "The feed-forward layer is counted as if it were no wider in the middle than outside: it is four times as wide."
)
def not_wide_in_the_middle(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, d_model) - n_layers * (6 * d_model**2 + 3 * d_model)


@n_parameters.misconception(
    "This is the rule of thumb, 12 L d d + (V + T) d. It is good for the large picture; here every bias and norm counts."
)
def rule_of_thumb(vocab_size, context, n_layers, d_model):
    return 12 * n_layers * d_model**2 + (vocab_size + context) * d_model


@n_parameters.misconception(
    "The count is a float: somewhere a / or a 1e6 came in. It has no half parameters, and loses the last digits of large "
    "models."
)
def counted_in_floats(vocab_size, context, n_layers, d_model):
    return _n_parameters(vocab_size, context, n_layers, float(d_model))


@n_parameters.alternative
def tensor_by_tensor(vocab_size, context, n_layers, d_model):
    d, f = d_model, 4 * d_model
    of_block = [(d,)] * 4 + [(d, d), (d,)] * 4 + [(f, d), (f,), (d, f), (d,)]
    shapes = [(vocab_size, d), (context, d), (d,), (d,)] + of_block * n_layers
    return sum(shape[0] if len(shape) == 1 else shape[0] * shape[1] for shape in shapes)


@n_parameters.alternative
def one_polynomial(vocab_size, context, n_layers, d_model):
    return d_model * (12 * n_layers * d_model + 13 * n_layers + vocab_size + context + 2)


@n_parameters.alternative
def block_after_block(vocab_size, context, n_layers, d_model):
    total = vocab_size * d_model + context * d_model
    for _ in range(n_layers):
        total += 2 * (d_model + d_model)
        for rows, columns in ((3, 1), (1, 1), (4, 1), (1, 4)):
            total += rows * d_model * columns * d_model + rows * d_model
    return total + d_model + d_model


@n_parameters.alternative
def on_the_meta_device(vocab_size, context, n_layers, d_model):
    def size(*shape):
        return torch.empty(shape, device="meta").numel()

    d = d_model
    matrices = 3 * size(d + 1, d) + size(d + 1, d) + size(d + 1, 4 * d) + size(4 * d + 1, d)
    return size(vocab_size + context, d) + n_layers * (matrices + 2 * size(2, d)) + size(2, d)
