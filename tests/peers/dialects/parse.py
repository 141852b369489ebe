"""Has the engines' own parsers read what mlnote writes: formulae (bambi's), brms, Stan's compiler and JAGS.

    python3 tests/peers/dialects/parse.py target/release/mlnote STANC

Needs formulae and pandas in the Python that runs it, Rscript with brms and lme4, jags, and the path of a Stan compiler.
formulae and brms must find the columns and the random effects that lme4 finds in the same model; the programs of Stan and
JAGS for every case folder must be in their languages. Prints one line a text; exits with 1 when any is not as meant.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import formulae
import pandas

from compare import MODELS, run

CASES = pathlib.Path(__file__).parents[2] / "cases"
# What lme4 makes of a formula: the number of fixed effects, and of each random-effects term its group and size.
LME4 = """
suppressMessages(library(lme4))
parsed <- lFormula(%s, data = dat)
sizes <- lengths(parsed$reTrms$cnms)
cat(ncol(parsed$X), sort(paste0(names(sizes), "=", sizes)))
"""
# The same of brms; correlations must be there where a term has several effects.
BRMS = """
suppressMessages(library(brms))
made <- %s
ids <- sub("J_", "", grep("^J_", names(made), value = TRUE))
groups <- unlist(lapply(ids, function(id) paste0(made[[paste0("N_", id)]], "=", made[[paste0("M_", id)]])))
correlated <- all(unlist(lapply(ids, function(id) {
    m <- made[[paste0("M_", id)]]
    m == 1 || made[[paste0("NC_", id)]] == m * (m - 1) / 2
})))
cat(made$K, sort(groups), correlated)
"""


def by_r(code, data):
    return run(["Rscript", "-"], f"dat <- read.csv({str(data)!r})\n{code}\n")


def by_lme4(formula, data):
    found = by_r(LME4 % formula, data).split()
    return int(found[0]), found[1:]


def by_formulae(code, data):
    formula = re.search(r'bmb.Model\(\s*"(.*?)",', code, re.S).group(1)
    design = formulae.design_matrices(formula, pandas.read_csv(data))
    sizes = {}
    for name, term in design.group.terms.items():
        group = ":".join(reversed(term.factor.name.split(":")))
        sizes.setdefault(group, []).append(name)
    # Each effect is a term of its own, as lme4's are when they do not covary.
    return design.common.design_matrix.shape[1], sorted(f"{group}=1" for group, all in sizes.items() for _ in all)


def by_brms(code, data):
    call = code.split("library(brms)\n", 1)[1].replace("brm(", "make_standata(", 1)
    *found, correlated = by_r(BRMS % call, data).split()
    assert correlated == "TRUE", call
    return int(found[0]), found[1:]


def programs(mlnote, stanc):
    """Every case folder's programs, and whether their languages take them."""
    with tempfile.TemporaryDirectory() as folder:
        for case in sorted(CASES.iterdir()):
            source = next(path for path in sorted(case.iterdir()) if path.stem in ("hierarchical", "lmer"))
            for engine in ("stan", "jags"):
                done = subprocess.run([mlnote, "convert", source, "--to", engine, "--quiet"], capture_output=True, text=True)
                if done.returncode:
                    print(f"{engine:9} refused  {case.name}: {done.stderr.splitlines()[0]}")
                    continue
                program = pathlib.Path(folder) / f"model.{engine}"
                program.write_text(done.stdout)
                if engine == "stan":
                    said = subprocess.run([stanc, program, "--o", f"{folder}/model.cpp"], capture_output=True, text=True)
                    fault = said.stderr.strip()
                else:
                    said = subprocess.run(["jags"], input=f'model in "{program}"\n', capture_output=True, text=True)
                    fault = "\n".join(line for line in said.stdout.splitlines() if "rror" in line)
                print(f"{engine:9} {'FAULT' if fault or said.returncode else 'read':8} {case.name} {fault}")
                yield not fault and not said.returncode


def main(mlnote, stanc):
    good = []
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data.csv"
        for formula, source, groups, _ in MODELS:
            if "exp(" in formula:
                continue
            sizes = [flag for group in groups for flag in ("--groups", group)]
            data.write_text(run([mlnote, "simulate", source, *sizes, "--per-group", "12", "--seed", "7", "--quiet"]))
            wanted = by_lme4(formula, data)
            for engine, read in (("bambi", by_formulae), ("brms", by_brms)):
                done = subprocess.run([mlnote, "convert", formula, "--to", engine, "--quiet"], capture_output=True, text=True)
                if done.returncode:
                    print(f"{engine:9} refused  {formula}: {done.stderr.splitlines()[0]}")
                    continue
                found = read(done.stdout, data)
                same = found[0] == wanted[0] and len(found[1]) == len(wanted[1])
                print(f"{engine:9} {'read' if same else 'FAULT':8} {formula}: {found}, lme4 {wanted}")
                good.append(same)
    good.extend(programs(mlnote, stanc))
    return not all(good)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
