import torch
from torch.nn import functional as F

from lmcore.attention import causal_mask, scaled_dot_product_attention
from lmcore.positions import RotaryPositions
from lmcore.storyteller import load_storyteller
from lmcore.storyteller.model import storyteller_model
from lmcore.storyteller.weights import storyteller_tokenizer, storyteller_weights


def logits(teller, ids):
    """The storyteller written out with torch's functions."""
    x = teller.tokens[ids]  # B T C
    turn = RotaryPositions(teller.context, teller.blocks[0].w_q.shape[0] // teller.n_heads, teller.rotary_base)
    for block in teller.blocks:
        normed = F.rms_norm(x, block.attention_norm.shape, block.attention_norm, teller.norm_eps)
        q, k, v = (
            F.linear(normed, w).unflatten(-1, (teller.n_heads, -1)).transpose(1, 2)
            for w in (block.w_q, block.w_k, block.w_v)
        )
        gathered = scaled_dot_product_attention(turn(q), turn(k), v, causal_mask(ids.shape[1]))
        x = x + F.linear(gathered.transpose(1, 2).flatten(2), block.w_o)
        normed = F.rms_norm(x, block.feed_forward_norm.shape, block.feed_forward_norm, teller.norm_eps)
        x = x + F.linear(F.silu(F.linear(normed, block.w_gate)) * F.linear(normed, block.w_up), block.w_down)
    return F.linear(F.rms_norm(x, teller.norm.shape, teller.norm, teller.norm_eps), teller.tokens)


def test_the_numbers_give_the_storytellers_logits():
    model, tokenizer = load_storyteller()
    ids = torch.tensor([tokenizer.encode("Long, long ago a proud owl called Hazel lived in the mill.")])
    with torch.no_grad():
        torch.testing.assert_close(logits(storyteller_weights(), ids), model(ids), rtol=1e-4, atol=1e-4)


def test_the_numbers_are_plain_and_fit_the_tokenizer():
    teller, tokenizer = storyteller_weights(), storyteller_tokenizer()
    assert teller.tokens.shape[0] == tokenizer.vocab_size
    assert len(teller.blocks) == load_storyteller()[0].config.n_layers
    for tensor in (teller.tokens, teller.norm, *vars(teller.blocks[0]).values()):
        assert tensor.dtype == torch.float32 and not tensor.requires_grad


def test_the_model_alone_is_the_storyteller():
    model, whole = storyteller_model(), load_storyteller()[0]
    assert not model.training and model.config == whole.config
    for name, tensor in whole.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name
