"""python3 parse.py NAMES FILE...: parses what mlnote wrote for Python, and the formulas in it.

The covariate of NUMBER-*.py is a string, which is line NUMBER of NAMES, and nothing is called that a call of a model does
not need.
"""

import ast
import io
import pathlib
import re
import sys
import tokenize

ALLOWED = {"mixedlm", "fit", "dropna", "Model", "Q", "rename", "C"}


def called(tree):
    functions = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "?") for f in functions}


def strings(tree):
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def expression(formula):
    """The right side of a formula: an expression of Python but for the colon of interactions."""
    tokens = tokenize.generate_tokens(io.StringIO(formula.removeprefix("y ~").strip()).readline)
    return ast.parse("".join("*" if token.string == ":" else token.string for token in tokens), mode="eval")


names = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
failed = False
for file in map(pathlib.Path, sys.argv[2:]):
    name = names[int(file.name.split("-")[0]) - 1]
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found, said = called(tree), strings(tree)
    for formula in [text for text in said if re.match(r"(y ~ )?1 \+|y ~", text) and text != name]:
        inner = expression(formula)
        found |= called(inner)
        said |= strings(inner)
    if name not in said or found - ALLOWED:
        print(f"{file}: {'calls ' + ', '.join(found - ALLOWED) if found - ALLOWED else 'the name is lost'}")
        failed = True
print(len(sys.argv) - 2, "files parsed by Python", sys.version.split()[0])
sys.exit(failed)
