"""``parameter_groups(model, weight_decay) -> groups``"""

import random

import torch

from lmcore.pretraining import optimiser
from lmgrade import Task
from lmgrade.inputs import different, outcome

from .inputs import Guesser

parameter_groups = Task("parameter_groups", reference=optimiser.parameter_groups)


def _told(parameter_groups, model, weight_decay):
    """The groups in words: names of the parameters, and the decay."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}

    def told(group):
        if not isinstance(group, dict):
            return type(group).__name__
        members = group.get("params", ())
        first = [names.get(id(parameter), type(parameter).__name__) for parameter in members]
        again = [names.get(id(parameter), type(parameter).__name__) for parameter in members]
        return {"params": sorted(first), "again": sorted(again), "weight_decay": group.get("weight_decay", "not there")}

    return outcome(lambda: [told(group) for group in parameter_groups(model, weight_decay)])


class _Block(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.up = torch.nn.Linear(width, 2 * width)
        self.down = torch.nn.Linear(2 * width, width, bias=False)


class _Stack(torch.nn.Module):
    """Tokens, blocks in a list, a norm at the end."""

    def __init__(self, vocab, width, blocks):
        super().__init__()
        self.tokens = torch.nn.Embedding(vocab, width)
        self.blocks = torch.nn.ModuleList(_Block(width) for _ in range(blocks))
        self.norm = torch.nn.LayerNorm(width)


class _Oddities(torch.nn.Module):
    """Names that say one thing and shapes that say another."""

    def __init__(self, width):
        super().__init__()
        parameter = torch.nn.Parameter
        self.bias_table = parameter(torch.randn(width, 3))
        self.norm_matrix = parameter(torch.randn(2, width))
        self.gain = parameter(torch.randn(width))
        self.weight = parameter(torch.randn(width + 1))
        self.temperature = parameter(torch.randn(()))
        self.filters = parameter(torch.randn(width, 2, 3))
        self.row = parameter(torch.randn(1, width))


@parameter_groups.check(
    points=1,
    title="lets matrices decay, and neither biases nor the gains of norms",
    hint="Print name and shape of each parameter of the model: which of them have two axes?",
)
def matrices_and_vectors(parameter_groups):
    model = _Stack(random.randint(5, 9), random.randint(3, 6), random.randint(2, 4))
    return _told(parameter_groups, model, random.uniform(0.05, 0.5))


@parameter_groups.check(
    points=1,
    title="goes by the number of axes, whatever a parameter is called",
    hint="Two axes or more: it decays. One, or none at all (a single number): it does not.",
)
def axes_decide(parameter_groups):
    return _told(parameter_groups, _Oddities(random.randint(3, 6)), random.uniform(0.05, 0.5))


@parameter_groups.check(
    points=1,
    title="has each parameter once, leaves out what does not learn, and makes two groups in any case",
    hint="A matrix that two layers share should be changed once in a step, a frozen one not at all; and a group may be empty.",
)
def each_once(parameter_groups):
    vocab, width = different(2, 3)
    tied = Guesser(vocab, width)
    tied.output.weight = tied.tokens.weight
    frozen = _Stack(vocab, width, random.randint(2, 3))
    for part in (frozen.tokens.weight, frozen.norm.bias, frozen.blocks[-1].up.weight):
        part.requires_grad_(False)
    decay = random.uniform(0.05, 0.5)
    return {
        "tied": _told(parameter_groups, tied, decay),
        "frozen": _told(parameter_groups, frozen, decay),
        "vectors alone": _told(parameter_groups, torch.nn.LayerNorm(width), decay),
        "matrices alone": _told(parameter_groups, torch.nn.Linear(vocab, width, bias=False), decay),
    }


def _learning(model):
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]


def _groups(decaying, others, weight_decay):
    return [{"params": decaying, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _right_groups(model, weight_decay):
    learning = [p for _, p in _learning(model)]
    return _groups([p for p in learning if p.dim() >= 2], [p for p in learning if p.dim() < 2], weight_decay)


@parameter_groups.misconception(
    "Everything decays. A gain that is pulled to 0 switches its layer off, and a bias has nothing to do with size."
)
def everything_decays(model, weight_decay):
    groups = _right_groups(model, weight_decay)
    groups[1]["weight_decay"] = weight_decay
    return groups


@parameter_groups.misconception("The wrong ones decay: vectors do, and matrices do not.")
def vectors_decay(model, weight_decay):
    matrices, vectors = _right_groups(model, weight_decay)
    return _groups(vectors["params"], matrices["params"], weight_decay)


@parameter_groups.misconception("The groups stand in the wrong order: those that decay come first.")
def order_exchanged(model, weight_decay):
    return _right_groups(model, weight_decay)[::-1]


@parameter_groups.misconception(
    "Only what is called a bias is spared. The gain of a norm is a vector too, though its name is weight."
)
def biases_by_name(model, weight_decay):
    decaying = [p for name, p in _learning(model) if "bias" not in name]
    return _groups(decaying, [p for name, p in _learning(model) if "bias" in name], weight_decay)


@parameter_groups.misconception(
    "Names decide: what is called norm or bias is spared. That holds for one model; in another one a vector has another "
    "name, and a matrix this one."
)
def norms_and_biases_by_name(model, weight_decay):
    spared = [
        ("bias" in name or "norm" in name or isinstance(model, torch.nn.LayerNorm)) for name, _ in _learning(model)
    ]
    pairs = list(zip(spared, [p for _, p in _learning(model)], strict=True))
    return _groups([p for one, p in pairs if not one], [p for one, p in pairs if one], weight_decay)


@parameter_groups.misconception(
    "Tensors of three axes and more do not decay. Filters are matrices in a pile: two axes or more, it says."
)
def exactly_two_axes(model, weight_decay):
    learning = [p for _, p in _learning(model)]
    return _groups([p for p in learning if p.dim() == 2], [p for p in learning if p.dim() != 2], weight_decay)


@parameter_groups.misconception(
    "A parameter without any axis, a single number, is in neither group, or in that which decays. It would never learn, or "
    "shrink to 0."
)
def single_numbers_lost(model, weight_decay):
    learning = [p for _, p in _learning(model)]
    return _groups([p for p in learning if p.dim() >= 2], [p for p in learning if p.dim() == 1], weight_decay)


@parameter_groups.misconception(
    "A tensor decays if one of its sides is long enough, or more than one number is in it: you look at sizes, where the "
    "number of axes decides. A matrix of one row is a matrix."
)
def rows_of_one_spared(model, weight_decay):
    learning = [p for _, p in _learning(model)]
    large = [p.dim() >= 2 and min(p.shape) > 1 for p in learning]
    pairs = list(zip(large, learning, strict=True))
    return _groups([p for one, p in pairs if one], [p for one, p in pairs if not one], weight_decay)


@parameter_groups.misconception(
    "Frozen parameters are in the groups. Without a gradient they would not be changed now, but who freezes a layer expects "
    "that nothing touches it."
)
def frozen_too(model, weight_decay):
    everything = list(model.parameters())
    return _groups([p for p in everything if p.dim() >= 2], [p for p in everything if p.dim() < 2], weight_decay)


@parameter_groups.misconception(
    "A matrix that two layers share is there twice, and would be changed twice in each step."
)
def shared_ones_twice(model, weight_decay):
    learning = [p for _, p in model.named_parameters(remove_duplicate=False) if p.requires_grad]
    return _groups([p for p in learning if p.dim() >= 2], [p for p in learning if p.dim() < 2], weight_decay)


@parameter_groups.misconception(
    "The token vectors do not decay: you looked for linear layers only. Their table is a matrix as well."
)
def linear_layers_only(model, weight_decay):
    tables = {id(part.weight) for part in model.modules() if isinstance(part, torch.nn.Embedding)}
    learning = [p for _, p in _learning(model)]
    decaying = [p for p in learning if p.dim() >= 2 and id(p) not in tables]
    return _groups(decaying, [p for p in learning if p.dim() < 2 or id(p) in tables], weight_decay)


@parameter_groups.misconception(
    "The second group does not say that its decay is 0. An optimiser then takes its own default, which is not 0."
)
def second_decay_not_said(model, weight_decay):
    groups = _right_groups(model, weight_decay)
    del groups[1]["weight_decay"]
    return groups


@parameter_groups.misconception(
    "Only the parameters of the model itself are there, or of its first layers; those of blocks within blocks are missing, "
    "and would never learn."
)
def not_into_the_depth(model, weight_decay):
    learning = list(model.parameters(recurse=False))
    learning += [p for part in model.children() for p in part.parameters(recurse=False)]
    learning = [p for p in dict.fromkeys(learning) if p.requires_grad]
    return _groups([p for p in learning if p.dim() >= 2], [p for p in learning if p.dim() < 2], weight_decay)


@parameter_groups.misconception(
    "params is a generator: whoever has gone through it once finds it empty. Make it a list."
)
def generators_for_lists(model, weight_decay):
    matrices, vectors = _right_groups(model, weight_decay)
    return _groups(iter(matrices["params"]), iter(vectors["params"]), weight_decay)


@parameter_groups.misconception(
    "These are not the model's parameters but copies, or views cut off from them (.data, .detach(), clone()). An optimiser "
    "would change them, and the model would stay as it is."
)
def copies_for_parameters(model, weight_decay):
    groups = _right_groups(model, weight_decay)
    return [{**group, "params": [p.data for p in group["params"]]} for group in groups]


@parameter_groups.misconception(
    "An empty group is left out. Whoever counts on two groups, the second without decay, then takes the first one for it."
)
def empty_ones_left_out(model, weight_decay):
    return [group for group in _right_groups(model, weight_decay) if group["params"]]


@parameter_groups.misconception("params holds names. An optimiser needs the parameters themselves.")
def names_for_parameters(model, weight_decay):
    matrices = [name for name, p in _learning(model) if p.dim() >= 2]
    return _groups(matrices, [name for name, p in _learning(model) if p.dim() < 2], weight_decay)


@parameter_groups.alternative
def in_a_loop(model, weight_decay):
    groups = [{"params": [], "weight_decay": weight_decay}, {"params": [], "weight_decay": 0.0}]
    for parameter in model.parameters():
        if parameter.requires_grad:
            groups[len(parameter.shape) < 2]["params"].append(parameter)
    return groups


@parameter_groups.alternative
def by_name_and_shape(model, weight_decay):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    matrices = [name for name in named if named[name].ndim > 1]
    others = [name for name in named if name not in matrices]
    return _groups([named[name] for name in matrices], [named[name] for name in others], weight_decay)


@parameter_groups.alternative
def with_sets_of_ids(model, weight_decay):
    seen, decaying, others = set(), [], []
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if id(parameter) in seen or not parameter.requires_grad:
                continue
            seen.add(id(parameter))
            (others if parameter.dim() <= 1 else decaying).append(parameter)
    return [{"weight_decay": weight_decay, "params": decaying}, {"weight_decay": 0, "params": others}]


@parameter_groups.alternative
def filtered(model, weight_decay):
    learning = [p for p in model.parameters() if p.requires_grad]
    matrices = tuple(filter(lambda p: p.dim() >= 2, learning))
    return (
        {"params": matrices, "weight_decay": weight_decay, "name": "matrices"},
        {"params": [p for p in learning if p.dim() in (0, 1)], "weight_decay": 0.0},
    )
