"""Plants start-up code for the next kernel: a .pth file, sitecustomize, a patched torch and ipykernel.

Must happen: packages are read-only; the next notebook starts clean.
Says: Read-only file system
"""

# %%
import os
import site
import sys

places = ["@SITE@", *sys.path, *site.getsitepackages(), os.path.dirname(os.__file__), os.path.dirname(torch.__file__)]
errors = []
for place in filter(None, places):
    for name in ("attack-was-here.pth", "sitecustomize.py", "usercustomize.py", "__init__.py"):
        try:
            with open(os.path.join(place, name), "a") as file:
                file.write("import os; os.environ['INFECTED'] = '1'\n")
        except OSError as error:
            errors.append(error.strerror)
print(sorted(set(errors)))
