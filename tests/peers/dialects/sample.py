"""Runs the programs that mlnote writes for Stan and JAGS, by the lines of Python and R that stand below them, and holds
the means of their draws against the REML estimates of `mlnote fit`.

    python3 tests/peers/dialects/sample.py target/release/mlnote [stan] [jags]

Needs pystan 3, pandas and numpy in the Python that runs it, and Rscript with rjags. A fixed effect must lie within 0.4
standard errors of its estimate, a standard deviation within 15 per cent, a correlation within 0.15: there are enough
groups that the priors matter little. Prints one line an engine and model; exits with 1 when any is further off.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
from contextlib import chdir

import numpy
import pandas

from compare import run

# The formula, flags that tell the Levels of its covariates, and the sizes of the groups.
MODELS = [
    ("Y ~ R * Z + X + S + (R | id)", ["--level", "id=Z", "--level", "1=R,X,S"], ["id=80"], "20"),
    ("Y ~ R * Z + X + (R || id)", ["--level", "id=Z", "--level", "1=R,X"], ["id=80"], "20"),
    (
        "Y ~ X * W + (1 | school) + (X | school:class)",
        ["--level", "school=W", "--level", "1=X"],
        ["school=40", "class=6"],
        "10",
    ),
    ("Y ~ X + (1 | student) + (1 | item)", ["--level", "1=X"], ["student=60", "item=60"], "60"),
    ("Y ~ x + z + (x + z | g)", ["--level", "1=x,z"], ["g=120"], "20"),
]


def block(text, language):
    """The lines of a comment below a program."""
    return re.search(rf"/\* In {language}.*?:\n(.*?)\*/", text, re.S).group(1)


def by_stan(text, data):
    import stan

    names = {"dat": pandas.read_csv(data)}
    # pystan stands in for cmdstanpy, which downloads its compiler.
    exec(block(text, "Python").split("from cmdstanpy")[0], names)
    given = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in names["stan_data"].items()}
    # The compiler leaves its objects where it is called.
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        fit = stan.build(text, data=given, random_seed=1).sample(num_chains=2, num_samples=1000, num_warmup=700)
    means = {}
    for name in fit.param_names:
        # pystan gives a single number a dimension of its own.
        dims = tuple(fit.dims[fit.param_names.index(name)])
        draws = fit[name].reshape(dims + (-1,))
        for place in numpy.ndindex(dims):
            means[name + "".join(f"[{at + 1}]" for at in place)] = float(draws[place].mean())
    return means


def by_jags(text, data):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "model.jags").write_text(text)
        lines = block(text, "R").replace("n.chains = 4", "n.chains = 2").replace("n.iter = 10000", "n.iter = 4000")
        code = f"dat <- read.csv({str(data)!r})\n{lines}\nm <- colMeans(as.matrix(fit))\n"
        code += 'cat(paste0("@", names(m), "=", format(m, digits = 15, trim = TRUE)), sep = "\\n")'
        done = subprocess.run(["Rscript", "-"], input=code, capture_output=True, text=True, cwd=folder)
        if done.returncode:
            raise SystemExit(done.stderr)
        found = re.findall(r"@(.*)=(.*)", done.stdout)
        return {name.replace(",", "]["): float(value) for name, value in found}


def kinds(means):
    """Fixed effects, standard deviations and correlations, each in ascending order."""
    fixed = [v for k, v in means.items() if re.fullmatch(r"(gamma|beta|pi)_\d+", k)]
    spreads = [v for k, v in means.items() if k.startswith("sigma")]
    correlations = [
        v for k, v in means.items() if (m := re.fullmatch(r"rho_\w+\[(\d)\]\[(\d)\]", k)) and m.group(1) > m.group(2)
    ]
    return sorted(fixed), sorted(spreads), sorted(correlations)


def estimates(fit):
    spreads = [sd for term in fit["random"] for sd in term["sd"]] + [fit["sigma"]]
    matrices = [numpy.array(term["corr"]) for term in fit["random"] if len(term["sd"]) > 1 and term["corr"]]
    correlations = [matrix[row][column] for matrix in matrices for row in range(len(matrix)) for column in range(row)]
    return spreads, correlations


def main(mlnote, *engines):
    good = True
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data.csv"
        for formula, levels, groups, size in MODELS:
            sizes = [flag for group in groups for flag in ("--groups", group)]
            arguments = [mlnote, "simulate", formula, *levels, *sizes, "--per-group", size, "--seed", "5", "--quiet"]
            data.write_text(run(arguments))
            fit = json.loads(run([mlnote, "fit", formula, "--data", str(data), "--json"]))
            fixed = sorted((effect["estimate"], effect["se"]) for effect in fit["fixed"])
            spreads, correlations = estimates(fit)
            for engine in engines or ("stan", "jags"):
                read = {"stan": by_stan, "jags": by_jags}[engine]
                text = run([mlnote, "convert", formula, "--to", engine, "--quiet", *levels])
                own_fixed, own_spreads, own_correlations = kinds(read(text, data))
                counts = [len(own_fixed), len(own_spreads), len(own_correlations)]
                assert counts == [len(fixed), len(spreads), len(correlations)], (counts, fit["random"])
                off = max(abs(own - ours) / se for own, (ours, se) in zip(own_fixed, fixed))
                wide = max(abs(own / ours - 1) for own, ours in zip(own_spreads, sorted(spreads)))
                apart = max([abs(a - b) for a, b in zip(own_correlations, sorted(correlations))], default=0)
                good &= off < 0.4 and wide < 0.15 and apart < 0.15
                print(f"{engine:5} {off:6.2f} se {wide:7.1%} sd {apart:6.2f} rho  {formula}", flush=True)
    return not good


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
