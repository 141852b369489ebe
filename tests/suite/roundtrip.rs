//! Random models: written in every form and typesetting, read back, they are the same model.

use mlnote::algebra::{Form, Lexicon, RaiseOptions, Reading, lower, raise};
use mlnote::error::{Code, Diagnostic};
use mlnote::model::{Covariance, Facts, Grouping, Level, Model, RExpr, RandomTerm, Term};
use mlnote::read::{detect, reader};
use mlnote::write::{Format, Indices, Style, writer};
use proptest::prelude::*;

const FORMS: [(Form, &str); 3] =
    [(Form::Hierarchical, "hierarchical"), (Form::Bracket, "bracket"), (Form::Reduced, "reduced")];

/// Notations of engines that are read, and whether they say every category of a factor.
const ENGINES: &[(&str, bool)] = &[
    ("lmer", false),
    ("julia", true),
    ("nlme", true),
    ("glmmtmb", true),
    ("brms", true),
    ("stata", true),
    ("sas", false),
    ("spss", false),
    ("statsmodels", false),
    ("bambi", false),
    ("pymer4", true),
];

/// A model as numbers, so that a failure shrinks to a small one.
#[derive(Clone, Debug)]
struct Recipe {
    shape: usize,
    words: bool,
    levels: bool,
    factor: bool,
    family: usize,
    intercept: bool,
    fixed: Vec<usize>,
    random: Vec<(usize, Vec<usize>, bool)>,
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let random = prop::collection::vec((0..3usize, prop::collection::vec(0..9usize, 1..4), any::<bool>()), 1..4);
    let fixed = prop::collection::vec(1..18usize, 0..7);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.8));
    (0..7usize, flags, 0..7usize, fixed, random).prop_map(
        |(shape, (words, levels, factor, intercept), family, fixed, random)| Recipe {
            shape,
            words,
            levels,
            factor,
            family,
            intercept,
            fixed,
            random,
        },
    )
}

/// Grouping factors of each shape: one, two nested, three nested, two crossed, crossed with their cells, nested and
/// crossed, cells alone.
fn groupings(shape: usize, words: bool) -> Vec<Grouping> {
    let sets: &[&[usize]] = match shape {
        0 => &[&[0]],
        1 => &[&[0, 1], &[0]],
        2 => &[&[0, 1, 2], &[0, 1], &[0]],
        3 => &[&[0], &[1]],
        4 => &[&[0], &[1], &[0, 1]],
        5 => &[&[0, 1], &[0], &[2]],
        _ => &[&[0, 1]],
    };
    let names = if words { ["school", "class", "item"] } else { ["k", "j", "s"] };
    sets.iter().map(|set| Grouping::new(set.iter().map(|&at| names[at]))).collect()
}

fn call(head: &str, left: &str, right: RExpr) -> RExpr {
    RExpr::call("I", [RExpr::call(head, [RExpr::name(left), right])])
}

impl Recipe {
    /// The covariates of the observation, then those of the finest groups, then of the coarsest.
    fn columns(&self) -> [&'static str; 6] {
        if self.words {
            ["SES", "x_1", "pupil age", "meanSES", "Zeta", "Public"]
        } else {
            ["X", "R", "u", "Z", "S", "V"]
        }
    }

    fn terms(&self) -> Vec<Term> {
        let [a, b, c, d, e, f] = self.columns();
        let one = |name: &str| Term::covariate(name);
        let square = Term::new([call("^", a, RExpr::Number("2".into()))]);
        let centred = Term::new([call("-", b, RExpr::name(e))]);
        let logged = Term::new([RExpr::call("log", [RExpr::name(d)])]);
        let mut terms =
            vec![Term::intercept(), one(a), one(b), one(c), one(d), one(e), one(f), square, centred, logged];
        for (left, right) in [(a, b), (a, d), (b, e), (c, f), (d, f), (d, e)] {
            terms.push(one(left).times(&one(right)));
        }
        terms.push(one(a).times(&one(d)).times(&one(f)));
        terms.push(one(a).times(&one(b)).times(&one(e)));
        terms
    }

