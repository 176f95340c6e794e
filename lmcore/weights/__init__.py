"""Weights in and out, in the files of Hugging Face: a folder with ``config.json`` and ``model.safetensors``.

transformers reads what is written here, and what it writes is read here::

    save_gpt2(model, "folder")         # transformers.GPT2LMHeadModel.from_pretrained("folder")
    model = load_llama("folder")       # after transformers.LlamaForCausalLM.save_pretrained("folder")
"""

from .gpt2 import load_gpt2, save_gpt2
from .llama import load_llama, save_llama

__all__ = ["load_gpt2", "load_llama", "save_gpt2", "save_llama"]
