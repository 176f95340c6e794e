"""Returns a tensor that lies about its shape: a property says (3, 5), the memory holds one number.

Must happen: the shape that counts is the one that travels.
"""


# %% softmax
class Lying(torch.Tensor):
    shape = property(lambda self: torch.Size([3, 5]))
    contiguous = clone = detach = cpu = lambda self, *args, **kwargs: self

    def size(self, *args):
        return torch.Size([3, 5])

    def numel(self):
        return 15

    def data_ptr(self):
        return super().data_ptr() - 4096


def softmax(x, dim):
    return torch.ones(1).as_subclass(Lying)
