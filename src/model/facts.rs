//! What a source or the command line declares and no notation can say: which factor an index letter stands for, at
//! which Level a covariate varies, which covariates are categorical, …

use super::escape::unescape;
use crate::error::{Code, Diagnostic, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Are the ids of a nested factor reused in every group of the one above?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// Class 1 exists in every school: `class` alone is not a grouping factor.
    Reused,
    /// Every class has an id of its own.
    Unique,
}

/// The category that the others of a covariate are compared with, where its categories are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reference {
    /// It is not known either.
    #[default]
    Unknown,
    /// The first in the order of the engine.
    First,
    /// The last.
    Last,
    /// This one.
    Category(String),
}

impl Reference {
    /// The category, when it is known by name.
    pub fn category(&self) -> Option<&str> {
        if let Self::Category(category) = self { Some(category) } else { None }
    }
}

/// Declared facts. Every map keeps the order of names; later declarations of the same thing win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `index j = school`: letter to grouping factor.
    pub index: BTreeMap<String, String>,
    /// `level school = Z, S`: covariate (R text) to grouping factor (`school` or `school:class`); `level 1 = R` for
    /// observations is the empty string.
    pub level: BTreeMap<String, String>,
    /// `factor f = a, b, c`: categories, the reference first.
    pub factor: BTreeMap<String, Vec<String>>,
    /// `factor f = categorical`, `factor f = a, …`: categorical, with what is known of the reference.
    pub categorical: BTreeMap<String, Reference>,
    /// `factor R = numeric`: not categorical, whatever it may look like.
    pub numeric: BTreeSet<String>,
    /// `define xc = x - 2.5`: R text.
    pub define: BTreeMap<String, String>,
    /// `label R = "at risk"`.
    pub label: BTreeMap<String, String>,
    /// `column Y = reading`: symbol to data column.
    pub column: BTreeMap<String, String>,
    /// Greek letters that a text writes as letters and never by their names: `θ_ij` is the column θ, `\theta_{ij}` is
    /// theta.
    pub letters: BTreeSet<char>,
    /// `ids class = reused`.
    pub ids: BTreeMap<String, Ids>,
    /// Which of several models in a text is meant, from 1.
    pub model: Option<usize>,
    /// The most bytes that a text may have; 1 MiB when not given.
    pub max_bytes: Option<usize>,
}

impl Facts {
    /// Adds `name = value` of a kind (`index`, `level`, `factor`, `define`, `label`, `column`, `ids`), as a directive
    /// `% mlnote: level school = Z, S` or the flag `--level school=Z,S` says it; `\u{2c}` is a comma in a name.
    ///
    /// # Errors
    /// `BadArgument` when the kind is unknown, there is no `=`, or the value does not fit the kind.
    ///
    /// ```
    /// let mut facts = mlnote::model::Facts::default();
    /// facts.add("level", "school = Z, S").unwrap();
    /// assert_eq!(facts.level["Z"], "school");
    /// ```
    pub fn add(&mut self, kind: &str, text: &str) -> Result<()> {
        let bad = |message: String| Err(Box::new(Diagnostic::error(Code::BadArgument, message)));
        let Some((name, value)) = text.split_once('=') else {
            return bad(format!("`{kind} {text}` has no `=`; it is written `{kind} name = value`"));
        };
        let list = || value.split(',').map(|v| unescape(v.trim())).filter(|v| !v.is_empty());
        let (name, value) = (unescape(name.trim()), unescape(value.trim()));
        let value = value.as_str();
        if name.is_empty() || value.is_empty() {
            return bad(format!("`{kind} {text}` needs a name before `=` and a value after it"));
        }
        match kind {
            "index" => drop(self.index.insert(name, value.to_owned())),
            "level" => {
                let group = if name == "1" || name == "observation" { String::new() } else { name };
                self.level.extend(list().map(|covariate| (covariate, group.clone())));
            }
            "factor" if value == "numeric" => drop(self.numeric.insert(name)),
            "factor" if value == "categorical" => drop(self.categorical.insert(name, Reference::Unknown)),
            "factor" => {
                let open = |category: &String| category == "…" || category == "...";
                let mut all: Vec<String> = list().collect();
                // One category is never all.
                if all.len() == 1 || all.last().is_some_and(open) {
                    let reference = Reference::Category(all.swap_remove(0));
                    self.categorical.insert(name, reference);
                } else {
                    self.factor.insert(name, all);
                }
            }
            "define" => drop(self.define.insert(name, value.to_owned())),
            "label" => drop(self.label.insert(name, value.trim_matches('"').to_owned())),
            "column" => drop(self.column.insert(name, value.to_owned())),
            "ids" => {
                let ids = match value {
                    "reused" => Ids::Reused,
                    "unique" => Ids::Unique,
                    other => return bad(format!("ids are `reused` or `unique`, not `{other}`")),
                };
                self.ids.insert(name, ids);
            }
            other => return bad(format!("no directive is called `{other}`")),
        }
        Ok(())
    }

