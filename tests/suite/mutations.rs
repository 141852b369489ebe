//! Random models and what one edit makes of them: an edit is never called the same model, a renaming never another one.
//! `MLNOTE_MUTATIONS=100000 cargo test --release --test suite mutations` is the long run.

use super::check::judged;
use mlnote::fit::Word;

/// A small generator, so that every run draws the same models.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.roll(from.len())].clone()) }
    }
}

const COVARIATES: [&str; 5] = ["A", "B", "C", "D", "E"];
/// The Greek letters of parameters and Latin letters of random effects in two alphabets.
const LETTERS: [(&str, [&str; 2], &str); 2] = [("γ", ["u", "v"], "ε"), ("δ", ["w", "r"], "e")];

#[derive(Clone, Debug, PartialEq)]
struct Group {
    name: &'static str,
    /// The intercept is `""`.
    effects: Vec<&'static str>,
    correlated: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Spec {
    /// Products of covariates; the intercept is always there.
    fixed: Vec<Vec<&'static str>>,
    groups: Vec<Group>,
}

fn spec(dice: &mut Dice) -> Spec {
    let mut fixed: Vec<Vec<&str>> = COVARIATES.iter().filter(|_| dice.roll(3) > 0).map(|c| vec![*c]).collect();
    if fixed.is_empty() {
        fixed.push(vec!["A"]);
    }
    if fixed.len() > 1 && dice.roll(2) == 0 {
        fixed.push(vec![fixed[0][0], fixed[1][0]]);
    }
    let names = if dice.roll(3) == 0 { &["g", "h"][..] } else { &["g"] };
    let groups = names.iter().map(|name| {
        let slopes = COVARIATES.iter().take(3).filter(|_| dice.roll(3) == 0).copied();
        let effects: Vec<&str> = [""].into_iter().chain(slopes.take(2)).collect();
        let correlated = effects.len() > 1 && dice.roll(3) > 0;
        Group { name, effects, correlated }
    });
    Spec { groups: groups.collect(), fixed }
}

impl Spec {
    fn formula(&self) -> String {
        let fixed: Vec<String> = self.fixed.iter().map(|t| t.join(":")).collect();
        let bars = self.groups.iter().map(|g| {
            let effects: Vec<&str> = g.effects.iter().map(|e| if e.is_empty() { "1" } else { e }).collect();
            let zero = if g.effects.contains(&"") { "" } else { "0 + " };
            let bar = if g.correlated || g.effects.len() < 2 { "|" } else { "||" };
            format!("({zero}{} {bar} {})", effects.join(" + "), g.name)
        });
        let parts: Vec<String> = fixed.into_iter().chain(bars).collect();
        format!("Y ~ {}", if parts.is_empty() { "1".into() } else { parts.join(" + ") })
    }

    /// The reduced form, its terms in an order and its letters in an alphabet.
    fn equations(&self, dice: &mut Dice, alphabet: usize) -> String {
        let (parameter, effects, residual) = LETTERS[alphabet];
        let all = if self.groups.len() > 1 { "ijk" } else { "ij" };
        let data = |t: &[&str]| t.iter().map(|c| format!(" {c}_{{{all}}}")).collect::<String>();
        let mut terms = vec![format!("{parameter}_{{0}}")];
        let mut laws = vec![];
        for (at, term) in self.fixed.iter().enumerate() {
            terms.push(format!("{parameter}_{{{}}}{}", at + 1, data(term)));
        }
        for (group, index, letter) in self.groups.iter().zip(["j", "k"]).zip(effects).map(|((g, i), l)| (g, i, l)) {
            let symbol = |at: usize| format!("{letter}_{{{at}{index}}}");
            for (at, effect) in group.effects.iter().enumerate() {
                let covariate = if effect.is_empty() { vec![] } else { vec![*effect] };
                terms.push(format!("{}{}", symbol(at), data(&covariate)));
            }
            let n = group.effects.len();
            let cell = |r: usize, c: usize| match (r == c, group.correlated) {
                (false, false) => "0".to_owned(),
                _ => format!("τ_{{{letter}{}{}}}", r.min(c), r.max(c)),
            };
            let rows: Vec<String> =
                (0..n).map(|r| (0..n).map(|c| cell(r, c)).collect::<Vec<_>>().join(" & ")).collect();
            let left: Vec<String> = (0..n).map(symbol).collect();
            laws.push(match n {
                1 => format!("$${} \\sim N(0, {})$$", left[0], rows[0]),
                _ => format!(
                    "$$\\begin{{pmatrix}} {} \\end{{pmatrix}} \\sim N\\left(0, \\begin{{pmatrix}} {} \\end{{pmatrix}}\\right)$$",
                    left.join(" \\\\ "),
                    rows.join(" \\\\ ")
                ),
            });
        }
        for at in (1..terms.len()).rev() {
            terms.swap(at, dice.roll(at + 1));
        }
        terms.push(format!("{residual}_{{{all}}}"));
        format!("$$Y_{{{all}}} = {}$$\n{}", terms.join(" + "), laws.join("\n"))
    }

