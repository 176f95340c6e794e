"""What the probes of several tasks share: numbers to compute with, weights, a rotary turn."""

import torch

from lmgrade.tensor_inputs import away_from_zero


def spread(*shape):
    """Rows of numbers from about -1 to 1, evenly spaced and a little shaken, in any order: no row is flat."""
    rows = torch.linspace(-1, 1, shape[-1]) + 0.1 * torch.rand(shape)
    return rows.gather(-1, torch.rand(shape).argsort(-1))


def matrix(rows, columns):
    """A matrix that keeps numbers about as large as they are."""
    return away_from_zero(rows, columns) / columns**0.5


def block_weights(channels, hidden):
    """All that a block of a GPT holds, by name."""
    weights = {}
    for part in ("norm_1", "norm_2"):
        weights |= {f"{part}_weight": away_from_zero(channels), f"{part}_bias": away_from_zero(channels)}
    shapes = dict.fromkeys("qkvo", (channels, channels)) | {"up": (hidden, channels), "down": (channels, hidden)}
    for part, (rows, columns) in shapes.items():
        weights |= {f"w_{part}": matrix(rows, columns), f"b_{part}": away_from_zero(rows) / 2}
    return weights


def model_weights(vocabulary, context, channels, hidden, blocks):
    """All that a GPT holds."""
    return {
        "tokens": away_from_zero(vocabulary, channels),
        "positions": away_from_zero(context, channels),
        "blocks": [block_weights(channels, hidden) for _ in range(blocks)],
        "norm_weight": away_from_zero(channels),
        "norm_bias": away_from_zero(channels),
    }


def turning(width):
    """A rotary turn of queries or keys (..., T, width): pairs of numbers, by angles that grow along the text."""
    speeds = 0.3 + torch.rand(width // 2)

    def turn(heads):
        angles = torch.arange(heads.shape[-2])[:, None] * speeds
        cos, sin = angles.cos().to(heads.dtype), angles.sin().to(heads.dtype)
        first, second = heads.chunk(2, -1)
        return torch.cat((first * cos - second * sin, first * sin + second * cos), -1)

    return turn
