"""Returns an object that equals everything, orders before and after everything and has every attribute.

Must happen: what is not plain data equals nothing.
Says: Expected data of the kind float, got Equal.
"""


# %% mean
class Equal:
    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    __ne__ = __lt__ = __gt__ = __contains__ = lambda self, other: False
    __le__ = __ge__ = __eq__
    __hash__ = lambda self: 0  # noqa: E731
    __sub__ = __rsub__ = __abs__ = __add__ = lambda self, *other: self
    __bool__ = lambda self: True  # noqa: E731


softmax = letters = mean = lambda *args, **kwargs: Equal()
