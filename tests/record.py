"""Records what PyTorch prints for the reference programs: `python tests/record.py [FILE.py ...]`.

Runs each program of tests/reference (or those named) and writes its output beside it as FILE.out. The tests compare `tsaot run FILE.py` with
that, so they need no PyTorch. Needs `pip install torch==2.13.0 MonkeyType` (`example_inputs` asks for MonkeyType).
"""
import os
import pathlib
import platform
import subprocess
import sys

import torch

VERSION = "2.13"
REFERENCE = pathlib.Path(__file__).parent / "reference"


def record(program):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", program.name], cwd=program.parent, env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{program} failed with status {run.returncode}:\n{run.stderr}")
    program.with_suffix(".out").write_text(run.stdout)


def main():
    if not torch.__version__.startswith(VERSION + "."):
        sys.exit(f"the recordings are of PyTorch {VERSION}, this is {torch.__version__}")
    programs = [pathlib.Path(name).resolve() for name in sys.argv[1:]] or sorted(REFERENCE.glob("*.py"))
    for program in programs:
        record(program)
        print(program.with_suffix(".out").name)
    about = f"PyTorch {torch.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n"
    (REFERENCE / "VERSION").write_text(about)


if __name__ == "__main__":
    main()
