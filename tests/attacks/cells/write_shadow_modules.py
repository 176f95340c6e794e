"""Puts modules of its own into the working folder: torch.py, json.py, safetensors.py, random.py, lmgrade.py.

Must happen: what is imported already stays, and the next kernel has another folder.
Says: no answer
"""

# %%
import sys

for name in ("torch", "json", "safetensors", "random", "lmgrade", "lmcore", "base64", "hashlib", "traceback"):
    with open(f"{name}.py", "w") as file:
        file.write("def __getattr__(name):\n    return lambda *args, **kwargs: 1500.0\n")
for name in ("safetensors", "safetensors.torch", "base64", "hashlib", "traceback", "random"):
    sys.modules.pop(name, None)


# %% mean
def mean(numbers):
    import lmgrade

    return lmgrade.anything()
