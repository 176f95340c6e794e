import pytest
import torch
from torch.nn import functional as F

from lmcore.data.stories import nats_per_token, score, write
from lmcore.generation import generate
from lmcore.pretraining import RECIPES
from lmcore.sampling import usual_parts
from lmcore.storyteller import load_storyteller, storyteller_log

HELD_OUT = range(2_000_000, 2_000_040)  # seeds that no training run uses


@pytest.fixture(scope="module")
def storyteller():
    return load_storyteller()


def test_it_is_what_the_recipe_makes(storyteller):
    model, tokenizer = storyteller
    recipe = RECIPES["tiny"]
    assert model.config == type(recipe.model)(**{**vars(recipe.model), "vocab_size": tokenizer.vocab_size})
    assert len(storyteller_log()) == recipe.optimisation.steps
    assert not model.training


def test_it_knows_stories_that_it_never_read_nearly_as_well_as_can_be(storyteller):
    model, tokenizer = storyteller
    end = tokenizer.special_tokens["<|endoftext|>"]
    nats = tokens = 0
    for seed in HELD_OUT:
        ids = torch.tensor([[end, *tokenizer.encode(write(seed).text), end]])
        with torch.no_grad():
            nats += F.cross_entropy(model(ids[:, :-1])[0], ids[0, 1:], reduction="sum").item()
        tokens += ids.shape[1] - 1
    floor, _ = nats_per_token(tokenizer.encode)
    assert nats / tokens < 1.15 * floor
    assert storyteller_log()[-1].validation == pytest.approx(nats / tokens, rel=0.1)


def test_most_of_its_stories_are_true_to_their_plots(storyteller):
    model, tokenizer = storyteller
    end = tokenizer.special_tokens["<|endoftext|>"]
    told = generate(model, [[end]] * 40, 255, parts=usual_parts(temperature=0.5), seed=0, end=end, tokenizer=tokenizer)
    assert score([story.text for story in told]).valid > 0.75
