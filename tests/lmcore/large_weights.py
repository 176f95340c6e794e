"""A model for tests of decoding, whose next token is never a matter of rounding."""

import torch


def with_large_weights(new, config, seed=0, dtype=torch.float64):
    """Weights so large that the tokens before matter; float64, so that no two tokens are all but equally likely."""
    torch.manual_seed(seed)
    model = new(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.1 if "norm" in name else 1.0)
            if "norm" in name and name.endswith("weight"):
                parameter.add_(1.0)
    return model.to(dtype)