    fn model(&self) -> Model {
        let groups = groupings(self.shape, self.words);
        let terms = self.terms();
        let mut model = Model::new(RExpr::name(if self.words { "score" } else { "Y" }));
        if self.intercept {
            model = model.with_fixed([Term::intercept()]);
        }
        model = model.with_fixed(self.fixed.iter().map(|&at| terms[at].clone()));
        let mut seen: Vec<(Grouping, Term)> = vec![];
        for (group, which, diagonal) in &self.random {
            let group = &groups[group % groups.len()];
            let mut own: Vec<Term> = vec![];
            for &at in which {
                let key = (group.clone(), terms[at].clone());
                if !seen.contains(&key) {
                    seen.push(key);
                    own.push(terms[at].clone());
                }
            }
            let covariance = if *diagonal { Covariance::Diagonal } else { Covariance::Unstructured };
            model = model.with_random(RandomTerm::new(group.clone(), own, covariance));
        }
        if self.levels {
            let [a, b, c, d, e, f] = self.columns();
            for name in [a, b, c] {
                model = model.with_level(RExpr::name(name), Level::Observation);
            }
            let coarsest = if self.shape == 2 { &groups[1] } else { groups.last().unwrap() };
            model = model
                .with_level(RExpr::name(d), Level::Group(groups[0].clone()))
                .with_level(RExpr::name(e), Level::Group(groups[0].clone()))
                .with_level(RExpr::name(f), Level::Group(coarsest.clone()));
        }
        match self.family {
            4 => model.with_family("binomial", "logit"),
            5 => model.with_family("poisson", "log"),
            6 => model.with_family("gaussian", "log"),
            _ => model,
        }
    }
}

/// The model, with a categorical covariate when the recipe says so, and what is declared of it.
fn reading(recipe: &Recipe) -> (Reading, Facts) {
    let (model, mut lexicon, mut facts) = (recipe.model(), Lexicon::default(), Facts::default());
    if recipe.factor {
        let categories = ["low", "2 or more", "high"].map(str::to_owned).to_vec();
        facts.factor.insert(recipe.columns()[2].into(), categories);
    }
    lexicon.declare_categories(&model, &facts);
    (Reading { model, lexicon, system: None, notes: vec![] }, facts)
}

/// R's coding of a product without its lower-order terms is the one thing these models have that equations cannot say.
fn depends_on_order(refusal: &Diagnostic) -> bool {
    refusal.code == Code::CannotSay && refusal.message.contains("by the order of the terms")
}

