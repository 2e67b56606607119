"""Records graphs and the `.code` PyTorch prints for them: `python tests/record_code.py`.

Scripts every function and module of tests/code_programs.py and writes tests/filetests/code/NAME.txt: facts that graph text omits as comments
(defaults of parameters, qualified names of functions and NamedTuples), the graph, a line `----`, the code. The tests read the graph and print
the code, so they need no PyTorch. Needs `pip install torch==2.13.0`.
"""
import pathlib
import re
import sys
import warnings

import torch

import code_programs

VERSION = "2.13"
FOLDER = pathlib.Path(__file__).parent / "filetests" / "code"


def named_tuples(value, found):
    """Lines for every NamedTuple type in a graph."""
    if value.kind() == "TupleType" and value.annotation_str.startswith("__torch__"):
        name = value.annotation_str
        fields = getattr(code_programs, name.split(".")[-1])._fields
        found.add(f"# named_tuple {name}({', '.join(fields)})")
    for inner in value.containedTypes() if hasattr(value, "containedTypes") else []:
        named_tuples(inner, found)


def scan(block, found, called):
    for value in list(block.inputs()) + [o for n in block.nodes() for o in n.outputs()]:
        named_tuples(value.type(), found)
    for node in block.nodes():
        if node.kind() == "prim::Constant" and node.output().type().kind() == "FunctionType":
            called.append(node.s("name"))
        if node.hasAttribute("Subgraph"):
            scan(node.g("Subgraph"), found, called)
        for inner in node.blocks():
            scan(inner, found, called)


def describe(name, function, is_method):
    graph, schema, code = function.graph, function.schema, function.code
    lines = [f"# {'method' if is_method else 'function'} {name}"]
    for argument in schema.arguments:
        lines.append(f"# parameter {argument.name}" + (f" = {argument.default_value!r}" if argument.has_default_value() else ""))
    found, called = set(), []
    scan(graph, found, called)
    lines += sorted(found)
    for callee in called:
        qualified = re.search(rf"(__torch__\.[\w.]*\b{callee})\(", code)
        lines.append(f"# calls {qualified.group(1)}")
    text = re.sub(r"( # .*:\d+:\d+)$", "", str(graph), flags=re.M)
    return "\n".join(lines) + "\n" + text + "----\n" + code


def main():
    if not torch.__version__.startswith(VERSION + "."):
        sys.exit(f"the recordings are of PyTorch {VERSION}, this is {torch.__version__}")
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, value in vars(code_programs).items():
        if getattr(value, "__module__", None) != "code_programs":
            continue
        if isinstance(value, type) and issubclass(value, torch.nn.Module):
            text = describe("forward", torch.jit.script(value()).forward, True)
        elif callable(value) and not isinstance(value, type):
            scripted = value if isinstance(value, torch.jit.ScriptFunction) else torch.jit.script(value)
            text = describe(name, scripted, False)
        else:
            continue
        (FOLDER / f"{name.lower()}.txt").write_text(text)
    (FOLDER / "VERSION").write_text(f"PyTorch {torch.__version__}\n")


if __name__ == "__main__":
    main()
