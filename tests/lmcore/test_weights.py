import dataclasses
import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2LMHeadModel, LlamaForCausalLM

from lmcore.gpt import GPT, GPTConfig
from lmcore.llama import Llama, LlamaConfig
from lmcore.weights import files, load_gpt2, load_llama, save_gpt2, save_llama

pytestmark = pytest.mark.xdist_group("transformers")
GPT_CONFIG = GPTConfig(vocab_size=50, context=12, n_layers=2, n_heads=4, d_model=16)
LLAMA_CONFIG = LlamaConfig(vocab_size=50, context=12, n_layers=2, n_heads=4, n_kv_heads=2, d_model=16, d_ff=40)
TIED_CONFIG = dataclasses.replace(LLAMA_CONFIG, tied=True, d_head=6, rotary_base=500.0)
CASES = [
    (GPT(GPT_CONFIG), save_gpt2, load_gpt2, GPT2LMHeadModel),
    (Llama(LLAMA_CONFIG), save_llama, load_llama, LlamaForCausalLM),
    (Llama(TIED_CONFIG), save_llama, load_llama, LlamaForCausalLM),
]
every_family = pytest.mark.parametrize(("model", "save", "load", "theirs"), CASES, ids=["gpt2", "llama", "llama tied"])
IDS = torch.randint(50, (2, 9))


def equal(a, b):
    return a.config == b.config and all(
        torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


@every_family
def test_what_was_saved_is_loaded(model, save, load, theirs, tmp_path):
    save(model, tmp_path / "new" / "folder")
    assert equal(load(str(tmp_path / "new" / "folder")), model)


@every_family
def test_transformers_reads_what_we_write_and_we_read_what_it_writes(model, save, load, theirs, tmp_path):
    save(model, tmp_path / "ours")
    twin, report = theirs.from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    with torch.no_grad():
        torch.testing.assert_close(twin.eval()(IDS).logits, model.eval()(IDS), rtol=1e-5, atol=1e-5)
    twin.save_pretrained(tmp_path / "theirs", max_shard_size="4KB")  # so that there are several files
    assert len(list((tmp_path / "theirs").glob("*.safetensors"))) > 1
    assert equal(load(tmp_path / "theirs"), model)


@every_family
def test_dtype_can_be_chosen(model, save, load, theirs, tmp_path):
    save(model, tmp_path)
    assert load(tmp_path, torch.bfloat16).tokens.weight.dtype == torch.bfloat16
    save(load(tmp_path, torch.bfloat16), tmp_path)
    assert load(tmp_path).tokens.weight.dtype == torch.float32


def test_names_of_openais_own_file_are_understood(tmp_path):
    model, save, load, _ = CASES[0]
    save(model, tmp_path)
    tensors = {name.removeprefix("transformer."): x for name, x in load_file(tmp_path / "model.safetensors").items()}
    tensors |= {"h.0.attn.bias": torch.ones(1, 1, 12, 12), "lm_head.weight": tensors["wte.weight"].clone()}
    save_file(tensors, tmp_path / "model.safetensors")
    assert equal(load(tmp_path), model)


def test_matrices_of_gpt2_are_kept_as_its_code_has_them(tmp_path):
    save_gpt2(CASES[0][0], tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    assert tensors["transformer.h.1.attn.c_attn.weight"].shape == (16, 48)
    assert tensors["transformer.h.1.mlp.c_fc.weight"].shape == (16, 64)
    assert tensors["transformer.wpe.weight"].shape == (12, 16)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("transformer.ln_f.bias"), "1 tensors are missing, such as 'ln_f.bias'"),
        (lambda t: t.update(extra=torch.ones(1)), "1 tensors are left over, such as 'extra'"),
        (lambda t: t.update({"transformer.wpe.weight": torch.ones(9, 16)}), r"\(12, 16\).*wpe.weight \(9, 16\)"),
        (lambda t: t.update({"lm_head.weight": torch.ones(50, 16)}), "lm_head.weight should repeat wte.weight"),
    ],
)
def test_wrong_tensors_are_named(change, message, tmp_path):
    save_gpt2(CASES[0][0], tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    change(tensors)
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=message):
        load_gpt2(tmp_path)


def test_matrix_of_keys_of_another_width_is_named(tmp_path):
    save_llama(CASES[1][0], tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["model.layers.1.self_attn.k_proj.weight"] = torch.ones(8, 15)
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"k_proj.weight \(8, 15\)"):
        load_llama(tmp_path)


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        (0, {"model_type": "llama"}, "does not say that its model_type is 'gpt2'"),
        (0, {"activation_function": "relu"}, "activation_function is 'relu'"),
        (0, {"n_inner": 40}, "n_inner is 40"),
        (0, {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx is True"),
        (0, {"n_head": 3}, "n_heads is 3"),
        (1, {"model_type": "gpt2"}, "does not say that its model_type is 'llama'"),
        (1, {"hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        (1, {"attention_bias": True}, "attention_bias is True"),
        (1, {"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}}, "rope_type is 'llama3'"),
        (1, {"rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 2}}, "type is 'linear'"),
    ],
)
def test_configs_that_ask_for_something_else_are_refused(case, change, message, tmp_path):
    model, save, load, _ = CASES[case]
    save(model, tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        load(tmp_path)


def test_llama_configs_of_transformers_4_are_understood(tmp_path):
    model, save, load, _ = CASES[2]
    save(model, tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    del config["rope_parameters"]
    path.write_text(json.dumps(config | {"rope_scaling": None}))
    assert load(tmp_path).config == model.config


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "model_type"), ("{}", "model_type")])
def test_broken_configs_are_named(text, message, tmp_path):
    save_gpt2(CASES[0][0], tmp_path)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_gpt2(tmp_path)


def test_entry_that_a_config_lacks_is_named(tmp_path):
    save_gpt2(CASES[0][0], tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ValueError, match="has no 'n_embd'"):
        load_gpt2(tmp_path)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_file_cut_short_is_named(keep, tmp_path):
    save_gpt2(CASES[0][0], tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"model.safetensors is not a whole safetensors file"):
        load_gpt2(tmp_path)


def test_folder_without_weights_is_named(tmp_path):
    save_gpt2(CASES[0][0], tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="holds no"):
        load_gpt2(tmp_path)


def test_failed_save_leaves_the_old_files_and_nothing_else(tmp_path, monkeypatch):
    model = CASES[0][0]
    save_gpt2(model, tmp_path)

    def full_disk(_, path, **__):
        path.write_bytes(b"part")
        raise OSError("no space left on device")

    monkeypatch.setattr(files, "save_file", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save_gpt2(GPT(GPTConfig(7, 3, 1, 1, 2)), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    assert equal(load_gpt2(tmp_path), model)
