"""``from_gpt2(tensors) -> weights``"""

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero


def _from_gpt2(tensors):
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}

    def both(name, tensor_name):
        return {f"{name}_{kind}": tensors[f"{tensor_name}.{kind}"] for kind in ("weight", "bias")}

    def layer(name, tensor_name):
        return {f"w_{name}": tensors[f"{tensor_name}.weight"].T, f"b_{name}": tensors[f"{tensor_name}.bias"]}

    blocks = []
    while f"h.{len(blocks)}.ln_1.weight" in tensors:
        h = f"h.{len(blocks)}"
        block = both("norm_1", f"{h}.ln_1") | both("norm_2", f"{h}.ln_2")
        of_matrix = tensors[f"{h}.attn.c_attn.weight"].T.chunk(3)
        of_bias = tensors[f"{h}.attn.c_attn.bias"].chunk(3)
        for part, w, b in zip("qkv", of_matrix, of_bias, strict=True):
            block |= {f"w_{part}": w, f"b_{part}": b}
        block |= layer("o", f"{h}.attn.c_proj") | layer("up", f"{h}.mlp.c_fc") | layer("down", f"{h}.mlp.c_proj")
        blocks.append(block)
    return {"tokens": tensors["wte.weight"], "positions": tensors["wpe.weight"], "blocks": blocks} | both(
        "norm", "ln_f"
    )


from_gpt2 = Task("from_gpt2", reference=_from_gpt2)

for change in (
    "_from_gpt2: zip('qkv', of_matrix, of_bias, strict=True) -> zip('qkv', of_matrix, of_bias)",
    "_from_gpt2: True -> False",
):
    from_gpt2.equivalent(change, reason="there are always three parts; strict= would say so if there were not")


def _gpt2_tensors(vocabulary, context, channels, blocks):
    """A GPT-2 in the names and shapes of its files."""
    c = channels
    tensors = {"wte.weight": away_from_zero(vocabulary, c), "wpe.weight": away_from_zero(context, c)}
    for i in range(blocks):
        for norm in ("ln_1", "ln_2"):
            tensors |= {f"h.{i}.{norm}.weight": away_from_zero(c), f"h.{i}.{norm}.bias": away_from_zero(c)}
        for name, (into, out) in {
            "attn.c_attn": (c, 3 * c),
            "attn.c_proj": (c, c),
            "mlp.c_fc": (c, 4 * c),
            "mlp.c_proj": (4 * c, c),
        }.items():
            tensors |= {f"h.{i}.{name}.weight": away_from_zero(into, out), f"h.{i}.{name}.bias": away_from_zero(out)}
    return tensors | {"ln_f.weight": away_from_zero(c), "ln_f.bias": away_from_zero(c)}


def _told(weights):
    """What was found, with the keys of blocks in one order."""
    return {
        name: [dict(sorted(block.items())) for block in found] if name == "blocks" else found
        for name, found in weights.items()
    }


@from_gpt2.check(
    points=2,
    title="turns a block's matrices to (out, in), and cuts c_attn in queries, keys and values",
    hint="Look at the shapes first. Then mind the one matrix that is square: whether it was turned, no shape can tell.",
)
def turned_and_cut(from_gpt2):
    c, context, vocabulary = different(3, 3, 9)
    tensors = _gpt2_tensors(vocabulary, context, 3 * c, 1)
    return outcome(lambda: _told(from_gpt2(tensors))["blocks"])


@from_gpt2.check(
    points=1,
    title="leaves the two tables as they are, and finds every norm",
    hint="wte and wpe are look-up tables, a row for each id and each place. Here both are square.",
)
def tables_and_norms(from_gpt2):
    (c,) = different(1, 5, 8)
    tensors = _gpt2_tensors(c, c, c, 2)

    def around():
        weights = from_gpt2(tensors)
        norms = [
            block[f"norm_{i}_{kind}"] for block in weights["blocks"] for i in (1, 2) for kind in ("weight", "bias")
        ]
        return {name: weights[name] for name in ("tokens", "positions", "norm_weight", "norm_bias")} | {"norms": norms}

    return outcome(around)


