"""``block(x, w, n_heads) -> x``"""

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .inputs import block_weights
from .parts import LAYERS, _attended, _bent, _exact, _norm_1, _norm_2, _normed, _tanh_curve


def _whole_block(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_2(x, w), w)


block = Task("block", reference=_whole_block, forbidden=LAYERS)


@block.check(
    points=2,
    title="adds to the stream what attention finds, and then what the feed-forward layer makes of it",
    hint="Compare with the two lines of the formula, and give names to what they have on their left sides.",
    tolerance=2e-5,
)
def both_are_added(block):
    b, t, h, d = different(4, 2, 5)
    x, w = 2 * away_from_zero(b, t, h * d), block_weights(h * d, 4 * h * d + 1)
    return {
        "the stream": outcome(lambda: block(x.clone(), w, h)),
        "one token": outcome(lambda: block(x[:1, :1].clone(), w, h)),
        "one head": outcome(lambda: block(x.clone(), w, 1)),
    }


@block.check(
    points=1,
    title="lets attention read the stream through its norm, and leaves the rest of the stream alone",
    hint="Here the feed-forward layer writes nothing: its last matrix and bias are 0.",
    tolerance=2e-5,
)
def attention_alone(block):
    b, t, h, d = different(4, 2, 5)
    w = block_weights(h * d, 4 * h * d)
    w |= {"w_down": torch.zeros_like(w["w_down"]), "b_down": torch.zeros_like(w["b_down"])}
    return outcome(lambda: block(3 * away_from_zero(b, t, h * d) + 1, w, h))


@block.check(
    points=1,
    title="lets the feed-forward layer read the stream through the other norm, and bends as GPT-2 does",
    hint="Here attention writes nothing: its last matrix and bias are 0. GPT-2's curve is gelu_tanh.",
    tolerance=2e-5,
)
def feed_forward_alone(block):
    b, t, h, d = different(4, 2, 5)
    w = block_weights(h * d, 4 * h * d)
    w |= {"w_o": torch.zeros_like(w["w_o"]), "b_o": torch.zeros_like(w["b_o"])}
    return outcome(lambda: block(3 * away_from_zero(b, t, h * d) + 1, w, h))


@block.check(
    points=1,
    title="lets gradients through to everything, keeps the dtype, and leaves x and the weights as they are",
    hint="x is needed again by whoever called you: make new tensors, write into none.",
    tolerance=1e-4,
)
def block_in_training(block):
    b, t, h, d = different(4, 2, 5)
    x, w = away_from_zero(b, t, h * d), block_weights(h * d, 2 * h * d)
    names = list(w)
    doubles = {name: part.double() for name, part in w.items()}
    whole = outcome(
        lambda: gradients(lambda x, *parts: block(x, dict(zip(names, parts, strict=True)), h), x, *w.values())
    )
    return {
        "gradients": whole,
        "doubles": outcome(lambda: block(x.double(), doubles, h)),
        "given": outcome(lambda: block(x, w, h)),
        "afterwards": [x, *w.values()],
    }


@block.misconception(
    "The norms stand behind the adding, as in the first transformer: they norm the stream itself. Here they stand in "
    "front of the layers, and the stream is never normed."
)
def normed_after_adding(x, w, n_heads):
    x = _norm_1(x + _attended(x, w, n_heads), w)
    return _norm_2(x + _bent(x, w), w)


@block.misconception(
    "The stream is replaced by what is normed: x = norm(x) throws away what was there. A layer reads the normed copy; "
    "what it finds is added to x itself."
)
def stream_overwritten(x, w, n_heads):
    x = _norm_1(x, w)
    x = x + _attended(x, w, n_heads)
    x = _norm_2(x, w)
    return x + _bent(x, w)


@block.misconception("What attention finds takes the place of the stream. It should be added to it.")
def attention_replaces(x, w, n_heads):
    x = _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_2(x, w), w)


@block.misconception("What the feed-forward layer makes is returned alone: the second adding is missing.")
def feed_forward_replaces(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return _bent(_norm_2(x, w), w)


@block.misconception(
    "Nothing is added at all: each layer replaces the stream. In a deep stack all words would become the same."
)
def nothing_is_added(x, w, n_heads):
    return _bent(_norm_2(_attended(_norm_1(x, w), w, n_heads), w), w)


@block.misconception(
    "Both layers read the same old stream, side by side. The feed-forward layer is to think about what attention has just "
    "gathered."
)
def side_by_side(x, w, n_heads):
    return x + _attended(_norm_1(x, w), w, n_heads) + _bent(_norm_2(x, w), w)


@block.misconception(
    "At the end you add to the x that came in, and what attention had added is lost. The second line begins where the "
    "first one ended."
)
def added_to_the_old_stream(x, w, n_heads):
    between = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_2(between, w), w)