/// Some hundreds by habit; `PROPTEST_CASES=5000` for a thorough search.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig::default();
    ProptestConfig { cases: if asked { default.cases } else { 200 }, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    /// `lower` undoes `raise`.
    #[test]
    fn equations_mean_the_model(recipe in recipes()) {
        let (reading, declared) = reading(&recipe);
        for (form, _) in FORMS {
            let system = match raise(&reading, form, &RaiseOptions::default(), &mut vec![]) {
                Err(refusal) if recipe.factor && depends_on_order(&refusal) => return Ok(()),
                system => system.unwrap(),
            };
            let facts = Facts {
                index: system.groups.iter().map(|g| (g.letter.clone(), g.name.clone())).collect(),
                column: mlnote::algebra::column_names(&reading).unwrap().into_iter().map(|(n, c)| (n.column(), c)).collect(),
                ..declared.clone()
            };
            let back = lower(system.clone(), &facts, vec![]);
            let back = back.map_err(|e| TestCaseError::fail(format!("{form:?}: {e}\n{system}")))?;
            prop_assert_eq!(&back.model, &reading.model, "{:?}\n{}\n{}\n{}", form, system, reading.model, back.model);
        }
    }

    /// Reading undoes writing.
    #[test]
    fn texts_mean_the_model(recipe in recipes(), choices in 0..6usize) {
        let (reading, _) = reading(&recipe);
        let choices = super::papers::styles().into_iter().nth(choices).unwrap_or_default();
        let settling = (FORMS[recipe.shape % 3].0, if recipe.words { Format::Tex } else { Format::Unicode });
        let choices = Style { indices: Indices::Levels, ..choices };
        for (form, notation) in FORMS {
            for format in [Format::Tex, Format::Unicode] {
                let style = Style { format, ..choices.clone() };
                let text = match (writer(notation).unwrap().write)(&reading, &style, &mut vec![]) {
                    Err(refusal) if recipe.factor && depends_on_order(&refusal) => return Ok(()),
                    text => text.unwrap(),
                };
                let back = (reader(notation).unwrap().read)(&text, &Facts::default());
                let back = back.map_err(|e| TestCaseError::fail(format!("{notation}: {e}\n{text}")))?;
                prop_assert_eq!(detect(&text).unwrap().name, notation, "{}", text);
                prop_assert_eq!(&back.model, &reading.model, "{}\n{}\n{}\n{}", notation, text, reading.model, back.model);
                // These models have their terms and effects in any order, readings as they stand in the equations: after
                // a few rounds nothing moves.
                let mut texts = vec![text];
                if (form, format) != settling {
                    continue;
                }
                let settled = (0..5).any(|_| {
                    let back = (reader(notation).unwrap().read)(texts.last().unwrap(), &Facts::default()).unwrap();
                    texts.push((writer(notation).unwrap().write)(&back, &style, &mut vec![]).unwrap());
                    texts[texts.len() - 2..].iter().all(|text| *text == texts[texts.len() - 1])
                });
                prop_assert!(settled, "{}", texts.join("\n"));
            }
        }
    }

    /// Reading undoes writing in the words of engines too, which have none for the Level of a covariate, when they can
    /// spell its names.
    #[test]
    fn calls_mean_the_model(recipe in recipes()) {
        let (reading, _) = reading(&Recipe { levels: false, ..recipe });
        for (engine, says_categories) in ENGINES {
            let mut notes = vec![];
            let text = match (writer(engine).unwrap().write)(&reading, &Style::default(), &mut notes) {
                Err(refusal) if refusal.code == Code::CannotSay => continue,
                text => text.unwrap(),
            };
            if notes.iter().any(|note| note.code == Code::Renamed) {
                continue;
            }
            let back = (reader(engine).unwrap().read)(&text, &Facts::default());
            let back = back.map_err(|e| TestCaseError::fail(format!("{engine}: {e}\n{text}")))?;
            prop_assert_eq!(detect(&text).unwrap().name, *engine, "{}", text);
            prop_assert_eq!(&back.model, &reading.model, "{}\n{}", engine, text);
            if *says_categories {
                prop_assert_eq!(&back.lexicon.categories, &reading.lexicon.categories, "{}\n{}", engine, text);
            }
        }
    }
}

/// The column of a Greek letter is its name or the letter, as its author wrote it; every format says which.
#[test]
fn columns_of_greek_letters_read_back() {
    for (text, formula) in [
        (r"$Y_{ti} = \beta_0 + \beta_1 \alpha_{ti} + u_i + \epsilon_{ti}$", "Y ~ alpha + (1 | i)"),
        ("θ_ij = β_0 + β_1 ρ_ij + u_j + ε_ij", "θ ~ ρ + (1 | j)"),
        (
            r"$\theta_{ij} = \beta_0 + \beta_1 \text{pilot}_{ij} + \beta_2 \pi_{1ij} + u_j + e_{ij}$",
            "theta ~ pilot + pi_1 + (1 | j)",
        ),
    ] {
        let reading = mlnote::read::read(text, None, &Facts::default()).unwrap();
        let style = Style::default();
        assert_eq!((writer("lmer").unwrap().write)(&reading, &style, &mut vec![]).unwrap().trim(), formula);
        for (_, notation) in FORMS {
            for format in [Format::Tex, Format::Unicode] {
                let style = Style { format, ..Style::default() };
                let written = (writer(notation).unwrap().write)(&reading, &style, &mut vec![]).unwrap();
                let back = (reader(notation).unwrap().read)(&written, &Facts::default()).unwrap();
                assert_eq!(back.model, reading.model, "{written}");
            }
        }
    }
}
