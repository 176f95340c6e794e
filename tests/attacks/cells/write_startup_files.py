"""Plants start-up files for shells, Python, IPython and Jupyter, in the home folder, in /etc and in /tmp.

Must happen: the home is this kernel's own and ends with it.
Says: Not written yet.
"""

# %%
import os

for folder in ("~", "~/.ipython/profile_default/startup", "~/.jupyter", "/etc", "/tmp", "/var/tmp", "/dev/shm"):
    folder = os.path.expanduser(folder)
    for name in ("00-attack.py", ".bashrc", "jupyter_config.py", "sitecustomize.py", "attack-was-here"):
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                file.write("raise SystemExit('attack-was-here')")
        except OSError:
            pass