@block.misconception(
    "The feed-forward layer reads only what attention found, not the stream with that added: the word itself is missing."
)
def reads_attention_alone(x, w, n_heads):
    found = _attended(_norm_1(x, w), w, n_heads)
    return x + found + _bent(_norm_2(found, w), w)


@block.misconception(
    "Attention reads the stream as it is. Its numbers may have any size: they go through norm_1 first."
)
def attention_reads_unnormed(x, w, n_heads):
    x = x + _attended(x, w, n_heads)
    return x + _bent(_norm_2(x, w), w)


@block.misconception("The feed-forward layer reads the stream as it is, without norm_2.")
def feed_forward_reads_unnormed(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(x, w)


@block.misconception("The two norms are exchanged. norm_1 belongs to attention, norm_2 to the feed-forward layer.")
def norms_exchanged(x, w, n_heads):
    x = x + _attended(_norm_2(x, w), w, n_heads)
    return x + _bent(_norm_1(x, w), w)


@block.misconception("Both layers read through norm_1. Each has learnt a scale and a shift of its own.")
def one_norm_for_both(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_1(x, w), w)


@block.misconception(
    "A layer's output is normed before it is added. What is normed is what a layer reads; it may write as much as it likes."
)
def outputs_are_normed(x, w, n_heads):
    x = x + _norm_1(_attended(x, w, n_heads), w)
    return x + _norm_2(_bent(x, w), w)


@block.misconception(
    "The bend is the exact GELU. GPT-2's weights were trained with gelu_tanh, and a block has to compute what they were "
    "trained for; here it makes a small difference in every number."
)
def exact_curve_in_block(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_2(x, w), w, _exact)


@block.misconception(
    "The norms have lost their scale and shift: only mean and variance are set. Each norm's weight and bias are in w."
)
def norms_without_their_weights(x, w, n_heads):
    x = x + _attended(_normed(x, 1.0, 0.0), w, n_heads)
    return x + _bent(_normed(x, 1.0, 0.0), w)


@block.misconception("n_heads is not passed on: attention works with a single head.")
def always_one_head(x, w, n_heads):
    return _whole_block(x, w, 1)


@block.misconception(
    "The stream that you were given has been written into: += changes x for everybody who holds it. x = x + ... makes a "
    "new one."
)
def stream_in_place(x, w, n_heads):
    x += _attended(_norm_1(x, w), w, n_heads)
    x += _bent(_norm_2(x, w), w)
    return x


@block.misconception(
    "The stream was cut off where the second layer reads it (.detach(), no_grad), so what attention learns from the layer "
    "above it is lost."
)
def second_reading_cut_off(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_2(x.detach(), w), w)


@block.alternative
def in_two_names(x, w, n_heads):
    gathered = x + _attended(_norm_1(x, w), w, n_heads)
    made = _bent(_norm_2(gathered, w), w)
    return gathered + made


@block.alternative
def differences_collected(x, w, n_heads):
    found = [_attended(_norm_1(x, w), w, n_heads)]
    found.append(_bent(_norm_2(x + found[0], w), w))
    return x + sum(found)


@block.alternative
def everything_written_out(x, w, n_heads):
    b, t, c = x.shape
    variance, mean = torch.var_mean(x, -1, correction=0, keepdim=True)
    read = (x - mean) * (variance + 1e-5).rsqrt() * w["norm_1_weight"] + w["norm_1_bias"]
    joined = torch.cat([w[f"w_{part}"] for part in "qkv"]), torch.cat([w[f"b_{part}"] for part in "qkv"])
    q, k, v = torch.nn.functional.linear(read, *joined).view(b, t, 3, n_heads, c // n_heads).permute(2, 0, 3, 1, 4)
    gathered = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    stream = x + torch.nn.functional.linear(gathered.transpose(1, 2).reshape(b, t, c), w["w_o"], w["b_o"])
    variance, mean = torch.var_mean(stream, -1, correction=0, keepdim=True)
    read = (stream - mean) * (variance + 1e-5).rsqrt() * w["norm_2_weight"] + w["norm_2_bias"]
    wide = _tanh_curve(torch.nn.functional.linear(read, w["w_up"], w["b_up"]))
    return torch.nn.functional.linear(wide, w["w_down"], w["b_down"]) + stream


@block.alternative
def text_by_text(x, w, n_heads):
    texts = []
    for text in x.split(1):
        text = text + _attended(_norm_1(text, w), w, n_heads)
        texts.append(torch.cat([token + _bent(_norm_2(token, w), w) for token in text.split(1, dim=1)], dim=1))
    return torch.cat(texts)


@block.alternative
def copied_then_in_place(x, w, n_heads):
    stream = x.clone()
    stream += _attended(_norm_1(x, w), w, n_heads)
    return stream.add(_bent(_norm_2(stream, w), w))
