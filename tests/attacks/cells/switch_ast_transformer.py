"""Removes every assert and every call from later cells with an AST transformer.

Must happen: a check that does not answer earns nothing.
Says: no answer
"""

# %%
import ast


class Remove(ast.NodeTransformer):
    def visit_Expr(self, node):
        return ast.Pass()

    def visit_Assert(self, node):
        return ast.Pass()


get_ipython().ast_transformers.append(Remove())
