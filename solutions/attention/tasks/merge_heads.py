"""``merge_heads(x) -> merged``"""

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients


def _merge_heads(x):
    return x.transpose(1, 2).flatten(2)  # B T (H D)


merge_heads = Task("merge_heads", reference=_merge_heads)


@merge_heads.check(
    points=1,
    title="puts the heads' findings side by side, token by token",
    hint="Split a numbered tensor and merge it again: number 0 should come first, then 1, then 2.",
)
def side_by_side(merge_heads):
    b, h, t, d = different(4, 2, 6)
    return {
        "merged": merge_heads(torch.randn(b, h, t, d)),
        "all sizes equal": outcome(lambda: merge_heads(torch.randn(3, 3, 3, 3))),
    }


@merge_heads.check(
    points=1,
    title="takes what attention and split_heads really give: tensors in any order of memory",
    hint="After a transpose, numbers do not lie in order any more, and view refuses.",
)
def any_memory(merge_heads):
    b, h, t, d = different(4, 2, 6)
    split = torch.randn(b, t, h, d).transpose(1, 2)
    turned = torch.randn(b, h, d, t).double().transpose(2, 3)
    spread = torch.randn(b, 1, t, d).expand(b, h, t, d)
    return {
        "split": outcome(lambda: merge_heads(split)),
        "turned": outcome(lambda: merge_heads(turned)),
        "spread": outcome(lambda: merge_heads(spread)),
        "one head": outcome(lambda: merge_heads(split[:, :1])),
        "one token": outcome(lambda: merge_heads(split[:, :, :1])),
        "one of all": outcome(lambda: merge_heads(split[:1, :1, :1, :1])),
    }


@merge_heads.check(
    points=1,
    title="lets gradients through",
    hint="Reorder the numbers of the tensor itself; a tensor filled with copies of numbers has forgotten its past.",
)
def gradients_come_through(merge_heads):
    b, h, t, d = different(4, 2, 6)
    return gradients(merge_heads, away_from_zero(b, h, t, d))


@merge_heads.misconception(
    "The shape is right, but tokens are mixed: numbers were only counted off anew. Heads and time have to change places "
    "before the last two axes become one."
)
def counted_off(x):
    b, h, t, d = x.shape
    return x.reshape(b, t, h * d)


@merge_heads.misconception(
    "The heads are interleaved: first number 0 of each head, then number 1 of each. Each head's numbers should stay "
    "together."
)
def interleaved_heads(x):
    return x.permute(0, 2, 3, 1).flatten(2)


@merge_heads.misconception("view cannot join axes after a transpose, since the numbers do not lie in that order.")
def view_after_transpose(x):
    b, h, t, d = x.shape
    return x.transpose(1, 2).view(b, t, h * d)


@merge_heads.misconception(
    "The heads are averaged. Each has found something of its own; the output is as wide as all of them together."
)
def averaged_heads(x):
    return x.mean(1)


@merge_heads.misconception("The heads are added up. Keep what each one found, side by side.")
def added_heads(x):
    return x.sum(1)


@merge_heads.misconception(
    "The heads stand one after the other along time, so there are more tokens than before. They belong side by side in "
    "each token's vector."
)
def along_time(x):
    return x.flatten(1, 2)


@merge_heads.misconception("The heads are joined in the wrong order, the last one first.")
def last_head_first(x):
    return x.flip(1).transpose(1, 2).flatten(2)


@merge_heads.misconception("Time and width have changed places: (batch, width, time).")
def time_at_the_end(x):
    return x.transpose(2, 3).flatten(1, 2)


@merge_heads.misconception(
    "Axes of size 1 vanish from the result: squeeze drops every one of them, a batch of one sentence, too."
)
def squeezed(x):
    return x.transpose(1, 2).flatten(2).squeeze()


@merge_heads.misconception(
    "The merged tensor has no past: it was filled with data cut off from x, and no gradient finds back."
)
def merged_cut_off(x):
    return x.detach().transpose(1, 2).flatten(2)


@merge_heads.alternative
def concatenated(x):
    return torch.cat(x.unbind(1), dim=-1)


@merge_heads.alternative
def reshaped_after_permute(x):
    return x.permute(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)


@merge_heads.alternative
def viewed_after_contiguous(x):
    b, h, t, d = x.shape
    return x.transpose(1, 2).contiguous().view(b, t, h * d)


@merge_heads.alternative
def written_head_by_head(x):
    b, h, t, d = x.shape
    merged = x.new_empty(b, t, h * d)
    for number in range(h):
        merged[..., number * d : (number + 1) * d] = x[:, number]
    return merged
