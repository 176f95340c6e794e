import pytest
import torch

from lmcore.cache import KeyValueCache, layer_caches


def test_cache_returns_all_tokens_in_order_without_new_memory():
    cache, parts = KeyValueCache(10), [torch.randn(2, 3, t, 4) for t in (4, 1, 5)]
    k, _ = cache.append(parts[0], -parts[0])
    place = cache.keys.data_ptr()
    for part in parts[1:]:
        k, v = cache.append(part, -part)
    assert torch.equal(k, torch.cat(parts, 2)) and torch.equal(v, -k)
    assert cache.keys.data_ptr() == k.data_ptr() == place
    assert cache.length == cache.keys.shape[2] == 10


def test_full_cache_refuses_and_stays_as_it_was():
    cache = KeyValueCache(4)
    cache.append(torch.randn(1, 1, 3, 2), torch.randn(1, 1, 3, 2))
    with pytest.raises(ValueError, match="2 more tokens do not fit: the cache holds 3 of at most 4"):
        cache.append(torch.randn(1, 1, 2, 2), torch.randn(1, 1, 2, 2))
    assert cache.length == 3


@pytest.mark.parametrize("shape", [(2, 1, 1, 2), (1, 3, 1, 2)])
def test_other_rows_or_heads_are_refused(shape):
    cache = KeyValueCache(4)
    cache.append(torch.randn(1, 1, 1, 2), torch.randn(1, 1, 1, 2))
    with pytest.raises(ValueError, match=r"\(1, 1\).*new keys"):
        cache.append(torch.randn(shape), torch.randn(shape))


def test_other_dtype_is_refused():
    cache = KeyValueCache(4)
    x = torch.randn(1, 1, 1, 2)
    cache.append(x, x)
    with pytest.raises(ValueError, match=r"float32.*float64"):
        cache.append(x.double(), x.double())


def test_cache_refuses_to_record_gradients():
    x = torch.randn(1, 1, 1, 2, requires_grad=True)
    with pytest.raises(ValueError, match="no_grad"):
        KeyValueCache(4).append(x, x)


def test_select_keeps_and_doubles_rows():
    cache, x = KeyValueCache(5), torch.randn(3, 2, 4, 2)
    cache.select(torch.tensor([0]))  # nothing to select from yet
    cache.append(x, -x)
    cache.select(torch.tensor([2, 0, 2, 2]))
    more = torch.randn(4, 2, 1, 2)
    k, v = cache.append(more, -more)
    assert torch.equal(k, torch.cat((x[[2, 0, 2, 2]], more), 2)) and torch.equal(v, -k)


def test_truncate_forgets_the_last_tokens():
    cache, x = KeyValueCache(5), torch.randn(1, 1, 4, 2)
    cache.append(x, x)
    cache.truncate(2)
    k, _ = cache.append(x[:, :, :1], x[:, :, :1])
    assert torch.equal(k, x[:, :, [0, 1, 0]])
    with pytest.raises(ValueError, match="length is 4; the cache holds 3"):
        cache.truncate(4)


def test_capacity_is_at_least_one():
    with pytest.raises(ValueError, match="capacity is 0"):
        KeyValueCache(0)


def test_cache_of_another_model_is_refused():
    assert layer_caches(None, 2) == [None, None]
    with pytest.raises(ValueError, match="has 3 layers, this model 2"):
        layer_caches([KeyValueCache(1)] * 3, 2)
