"""Records the graphs that PyTorch compiles the functions of tests/filetests/script to: `python tests/record_script.py [FILE.py ...]`.

Scripts every function of a file that has no decorator and whose name does not start with `_`, and writes their graphs (without places) as FILE.graph beside it.
Needs `pip install torch==2.13.0`.
"""
import importlib.util
import pathlib
import re
import sys
import types
import warnings

import torch

VERSION = "2.13"
FOLDER = pathlib.Path(__file__).parent / "filetests" / "script"


def record(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    failed = []
    out = [f"PyTorch {torch.__version__.split('+')[0]}\n"]
    for name, value in vars(module).items():
        if isinstance(value, types.FunctionType) and value.__module__ == path.stem:
            try:
                text = str(torch.jit.script(value).graph)
            except Exception as e:
                failed.append(f"{path.name}: {name}: {e}")
                continue
            out.append(f"{name}:\n" + re.sub(r" +# [^\n]*:\d+:\d+", "", text) + "\n")
    if failed:
        sys.exit("\n".join(failed))
    path.with_suffix(".graph").write_text("\n".join(out))


def main():
    if not torch.__version__.startswith(VERSION + "."):
        sys.exit(f"the recordings are of PyTorch {VERSION}, this is {torch.__version__}")
    warnings.simplefilter("ignore")
    paths = [pathlib.Path(name).resolve() for name in sys.argv[1:]] or sorted(FOLDER.glob("*.py"))
    for path in paths:
        if not path.stem.startswith("error_"):
            record(path)


if __name__ == "__main__":
    main()
