"""The references that stand in attention's tasks files, against torch's own."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference():
    tasks = load("attention", ROOT).tasks
    return lambda name: tasks[name].reference


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(1)


def layer(channels, width, out):
    return [torch.randn(shape) / 4 for shape in ((width, channels), (width, channels), (width, channels), (out, width))]


def test_cosines_are_torchs_for_every_pair(reference):
    q, k = torch.randn(2, 3, 5), torch.randn(2, 4, 5)
    wanted = F.cosine_similarity(q[:, :, None], k[:, None], dim=-1)
    torch.testing.assert_close(reference("cosine_similarity")(q, k), wanted)


def test_many_heads_are_torchs(reference):
    x, (w_q, w_k, w_v, w_o) = torch.randn(2, 5, 12), layer(12, 12, 12)
    mask = torch.ones(5, 5, dtype=torch.bool).tril()
    torchs = torch.nn.MultiheadAttention(12, 3, bias=False, batch_first=True)
    with torch.no_grad():
        torchs.in_proj_weight.copy_(torch.cat((w_q, w_k, w_v)))
        torchs.out_proj.weight.copy_(w_o)
        wanted, _ = torchs(x, x, x, attn_mask=~mask)
    torch.testing.assert_close(reference("multi_head_attention")(x, w_q, w_k, w_v, w_o, 3, mask), wanted)


def test_heads_are_split_and_merged_as_unflatten_and_flatten_do(reference):
    x = torch.randn(2, 5, 12)
    heads = reference("split_heads")(x, 3)
    torch.testing.assert_close(heads, x.unflatten(-1, (3, 4)).transpose(1, 2))
    torch.testing.assert_close(reference("merge_heads")(heads), x)


def test_with_a_cache_chunks_give_what_the_whole_gives(reference):
    x, matrices = torch.randn(2, 6, 10), layer(10, 8, 7)
    whole = reference("multi_head_attention")(x, *matrices, 2, torch.ones(6, 6, dtype=torch.bool).tril())
    cache, chunks = None, []
    for chunk in x.split([2, 1, 3], dim=1):
        y, cache = reference("cached_attention")(chunk, cache, *matrices, 2)
        chunks.append(y)
    torch.testing.assert_close(torch.cat(chunks, dim=1), whole)
    assert cache[0].shape == cache[1].shape == (2, 2, 6, 4)
