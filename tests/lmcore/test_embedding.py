import pytest
import torch
from torch import nn

from lmcore.embedding import TokenEmbedding, look_up


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
def test_embedding_equals_torch_forward_and_backward(dtype):
    ours, theirs = TokenEmbedding(7, 3), nn.Embedding(7, 3)
    theirs.weight.data = ours.weight.data.clone()
    ids, weight = torch.randint(7, (2, 5), dtype=dtype), torch.randn(2, 5, 3)
    assert torch.equal(ours(ids), theirs(ids))
    for module in (ours, theirs):
        (module(ids) * weight).sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)


@pytest.mark.parametrize("wrong", [-1, 7, 2**40])
def test_id_outside_the_vocabulary_is_named(wrong):
    with pytest.raises(ValueError, match=f"token id {wrong} is not in the table; token ids go from 0 to 6"):
        TokenEmbedding(7, 3)(torch.tensor([[0, wrong, 6]]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bool, torch.int16, torch.uint8])
def test_ids_that_are_not_integers_of_a_usable_kind_are_refused(dtype):
    with pytest.raises(ValueError, match=str(dtype)):
        look_up(torch.zeros(2, dtype=dtype), torch.randn(3, 2))


@pytest.mark.parametrize("shape", [(3,), (2, 0), (1, 2, 3), ()])
def test_ids_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(batch, time\)"):
        TokenEmbedding(7, 3)(torch.zeros(shape, dtype=torch.int64))


def test_empty_table_is_refused():
    with pytest.raises(ValueError, match="0 x 3"):
        TokenEmbedding(0, 3)