    /// Whether a covariate is known to be categorical.
    pub fn is_categorical(&self, covariate: &str) -> bool {
        self.factor.contains_key(covariate) || self.categorical.contains_key(covariate)
    }

    /// Takes note that a text has a covariate as categories; what is declared of it stays.
    pub fn learn_categorical(&mut self, covariate: &str, reference: Reference) {
        if self.factor.contains_key(covariate) || self.numeric.contains(covariate) {
            return;
        }
        let known = self.categorical.entry(covariate.to_owned()).or_default();
        if *known == Reference::Unknown {
            *known = reference;
        }
    }

    /// Takes note that a text has a covariate as a number; what is declared of it stays.
    pub fn learn_numeric(&mut self, covariate: &str) {
        if !self.is_categorical(covariate) {
            self.numeric.insert(covariate.to_owned());
        }
    }

    /// The declared factor and category whose dummy a column is by its name: `sector_private`, as equations say it, or
    /// `sectorprivate`, as R's summaries do.
    ///
    /// ```
    /// let mut facts = mlnote::model::Facts::default();
    /// facts.add("factor", "sector = public, private").unwrap();
    /// assert_eq!(facts.dummy("sector_private"), Some(("sector", "private")));
    /// assert_eq!(facts.dummy("sector_other"), None);
    /// ```
    pub fn dummy(&self, column: &str) -> Option<(&str, &str)> {
        let plain = |text: &str| text.replace([' ', '-'], "_");
        self.factor.iter().find_map(|(factor, categories)| {
            let symbols = self.column.iter().filter(|(_, c)| *c == factor).map(|(symbol, _)| symbol.clone());
            let rests: Vec<String> = symbols
                .chain([factor.clone(), plain(factor)])
                .filter_map(|name| column.strip_prefix(&name).map(str::to_owned))
                .filter(|rest| !rest.is_empty())
                .collect();
            let is = |category: &str, rest: &str| rest == category || rest.strip_prefix('_') == Some(&plain(category));
            let found = categories.iter().find(|category| rests.iter().any(|rest| is(category, rest)))?;
            Some((factor.as_str(), found.as_str()))
        })
    }

    /// Takes over everything that `other` declares; what is declared in both is as `other` says.
    pub fn extend(&mut self, other: Self) {
        for name in &other.numeric {
            self.factor.remove(name);
            self.categorical.remove(name);
        }
        for name in other.factor.keys().chain(other.categorical.keys()) {
            self.numeric.remove(name);
        }
        self.categorical.extend(other.categorical);
        self.index.extend(other.index);
        self.level.extend(other.level);
        self.factor.extend(other.factor);
        self.numeric.extend(other.numeric);
        self.define.extend(other.define);
        self.label.extend(other.label);
        self.column.extend(other.column);
        self.letters.extend(other.letters);
        self.ids.extend(other.ids);
        self.model = other.model.or(self.model);
        self.max_bytes = other.max_bytes.or(self.max_bytes);
    }
}
