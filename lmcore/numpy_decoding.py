r"""One decoding step of a GPT for one text, in numpy: the least that can stand between the numbers and the processor.

For a small model on a CPU every operation of torch costs a microsecond or two before it computes anything, a
``FastStep`` makes some hundred of them for a token, and reading all weights once takes little longer than that. numpy's
operations cost half as much. This is the same function once more, on the same weights and the same cache, for a single
row; a test holds all three equal.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from .cache import KeyValueCache, layer_caches
from .embedding import look_up
from .gpt import GPT
from .norms import LayerNorm
from .positions import position_rows

# The constants of gelu_tanh: 0.5 x (1 + tanh(LINEAR x + CUBIC x^3))
LINEAR = math.sqrt(2 / math.pi)
CUBIC = LINEAR * 0.044715


class NumpyStep:
    """``FastStep`` for a batch of one, on the CPU, without padding.

    It uses the memory of the model's weights and of the cache and copies neither. Make it when the prompt has gone
    through the model::

        cache = model.new_cache()
        logits = model(prompt, cache)[:, -1]
        step = NumpyStep(model, cache)
        while ...:
            logits = step(next_ids)

    Args:
        model: a GPT in evaluation mode, float32 or float64, on the CPU.
        cache: the tokens before, at least one, in one row; the new ones are added.

    Raises:
        ValueError: a model in training mode, of another dtype or on another device, or a cache that is empty or has
            several rows or another number of layers.
    """

    def __init__(self, model: GPT, cache: list[KeyValueCache]) -> None:
        if model.training:
            raise ValueError("the model is in training mode; call model.eval() first")
        weight = model.tokens.weight
        if weight.device.type != "cpu" or weight.dtype not in (torch.float32, torch.float64):
            raise ValueError(f"this step needs float32 or float64 on the cpu, not {weight.dtype} on {weight.device}")
        keys = layer_caches(cache, len(model.blocks))[0].keys
        if keys is None or len(keys) != 1:
            raise ValueError(f"this step continues 1 row; the cache has {0 if keys is None else len(keys)}")
        self.cache = cache
        self.n_heads = model.config.n_heads
        self.scale = (model.config.d_model // model.config.n_heads) ** -0.5
        self.tokens, self.positions = weight.detach().numpy(), model.positions.weight.detach().numpy()
        self.mean = np.full_like(self.tokens[0], 1 / model.config.d_model)  # x.dot(mean) is x's mean
        self.blocks = []
        for block, kept in zip(model.blocks, cache, strict=True):
            attention, feed_forward = block.attention, block.feed_forward
            arrays = [_norm(block.attention_norm), *_arrays(attention.qkv), *_arrays(attention.out)]
            arrays += [_norm(block.feed_forward_norm), *_arrays(feed_forward.up), *_arrays(feed_forward.down)]
            self.blocks.append((*arrays, kept.keys[0].numpy(), kept.values[0].numpy()))
        self.last_norm = _norm(model.norm)

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """The logits after one more token.

        Args:
            ids: integers ``(1, 1)``.

        Returns:
            logits ``(1, vocab_size)``.

        Raises:
            ValueError: another number of ids, an id outside the vocabulary, more tokens than the context or the cache
                has room for.
        """
        if ids.shape != (1, 1):
            raise ValueError(f"a step takes ids (1, 1), not {tuple(ids.shape)}; longer ones go through the model")
        start = self.cache[0].length
        end = start + 1
        if end > self.cache[0].capacity:
            raise ValueError(f"1 more token does not fit: the cache holds {start} of at most {self.cache[0].capacity}")
        i = ids.item()
        if not (0 <= i < len(self.tokens) and start < len(self.positions)):  # numpy would count -1 from the end
            look_up(ids, torch.from_numpy(self.tokens), "token id")
            position_rows(torch.from_numpy(self.positions), 1, 1, None, start)
        x = self.tokens[i] + self.positions[start]  # C
        layer_norm, n_heads, scale = self._layer_norm, self.n_heads, self.scale
        for norm_1, qkv, qkv_bias, out, out_bias, norm_2, up, up_bias, down, down_bias, keys, values in self.blocks:
            heads = qkv.dot(layer_norm(x, *norm_1))
            heads += qkv_bias
            heads = heads.reshape(3, n_heads, 1, -1)
            keys[:, start:end] = heads[1]
            values[:, start:end] = heads[2]
            q = heads[0]  # H 1 D
            q *= scale
            weights = q @ keys[:, :end].transpose(0, 2, 1)  # H 1 S
            weights -= weights.max(2, keepdims=True)
            np.exp(weights, out=weights)
            weights /= weights.sum(2, keepdims=True)
            x += out.dot((weights @ values[:, :end]).reshape(-1))
            x += out_bias
            h = up.dot(layer_norm(x, *norm_2))
            h += up_bias
            x += down.dot(_gelu_tanh(h))
            x += down_bias
        for kept in self.cache:
            kept.length = end
        return torch.from_numpy(self.tokens.dot(layer_norm(x, *self.last_norm)).reshape(1, -1))  # 1 V

    def _layer_norm(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray, eps: float) -> np.ndarray:
        x = x - x.dot(self.mean)
        x *= 1 / math.sqrt(x.dot(x) / len(x) + eps)
        x *= weight
        x += bias
        return x


def _gelu_tanh(x: np.ndarray) -> np.ndarray:
    bent = x * x
    bent *= CUBIC
    bent += LINEAR
    bent *= x
    np.tanh(bent, out=bent)
    bent += 1
    bent *= x
    bent *= 0.5
    return bent


def _norm(layer: LayerNorm) -> tuple[np.ndarray, np.ndarray, float]:
    return *_arrays(layer), layer.eps


def _arrays(layer: torch.nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias as numpy sees them."""
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()
