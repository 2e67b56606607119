"""Records what CPython prints for every program in this folder: python record.py [name...]"""
import os, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
for f in sorted(os.listdir(here)):
    if f.endswith(".py") and f != "record.py" and (len(sys.argv) == 1 or f[:-3] in sys.argv[1:]):
        r = subprocess.run([sys.executable, f], cwd=here, capture_output=True, text=True)
        out = r.stdout
        if r.returncode:
            out += "raised " + r.stderr.strip().splitlines()[-1] + "\n"
        with open(os.path.join(here, f[:-3] + ".out"), "w") as o:
            o.write(out)
        print(f, r.returncode)