    /// One edit that makes another model; `None` when this one does not apply.
    fn edited(&self, dice: &mut Dice) -> Option<Self> {
        let mut out = self.clone();
        let at = dice.roll(out.groups.len());
        let absent: Vec<&str> = COVARIATES.iter().copied().filter(|c| !out.groups[at].effects.contains(c)).collect();
        let slopes: Vec<usize> =
            (0..out.groups[at].effects.len()).filter(|e| !out.groups[at].effects[*e].is_empty()).collect();
        match dice.roll(7) {
            0 => {
                let (slope, to) = (dice.pick(&slopes)?, dice.pick(&absent)?);
                out.groups[at].effects[slope] = to;
            }
            1 => drop(out.fixed.remove(dice.roll(out.fixed.len()))),
            2 if out.groups[at].effects.len() > 1 => out.groups[at].correlated ^= true,
            3 if out.groups.len() > 1 => {
                let slope = dice.pick(&slopes)?;
                let effect = out.groups[at].effects.remove(slope);
                if out.groups[1 - at].effects.contains(&effect) {
                    return None;
                }
                out.groups[1 - at].effects.push(effect);
            }
            4 => out.groups[at].effects.push(dice.pick(&absent)?),
            5 => drop(out.groups[at].effects.remove(dice.pick(&slopes)?)),
            6 => {
                let absent: Vec<&str> = COVARIATES.iter().copied().filter(|c| !out.fixed.contains(&vec![*c])).collect();
                out.fixed.push(vec![dice.pick(&absent)?]);
            }
            _ => return None,
        }
        Some(out)
    }

    /// The same with another grouping factor.
    fn regrouped(&self, dice: &mut Dice) -> Self {
        let mut out = self.clone();
        let at = dice.roll(out.groups.len());
        out.groups[at].name = "s";
        out
    }
}

/// Whether two specifications are one model after exchanging the two grouping factors.
fn is_exchange(a: &Spec, b: &Spec) -> bool {
    let part = |s: &Spec| {
        let mut groups: Vec<(Vec<&str>, bool)> = s
            .groups
            .iter()
            .map(|g| {
                let mut effects = g.effects.clone();
                effects.sort_unstable();
                (effects, g.correlated && g.effects.len() > 1)
            })
            .collect();
        groups.sort();
        groups
    };
    let fixed = |s: &Spec| {
        let mut fixed = s.fixed.clone();
        fixed.sort();
        fixed
    };
    part(a) == part(b) && fixed(a) == fixed(b)
}

#[test]
fn mutations_are_never_called_the_same_and_renamings_never_different() {
    let count: usize = std::env::var("MLNOTE_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(if cfg!(debug_assertions) { 150 } else { 2_000 });
    let mut dice = Dice(20_190_917);
    let (mut edits, mut renamings) = (0, 0);
    while edits < count {
        let base = spec(&mut dice);
        let equations = base.equations(&mut dice, 0);
        if renamings * 4 <= edits {
            let other = match dice.roll(2) {
                0 => base.equations(&mut dice, 1),
                _ => base.formula(),
            };
            let word = judged(&equations, &other);
            assert!(matches!(word, Word::Same | Word::Equivalent), "{word:?}\nA {equations}\nB {other}");
            renamings += 1;
        }
        let edited = if dice.roll(8) == 0 { Some(base.regrouped(&mut dice)) } else { base.edited(&mut dice) };
        let Some(edited) = edited else { continue };
        let named = edited.groups.iter().any(|g| g.name == "s");
        let (a, b) = match dice.roll(3) {
            // Index letters stand for any factor, so that only named factors can be exchanged for others.
            0 if !named && !is_exchange(&base, &edited) => (equations, edited.equations(&mut dice, 1)),
            1 if !named && !is_exchange(&base, &edited) => (equations, edited.formula()),
            _ => (base.formula(), edited.formula()),
        };
        let word = judged(&a, &b);
        assert!(matches!(word, Word::Different | Word::NeedsInfo), "{word:?}\nA {a}\nB {b}");
        edits += 1;
    }
    assert!(renamings * 5 >= count, "a fifth of the pairs are renamings");
}
