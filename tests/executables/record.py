"""Records what PyTorch prints for report.py, loops.py and sharing.py (torch 2.13.0), and writes compressed.npz (numpy): python record.py"""
import pathlib
import subprocess
import sys

import numpy

here = pathlib.Path(__file__).parent
PROGRAMS = {
    "report": ["", "raise", "index", "exit", "message"],
    "loops": ["", "above", "below", "down", "row", "short", "even", "shift"],
    "sharing": [""],
}
for program, arguments in PROGRAMS.items():
    out = []
    for argument in arguments:
        command = [sys.executable, f"{program}.py", *argument.split()]
        run = subprocess.run(command, cwd=here, capture_output=True, text=True)
        # The message without its exception's type: TorchScript raises RuntimeError for most of Python's.
        last = run.stderr.strip().splitlines()[-1].split(": ", 1)[-1] if run.stderr else ""
        out.append(f"# {argument}\n{run.stdout}status {run.returncode}: {last}\n")
    (here / f"{program}.out").write_text("".join(out))
x = numpy.arange(600, dtype="float32").reshape(200, 3) % 7
numpy.savez_compressed(here / "compressed.npz", x=x, y=numpy.asfortranarray(x[:2].astype(">f8")))
