"""Records what PyTorch prints for report.py (torch 2.13.0), and writes compressed.npz (numpy): python record.py"""
import pathlib
import subprocess
import sys

import numpy

here = pathlib.Path(__file__).parent
out = []
for argument in [[], ["raise"], ["index"], ["exit"], ["message"]]:
    run = subprocess.run([sys.executable, "report.py", *argument], cwd=here, capture_output=True, text=True)
    last = run.stderr.strip().splitlines()[-1] if run.stderr else ""
    out.append(f"# {' '.join(argument)}\n{run.stdout}status {run.returncode}: {last}\n")
(here / "report.out").write_text("".join(out))
x = numpy.arange(600, dtype="float32").reshape(200, 3) % 7
numpy.savez_compressed(here / "compressed.npz", x=x, y=numpy.asfortranarray(x[:2].astype(">f8")))
