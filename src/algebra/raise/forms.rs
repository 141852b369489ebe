//! The equations themselves, in the order of writing.

use super::covariates::Reach;
use super::tree::{Item, Node};
use super::{Form, Plan};
use crate::algebra::Lexicon;
use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::{Grouping, RExpr, Term};
use crate::syntax::{Expr, Kind, Law, Matrix, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

impl Plan<'_> {
    /// Every statement of the form.
    ///
    /// # Errors
    /// `CannotSay` for a covariate that has no equation, `UnknownName` for a treatment that the model does not have.
    pub(super) fn system(&self, lexicon: &Lexicon) -> Result<System> {
        let response = self.covariates.response(&self.letters)?;
        let mut statements = vec![];
        let left = if self.adds_residual() {
            response
        } else {
            let mean = self.mean();
            let law = match self.model.family() {
                "poisson" => Law::Other { name: "Poisson".into(), arguments: vec![mean.clone()] },
                "binomial" => Law::Other { name: "Bernoulli".into(), arguments: vec![mean.clone()] },
                _ => {
                    let rows = vec![vec![Some(self.residual_variance(lexicon))]];
                    Law::Normal { mean: vec![mean.clone()], covariance: Matrix { rows, span: Span::default() } }
                }
            };
            statements.push(Statement::Distribution { left: vec![response], law, span: Span::default() });
            Kind::Call(self.model.link().into(), vec![mean]).into()
        };
        match self.form {
            Form::Hierarchical | Form::Bracket => self.levels(left, &mut statements)?,
            Form::Reduced => self.reduced(left, &mut statements)?,
        }
        if self.adds_residual() {
            statements.push(self.residual_law(lexicon));
        }
        statements.extend(self.random_laws(lexicon));
        Ok(System { statements, groups: self.letters.groups(), ..System::default() })
    }

    /// Whether the response is its mean plus a residual: the normal family without a link.
    pub(super) fn adds_residual(&self) -> bool {
        self.model.family() == "gaussian" && self.model.link() == "identity"
    }

    /// The response's equation, then those of its coefficients, Level after Level.
    fn levels(&self, left: Expr, statements: &mut Vec<Statement>) -> Result<()> {
        let mut parts = self.parts(&self.root)?;
        parts.extend(self.offsets()?);
        if self.adds_residual() {
            parts.push(self.residual());
        }
        statements.push(equation(left, Expr::sum(parts)));
        let mut level: Vec<&Node> = vec![&self.root];
        while !level.is_empty() {
            let mut next = vec![];
            for item in level.into_iter().flat_map(|node| &node.items) {
                if let Item::Coefficient { term, node, .. } = item {
                    statements.push(equation(
                        self.coefficient(term, node, node.group.as_ref()),
                        Expr::sum(self.parts(node)?),
                    ));
                    next.push(node);
                }
            }
            level = next;
        }
        Ok(())
    }

    pub(super) fn parts(&self, node: &Node) -> Result<Vec<Expr>> {
        let place = node.group.as_ref();
        let part = |item: &Item| match item {
            Item::Fixed { term, times } => self.product(self.fixed(term), times, place),
            Item::Coefficient { term, times, node, .. } => {
                self.product(self.coefficient(term, node, place), times, place)
            }
            Item::Effect { effect, times } => self.product(self.effect(*effect, place), times, place),
        };
        node.items.iter().map(part).collect()
    }

    /// One equation: the fixed part in the order of the level equations plugged in, then the random part in brackets.
    fn reduced(&self, left: Expr, statements: &mut Vec<Statement>) -> Result<()> {
        let mut parts = self.fixed_part()?;
        parts.extend(self.offsets()?);
        let mut places: Vec<usize> = (0..self.effects.len()).collect();
        // Stable: the coarsest groups first, the model's order within.
        places.sort_by_key(|&at| self.effects[at].group.factors().len());
        let random =
            places.into_iter().map(|at| self.product(self.effect(at, None), self.effects[at].term.factors(), None));
        let mut random: Vec<Expr> = random.collect::<Result<_>>()?;
        if self.adds_residual() {
            random.push(self.residual());
        }
        let composite = Expr::from(Symbol::new(self.names.composite.clone(), self.letters.response()));
        match random.len() {
            0 => {}
            1 => parts.extend(random),
            _ if self.options.composite => {
                parts.push(composite.clone());
                statements.push(equation(left, Expr::sum(parts)));
                statements.push(equation(composite, Expr::sum(random)));
                return Ok(());
            }
            _ if parts.is_empty() => parts = random,
            _ => parts.push(Expr::sum(random)),
        }
        statements.push(equation(left, Expr::sum(parts)));
        Ok(())
    }

    /// The fixed effects times their covariates; those of the treatment gathered where its first one stands.
    fn fixed_part(&self) -> Result<Vec<Expr>> {
        let fixed = self.root.fixed();
        let treatment = match &self.options.treatment {
            Some(name) => Some(self.treatment(name)?),
            None => None,
        };
        let treated = |term: &&Term| treatment.is_some_and(|t| term.factors().contains(t));
        let gathered: Vec<&Term> = fixed.iter().copied().filter(treated).collect();
        let mut parts = vec![];
        for term in fixed {
            match treatment {
                Some(treatment) if gathered.len() > 1 && gathered.contains(&term) => {
                    if gathered[0] != term {
                        continue;
                    }
                    let inner = gathered.iter().map(|term| {
                        let others: Vec<RExpr> = term.factors().iter().filter(|f| *f != treatment).cloned().collect();
                        self.product(self.fixed(term), &others, None)
                    });
                    let sum = Expr::sum(inner.collect::<Result<_>>()?);
                    parts.push(self.product(sum, std::slice::from_ref(treatment), None)?);
                }
                _ => parts.push(self.product(self.fixed(term), term.factors(), None)?),
            }
        }
        Ok(parts)
    }

    /// The covariate that was called the treatment, by its R text.
    fn treatment(&self, name: &str) -> Result<&RExpr> {
        let covariates: BTreeSet<&RExpr> = self.model.fixed().iter().flat_map(Term::factors).collect();
        let found = covariates.iter().copied().find(|c| c.to_string() == name || **c == RExpr::name(name));
        let list = || covariates.iter().map(|c| c.to_string()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| {
            let unknown = Diagnostic::error(Code::UnknownName, format!("no fixed effect has the covariate `{name}`"));
            Box::new(unknown.help(format!("the covariates of the fixed effects are {}", list())))
        })
    }

    pub(super) fn offsets(&self) -> Result<Vec<Expr>> {
        self.model.offsets().iter().map(|offset| self.covariates.write(offset, &self.letters, None)).collect()
    }

    fn product(&self, first: Expr, times: &[RExpr], place: Option<&Grouping>) -> Result<Expr> {
        let mut times: Vec<&RExpr> = times.iter().collect();
        // Stable: the covariate of the coarser groups first, as in γ_11 Z_j R_ij.
        times.sort_by_key(|covariate| match self.covariates.reach(covariate) {
            Reach::Group(factors) => factors.len(),
            Reach::Observation => usize::MAX,
        });
        let mut factors = vec![first];
        for covariate in times {
            factors.push(self.covariates.write(covariate, &self.letters, place)?);
        }
        Ok(Expr::product(factors))
    }

    pub(super) fn fixed(&self, term: &Term) -> Expr {
        Symbol::new(self.names.fixed.get(term).cloned().unwrap_or_default(), vec![]).into()
    }

    pub(super) fn coefficient(&self, term: &Term, node: &Node, place: Option<&Grouping>) -> Expr {
        let group = node.group.as_ref();
        let name = group.and_then(|group| self.names.coefficients.get(&(group.clone(), term.clone())));
        let factors: BTreeSet<String> = group.map(|g| g.factors().iter().cloned().collect()).unwrap_or_default();
        Symbol::new(name.cloned().unwrap_or_default(), self.letters.group(&factors, place)).into()
    }

    /// The mean of a response of another family than the normal.
    pub(super) fn mean(&self) -> Expr {
        Symbol::new(self.names.mean.clone(), self.letters.response()).into()
    }

    /// A random effect with its indices.
    pub(super) fn effect(&self, at: usize, place: Option<&Grouping>) -> Expr {
        let factors: BTreeSet<String> = self.effects[at].group.factors().iter().cloned().collect();
        let name: &Name = &self.names.effects[at];
        Symbol::new(name.clone(), self.letters.group(&factors, place)).into()
    }

    /// The residual with the response's indices.
    pub(super) fn residual(&self) -> Expr {
        Symbol::new(self.names.residual.clone(), self.letters.response()).into()
    }
}

fn equation(left: Expr, right: Expr) -> Statement {
    Statement::Equation { left, rights: vec![right], span: Span::default() }
}
