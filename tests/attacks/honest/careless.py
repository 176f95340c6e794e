"""Right functions in an untidy notebook: warnings, prints, a cell that fails, a file left lying, a name used twice.

Must happen: full marks; none of this is a mistake in a function.
Earns: everything
"""

# %%
import sys
import warnings

warnings.warn("careful", stacklevel=1)
print("to stderr", file=sys.stderr)
open("notes.txt", "w").write("mine")

# %%
1 / 0

# %% softmax
import collections

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def softmax(x, dim):
    print("called with", x.shape)
    shifted = x - x.amax(dim, keepdim=True)
    return torch.exp(shifted - shifted.logsumexp(dim, keepdim=True))


# %% letters
def letters(text):
    return collections.Counter(text)


# %%
for number in range(100):
    print(number)
sum_of_all = sum = None

# %% mean
from statistics import mean
