"""Fits what mlnote writes for nlme, glmmTMB and statsmodels, and compares the log-likelihood with that of `mlnote fit`;
of generalised models, what it writes for glmmTMB with what it writes for lme4. The models are those below and that of
every case folder; in the tables one response is missing.

    python3 tests/peers/dialects/compare.py target/release/mlnote

Needs Rscript with nlme and glmmTMB, and pandas and statsmodels in the Python that runs it. Prints one line a model,
engine and method; exits with 1 when any is apart by more than 1e-5.
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import pandas

CASES = pathlib.Path(__file__).resolve().parents[2] / "cases"
TWO = "Y ~ R * Z + X + S + (R | id)"
NESTED = "Y ~ X + (1 | school/class)"
CROSSED = "Y ~ X + (1 | student) + (1 | item)"
# The formula, the model that its data are drawn from, the sizes of the groups, and which engines can say it.
MODELS = [
    ("Y ~ R + Z + X + S + (1 | id)", TWO, ["id=60"], "nlme glmmtmb statsmodels"),
    (TWO, TWO, ["id=60"], "nlme glmmtmb statsmodels"),
    ("Y ~ R * Z + X + S + (R || id)", TWO, ["id=60"], "nlme glmmtmb statsmodels"),
    ("Y ~ R * Z + X + S + (0 + R | id)", TWO, ["id=60"], "nlme glmmtmb statsmodels"),
    (NESTED, NESTED, ["school=20", "class=4"], "nlme glmmtmb statsmodels"),
    ("Y ~ X + (X | school) + (1 | school:class)", NESTED, ["school=20", "class=4"], "nlme glmmtmb statsmodels"),
    (CROSSED, CROSSED, ["student=12", "item=10"], "nlme glmmtmb statsmodels"),
    ("Y ~ 0 + X + I(X^2) + exp(X) + (1 | student)", CROSSED, ["student=12", "item=10"], "nlme statsmodels"),
]

# Generalised models, their responses made from a normal one; glmer stands for us, who fit linear models only.
GENERALISED = [
    ("glmer(Y ~ X + (1 | id), data = dat, family = binomial)", "Y ~ X + (1 | id)", ["id=60"]),
    ("glmer(Y ~ X + (1 | a) + (1 | b), data = dat, family = binomial)", "Y ~ X + (1 | a) + (1 | b)", ["a=15", "b=15"]),
    ("glmer(Y ~ X + (X | id), data = dat, family = poisson)", "Y ~ X + (X | id)", ["id=60"]),
]


def run(arguments, text=None):
    done = subprocess.run(arguments, input=text, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def by_r(code, data):
    # The last expression of the code is the fit.
    frame = f"dat <- read.csv({str(data)!r})\nfit <- {{\n{code}}}\n"
    return float(run(["Rscript", "-"], frame + "cat(format(as.numeric(logLik(fit)), digits = 15))"))


def by_python(code, data):
    *before, call = code.strip().rsplit("\nsmf.", 1)
    names = {"dat": pandas.read_csv(data)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(f"{before[0]}\nfit = smf.{call}", names)
    return names["fit"].llf


def generalised(mlnote, data):
    """How far glmmTMB's log-likelihood is from glmer's, each as mlnote writes its call."""
    for formula, source, groups in GENERALISED:
        sizes = [flag for group in groups for flag in ("--groups", group)]
        arguments = [mlnote, "simulate", source, *sizes, "--per-group", "20", "--seed", "7", "--quiet"]
        frame = pandas.read_csv(io.StringIO(run(arguments)))
        ranks = frame["Y"].rank(pct=True)
        frame["Y"] = (ranks > 0.5).astype(int) if "binomial" in formula else (4 * ranks**2).round().astype(int)
        frame.to_csv(data, index=False)
        lme4, tmb = (run([mlnote, "convert", formula, "--to", engine, "--quiet"]) for engine in ("lmer", "glmmtmb"))
        # glmer stops its inner iterations so early that the third decimal is left open.
        lme4 = lme4.rstrip().removesuffix(")").rstrip() + ", control = glmerControl(tolPwrss = 1e-12))"
        ours, theirs = by_r("suppressMessages(library(lme4))\n" + lme4 + "\n", data), by_r(tmb, data)
        print(f"{'glmmtmb':12} {'ML':5} {ours:14.6f} {theirs:14.6f} {abs(ours - theirs):9.1e}  {formula}")
        yield abs(ours - theirs)


def cases(mlnote):
    """The model of every case folder: its text, and the sizes of its groups."""
    for case in sorted(CASES.iterdir()):
        source = next(path for path in sorted(case.iterdir()) if path.stem in ("hierarchical", "lmer"))
        model = json.loads(run([mlnote, "convert", str(source), "--to", "json", "--quiet"]))
        groups = []
        for term in model["random"]:
            # The outermost factor has many groups, what is nested in it few.
            for depth, factor in enumerate(term["group"].split(":")):
                if not any(size.startswith(f"{factor}=") for size in groups):
                    groups.append(f"{factor}={4 if depth else 25}")
        if model.get("family", "gaussian") == "gaussian":
            yield str(source), str(source), groups, "nlme glmmtmb statsmodels"


def drawn(mlnote, source, groups):
    """A table drawn from a model, one response missing."""
    sizes = [flag for group in groups for flag in ("--groups", group)]
    arguments = [mlnote, "simulate", source, *sizes, "--per-group", "12", "--seed", "7", "--quiet"]
    frame = pandas.read_csv(io.StringIO(run(arguments)))
    model = json.loads(run([mlnote, "convert", source, "--to", "json", "--quiet"]))
    # nlme makes polynomials of the complete rows, lme4 of all: REML would differ by a constant.
    if "poly(" not in str(model["fixed"]):
        frame.loc[3, model["response"]] = None
    return frame


def main(mlnote):
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data.csv"
        for model, source, groups, engines in [*MODELS, *cases(mlnote)]:
            drawn(mlnote, source, groups).to_csv(data, index=False)
            for method in ([], ["--ml"]):
                ours = json.loads(run([mlnote, "fit", model, "--data", str(data), "--json", *method]))["loglik"]
                for engine in engines.split():
                    told = pathlib.Path(model).parent.name if model.startswith("/") else model
                    name = "ML" if method else "REML"
                    arguments = [mlnote, "convert", model, "--to", engine, "--quiet", *method]
                    done = subprocess.run(arguments, capture_output=True, text=True)
                    if done.returncode:
                        print(f"{engine:12} {name:5} refused  {told}: {done.stderr.splitlines()[0]}")
                        continue
                    theirs = (by_python if engine == "statsmodels" else by_r)(done.stdout, data)
                    worst = max(worst, abs(ours - theirs))
                    print(f"{engine:12} {name:5} {ours:14.6f} {theirs:14.6f} {abs(ours - theirs):9.1e}  {told}", flush=True)
        worst = max(worst, *generalised(mlnote, data))
    print(f"largest difference {worst:.1e}")
    return worst > 1e-5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
