import pytest
import torch

from lmcore.attention import attention_weights, causal_mask
from lmcore.generation import generate, generate_plain
from lmcore.gpt import GPT, GPTConfig
from lmcore.inspection import ablated, attention_maps
from lmcore.llama import Llama, LlamaConfig


@pytest.fixture
def llama():
    torch.manual_seed(0)
    return Llama(
        LlamaConfig(vocab_size=11, context=16, n_layers=3, n_heads=4, n_kv_heads=2, d_model=16, d_ff=24)
    ).eval()


@pytest.fixture
def gpt():
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=11, context=16, n_layers=2, n_heads=4, d_model=16, dropout=0.3))


IDS = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])


def test_maps_are_weights_that_never_look_ahead(llama):
    maps = attention_maps(llama, IDS)
    assert maps.shape == (3, 4, 8, 8)
    torch.testing.assert_close(maps.sum(-1), torch.ones(3, 4, 8))
    assert (maps >= 0).all()
    assert (maps[..., ~causal_mask(8)] == 0).all()


def test_maps_of_the_first_layer_are_those_of_the_formula(gpt):
    gpt.eval()
    attention = gpt.blocks[0].attention
    x = gpt.blocks[0].attention_norm(gpt.embed(IDS[None], None, 0))
    q, k, _ = attention.qkv(x)[0].view(8, 3, 4, 4).permute(1, 2, 0, 3)  # H T D each
    torch.testing.assert_close(attention_maps(gpt, IDS)[0], attention_weights(q, k, causal_mask(8)))


def test_query_heads_of_a_group_have_maps_of_their_own(llama):
    maps = attention_maps(llama, IDS)
    assert not torch.allclose(maps[:, 0], maps[:, 1])


def test_a_model_answers_as_before_after_its_maps_were_taken(gpt):
    gpt.eval()
    before = gpt(IDS[None])
    attention_maps(gpt, IDS)
    with ablated(gpt, 0, 0):
        pass
    assert torch.equal(gpt(IDS[None]), before)


def test_maps_are_taken_without_dropout_and_training_goes_on(gpt):
    gpt.train()
    assert torch.equal(attention_maps(gpt, IDS), attention_maps(gpt, IDS))
    assert gpt.training and gpt.blocks[1].attention.training


def test_an_ablated_head_is_one_whose_share_of_the_output_matrix_is_zero(gpt):
    gpt.eval()
    with ablated(gpt, 1, 2):
        without = gpt(IDS[None])
    assert not torch.allclose(without, gpt(IDS[None]))
    with torch.no_grad():
        gpt.blocks[1].attention.out.weight[:, 8:12] = 0  # the columns that read head 2
    torch.testing.assert_close(gpt(IDS[None]), without)


@pytest.mark.parametrize("model", ["gpt", "llama"])
def test_an_ablated_head_is_missed_in_writing_too(model, request):
    model = request.getfixturevalue(model).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # far from undecided, so that a missing head changes tokens
    prompt = torch.tensor([[3, 1, 4, 1]])
    whole = generate(model, prompt, 10)[0].ids
    changed = 0
    for head in range(4):
        with ablated(model, 0, head):
            ids = generate(model, prompt, 10)[0].ids
            assert ids == generate_plain(model, prompt, 10)[0, 4:].tolist()
        changed += ids != whole
    assert changed > 0


def test_two_heads_can_be_ablated_at_once(llama):
    with ablated(llama, 0, 1):
        one = llama(IDS[None])
        with ablated(llama, 0, 3):
            two = llama(IDS[None])
        assert torch.equal(llama(IDS[None]), one)
    assert not torch.allclose(one, two)


def test_a_head_comes_back_after_an_error(llama):
    before = llama(IDS[None])
    with pytest.raises(RuntimeError, match="midway"), ablated(llama, 0, 1):
        raise RuntimeError("midway")
    assert torch.equal(llama(IDS[None]), before)


def test_layers_and_heads_that_are_not_there_are_named(llama):
    with pytest.raises(ValueError, match="layer is 3; the model's layers are 0 to 2"), ablated(llama, 3, 0):
        pass
    with pytest.raises(ValueError, match="head is -1; the heads of a layer are 0 to 3"), ablated(llama, 0, -1):
        pass
    with pytest.raises(ValueError, match=r"one text \(time,\), not \(1, 8\)"):
        attention_maps(llama, IDS[None])