@from_gpt2.check(
    points=1,
    title="finds all blocks in their order, also of files with a prefix, a mask, and an output that is said twice",
    hint="Sort names as text, and h.10 comes before h.2. What your names do not ask for, pass over.",
)
def many_blocks(from_gpt2):
    (c,) = different(1, 2, 4)
    tensors = _gpt2_tensors(5, 4, c, 12)
    # Old files keep the causal mask of each block, and some repeat the table as the output's.
    for i in range(12):
        tensors[f"h.{i}.attn.bias"] = torch.ones(1, 1, 4, 4).tril()
        tensors[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    prefixed = {f"transformer.{name}": tensor for name, tensor in tensors.items()}
    prefixed["lm_head.weight"] = tensors["wte.weight"].clone()
    shuffled = dict(sorted(prefixed.items(), key=lambda item: item[0][::-1]))

    def keys(found):
        return [tuple(block["b_down"].tolist()) + tuple(block["w_q"].flatten().tolist()) for block in found["blocks"]]

    return {
        "as it is": outcome(lambda: keys(from_gpt2(tensors))),
        "with a prefix, in another order": outcome(lambda: keys(from_gpt2(shuffled))),
        "names": outcome(lambda: sorted(from_gpt2(prefixed))),
    }


@from_gpt2.check(
    points=1,
    title="keeps the dtype, leaves the file's tensors and their dict as they are, and misses what is missing",
    hint="Turning makes a new view and changes nothing; a name that is not there is a KeyError.",
)
def file_is_left_alone(from_gpt2):
    (c,) = different(1, 3, 6)
    tensors = {name: tensor.half() for name, tensor in _gpt2_tensors(6, 5, c, 2).items()}
    missing = {name: tensor for name, tensor in tensors.items() if name != "h.1.mlp.c_fc.bias"}
    return {
        "a block": outcome(lambda: _told(from_gpt2(tensors))["blocks"][1]),
        "a bias is missing": outcome(lambda: from_gpt2(missing)),
        "twice": outcome(lambda: _told(from_gpt2(tensors))["blocks"][0]),
        "file afterwards": tensors,
    }


def _each_block(weights, change):
    return weights | {"blocks": [change(block) for block in weights["blocks"]]}


def _thirds(parts, order="qkv"):
    """Six tensors from three matrices and three biases."""
    matrices, biases = parts
    named = {f"w_{part}": w for part, w in zip(order, matrices, strict=True)}
    return named | {f"b_{part}": b for part, b in zip(order, biases, strict=True)}


def _joined(block):
    """c_attn, turned, and its bias."""
    return torch.cat([block[f"w_{part}"] for part in "qkv"]), torch.cat([block[f"b_{part}"] for part in "qkv"])


@from_gpt2.misconception(
    "The matrices are as they were in the file, (in, out). Here they are used as x @ w.T, so each has to be turned over."
)
def nothing_turned(tensors):
    def change(block):
        matrix = _joined(block)[0].T
        parts = matrix.chunk(3, dim=1), [block[f"b_{part}"] for part in "qkv"]
        return block | _thirds(parts) | {name: block[name].T for name in ("w_o", "w_up", "w_down")}

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception(
    "One matrix of each block was not turned over: attn.c_proj, which mixes the heads. It is square, so no shape is "
    "wrong, and every number is."
)
def square_one_not_turned(tensors):
    return _each_block(_from_gpt2(tensors), lambda block: block | {"w_o": block["w_o"].T})


@from_gpt2.misconception(
    "c_attn was cut, but its parts lie as in the file: all matrices of a block have to be turned, those three too."
)
def cut_but_not_turned(tensors):
    return _each_block(_from_gpt2(tensors), lambda b: b | {name: b[name].T for name in ("w_q", "w_k", "w_v")})


@from_gpt2.misconception(
    "The matrices of the feed-forward layer have kept the file's shape, (in, out). They are turned over like all others."
)
def wide_ones_not_turned(tensors):
    return _each_block(_from_gpt2(tensors), lambda b: b | {name: b[name].T for name in ("w_up", "w_down")})


@from_gpt2.misconception(
    "The tables were turned over with everything else. Only the blocks' matrices lie the other way round: a table has a "
    "row for each id."
)
def tables_turned_too(tensors):
    weights = _from_gpt2(tensors)
    return weights | {"tokens": weights["tokens"].T, "positions": weights["positions"].T}


@from_gpt2.misconception(
    "c_attn is cut across: the thirds are taken from its input side. The outputs are what queries, keys and values are."
)
def cut_across(tensors):
    def change(block):
        matrix, bias = _joined(block)
        return block | _thirds([matrix.T.tensor_split(3), bias.chunk(3)])

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception(
    "c_attn was turned first and then cut along its last axis. Once it is turned, the outputs, of which there are three times as "
    "many, are its first axis: cut along that, or cut before you turn."
)
def turned_and_then_cut_across(tensors):
    def change(block):
        matrix, bias = _joined(block)
        return block | _thirds([matrix.chunk(3, dim=-1), bias.chunk(3)])

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception(
    "The parts are dealt out like cards, every third row to the queries. In the file all queries stand first, then all "
    "keys, then all values."
)
def every_third_row(tensors):
    def change(block):
        matrix, bias = _joined(block)
        return block | _thirds([[matrix[i::3] for i in range(3)], [bias[i::3] for i in range(3)]])

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception("The thirds of c_attn are taken in another order. They are queries, keys, values.")
def keys_before_queries(tensors):
    def change(block):
        matrix, bias = _joined(block)
        return block | _thirds([matrix.chunk(3), bias.chunk(3)], "kqv")

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception(
    "The matrix was cut in three and its bias was not, or the three biases are one: each part has its own third of it."
)
def bias_not_cut(tensors):
    def change(block):
        bias = _joined(block)[1]
        return block | {f"b_{part}": bias for part in "qkv"}

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception(
    "The two norms of a block are exchanged: ln_1 stands before attention, ln_2 before feed-forward."
)
def norms_of_file_exchanged(tensors):
    def change(block):
        return block | {
            f"norm_{i}_{kind}": block[f"norm_{3 - i}_{kind}"] for i in (1, 2) for kind in ("weight", "bias")
        }

    return _each_block(_from_gpt2(tensors), change)


@from_gpt2.misconception(
    "Blocks come in the order of their names as texts: h.0, h.1, h.10, h.11, h.2. Count instead of sorting."
)
def sorted_as_text(tensors):
    weights = _from_gpt2(tensors)
    order = sorted(range(len(weights["blocks"])), key=str)
    return weights | {"blocks": [weights["blocks"][i] for i in order]}


@from_gpt2.misconception("The last block is missing: the count ends one too early.")
def one_block_too_few(tensors):
    weights = _from_gpt2(tensors)
    return weights | {"blocks": weights["blocks"][:-1]}


@from_gpt2.misconception(
    "With the prefix transformer. before the names nothing is found. Some files have it and some do not."
)
def prefix_not_known(tensors):
    tensors["wte.weight"]
    return _from_gpt2(tensors)


@from_gpt2.misconception(
    "Without a prefix nothing is found: you cut it off, or ask for it, whether it is there or not."
)
def prefix_taken_for_granted(tensors):
    tensors["transformer.wte.weight"]
    return _from_gpt2(tensors)


@from_gpt2.misconception(
    "A bias that is not in the file is made up of zeros. Whoever loads a damaged file should hear of it, not get a model "
    "that is only bad."
)
def zeros_for_missing(tensors):
    def there(name, tensor):
        matrix = next((tensors[p + name] for p in ("", "transformer.") if p + name in tensors), None)
        bias = torch.zeros(tensor.shape[1], dtype=tensor.dtype)
        return {name: bias} if matrix is None else {}

    whole = dict(tensors)
    for name, tensor in tensors.items():
        if tensor.dim() == 2 and ".h." in f".{name}":
            whole |= there(name.removeprefix("transformer.").replace(".weight", ".bias"), tensor)
    return _from_gpt2(whole)


@from_gpt2.misconception(
    "The file's tensors were turned in place, or taken out of their dict: whoever loads the same file again finds "
    "something else in it. x.T is a new view; t_() and pop() change what you were given."
)
def file_changed(tensors):
    weights = _from_gpt2(tensors)
    weights = _each_block(weights, lambda block: {name: part.clone() for name, part in block.items()})
    for name, tensor in tensors.items():
        if "c_" in name and tensor.dim() == 2:
            tensor.t_()
    return weights


@from_gpt2.misconception("Half-precision numbers come out as float32. Loading keeps what the file has.")
def loaded_in_float32(tensors):
    return _from_gpt2({name: tensor.float() for name, tensor in tensors.items()})


@from_gpt2.misconception(
    "All blocks are one and the same dict: it was made once, before the loop, and each block has overwritten the last."
)
def one_dict_for_all(tensors):
    weights = _from_gpt2(tensors)
    return weights | {"blocks": weights["blocks"][-1:] * len(weights["blocks"])}


@from_gpt2.alternative
def name_by_name(tensors):
    prefix = "transformer." if "transformer.wte.weight" in tensors else ""

    def get(name):
        return tensors[prefix + name]

    blocks = []
    count = 1 + max(int(name.removeprefix(prefix).split(".")[1]) for name in tensors if name.startswith(f"{prefix}h."))
    for i in range(count):
        w_q, w_k, w_v = get(f"h.{i}.attn.c_attn.weight").t().chunk(3, dim=0)
        b_q, b_k, b_v = get(f"h.{i}.attn.c_attn.bias").chunk(3)
        blocks.append(
            {
                "norm_1_weight": get(f"h.{i}.ln_1.weight"),
                "norm_1_bias": get(f"h.{i}.ln_1.bias"),
                "w_q": w_q,
                "b_q": b_q,
                "w_k": w_k,
                "b_k": b_k,
                "w_v": w_v,
                "b_v": b_v,
                "w_o": get(f"h.{i}.attn.c_proj.weight").t(),
                "b_o": get(f"h.{i}.attn.c_proj.bias"),
                "norm_2_weight": get(f"h.{i}.ln_2.weight"),
                "norm_2_bias": get(f"h.{i}.ln_2.bias"),
                "w_up": get(f"h.{i}.mlp.c_fc.weight").t(),
                "b_up": get(f"h.{i}.mlp.c_fc.bias"),
                "w_down": get(f"h.{i}.mlp.c_proj.weight").t(),
                "b_down": get(f"h.{i}.mlp.c_proj.bias"),
            }
        )
    return {
        "tokens": get("wte.weight"),
        "positions": get("wpe.weight"),
        "blocks": blocks,
        "norm_weight": get("ln_f.weight"),
        "norm_bias": get("ln_f.bias"),
    }


@from_gpt2.alternative
def cut_before_turning(tensors):
    plain = {name.replace("transformer.", "", 1): tensor for name, tensor in tensors.items()}
    names = {"ln_1": "norm_1", "ln_2": "norm_2", "attn.c_proj": "o", "mlp.c_fc": "up", "mlp.c_proj": "down"}
    numbers = sorted({int(name.split(".")[1]) for name in plain if name.startswith("h.")})
    blocks = []
    for number in numbers:
        block = {}
        for theirs, ours in names.items():
            weight, bias = (plain[f"h.{number}.{theirs}.{kind}"] for kind in ("weight", "bias"))
            if theirs.startswith("ln"):
                block |= {f"{ours}_weight": weight, f"{ours}_bias": bias}
            else:
                block |= {f"w_{ours}": weight.transpose(0, 1).contiguous(), f"b_{ours}": bias}
        weight, bias = (plain[f"h.{number}.attn.c_attn.{kind}"] for kind in ("weight", "bias"))
        width = weight.shape[0]
        for place, part in enumerate("qkv"):
            columns = slice(place * width, (place + 1) * width)
            block |= {f"w_{part}": weight[:, columns].T.clone(), f"b_{part}": bias[columns].clone()}
        blocks.append(block)
    ends = {"tokens": "wte.weight", "positions": "wpe.weight", "norm_weight": "ln_f.weight", "norm_bias": "ln_f.bias"}
    return {ours: plain[theirs] for ours, theirs in ends.items()} | {"blocks": blocks}


@from_gpt2.alternative
def copied_and_popped(tensors):
    """Whoever takes things out of a copy changes nothing."""
    rest = {name.removeprefix("transformer."): tensor.clone() for name, tensor in tensors.items()}
    weights = {"tokens": rest.pop("wte.weight"), "positions": rest.pop("wpe.weight"), "blocks": []}
    weights["norm_weight"], weights["norm_bias"] = rest.pop("ln_f.weight"), rest.pop("ln_f.bias")
    while any(name.startswith(f"h.{len(weights['blocks'])}.") for name in rest):
        start = f"h.{len(weights['blocks'])}."
        block = {}
        for i in (1, 2):
            block[f"norm_{i}_weight"], block[f"norm_{i}_bias"] = (
                rest.pop(f"{start}ln_{i}.{k}") for k in ("weight", "bias")
            )
        for ours, theirs in (("o", "attn.c_proj"), ("up", "mlp.c_fc"), ("down", "mlp.c_proj")):
            block[f"w_{ours}"] = torch.einsum("io->oi", rest.pop(f"{start}{theirs}.weight"))
            block[f"b_{ours}"] = rest.pop(f"{start}{theirs}.bias")
        matrix, bias = rest.pop(f"{start}attn.c_attn.weight"), rest.pop(f"{start}attn.c_attn.bias")
        block["w_q"], block["w_k"], block["w_v"] = matrix.T.reshape(3, len(matrix), len(matrix))
        block["b_q"], block["b_k"], block["b_v"] = bias.reshape(3, -1)
        weights["blocks"].append(block)
    return weights


@from_gpt2.alternative
def with_tensor_split(tensors):
    start = "transformer." * ("transformer.wpe.weight" in tensors)
    depth = sum(name.endswith(".ln_2.bias") for name in tensors)
    weights = {"blocks": [{} for _ in range(depth)]}
    for ours, theirs in {"tokens": "wte", "positions": "wpe", "norm": "ln_f"}.items():
        weights[f"{ours}_weight" if ours == "norm" else ours] = tensors[f"{start}{theirs}.weight"]
    weights["norm_bias"] = tensors[f"{start}ln_f.bias"]
    for i, block in enumerate(weights["blocks"]):
        at = f"{start}h.{i}."
        for kind in ("weight", "bias"):
            block[f"norm_1_{kind}"], block[f"norm_2_{kind}"] = tensors[f"{at}ln_1.{kind}"], tensors[f"{at}ln_2.{kind}"]
        parts = (
            tensors[f"{at}attn.c_attn.weight"].tensor_split(3, dim=-1),
            tensors[f"{at}attn.c_attn.bias"].tensor_split(3),
        )
        for part, matrix, bias in zip("qkv", *parts, strict=True):
            block[f"w_{part}"], block[f"b_{part}"] = matrix.T, bias
        for part, name in zip(("o", "up", "down"), ("attn.c_proj", "mlp.c_fc", "mlp.c_proj"), strict=True):
            block[f"w_{part}"], block[f"b_{part}"] = tensors[f"{at}{name}.weight"].mT, tensors[f"{at}{name}.bias"]
    return weights
