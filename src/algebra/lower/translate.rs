//! Expressions as trees over atoms: every symbol by its role, every data expression one atom.

use super::data;
use crate::algebra::{AtomId, AtomKind, Atoms, Equations, Tree};
use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::{Facts, RExpr};
use crate::syntax::{Expr, Key, Kind, Name, Role, Roles, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// What an atom means.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A coefficient with an equation.
    Coefficient(Key),
    /// A fixed effect.
    Fixed(Key),
    /// A number where a fixed effect is expected.
    Value(String),
    /// A random effect.
    Random(Key),
    /// The residual.
    Residual(Key),
    /// Data, with the indices that it carries.
    Covariate {
        /// As R says it.
        covariate: RExpr,
        /// The index letters of its symbols.
        indices: BTreeSet<String>,
    },
}

/// The equations over atoms.
#[derive(Clone, Debug)]
pub struct Translation {
    /// For the algebra.
    pub equations: Equations,
    /// What each atom means.
    pub meanings: BTreeMap<AtomId, Meaning>,
}

impl Translation {
    /// Translates the model's equation and the coefficients' equations.
    pub(super) fn new(roles: &Roles, facts: &Facts) -> Result<Self> {
        let mut builder = Builder { roles, facts, atoms: Atoms::default(), meanings: BTreeMap::new(), values: 0 };
        builder.declare()?;
        let root = builder.tree(&roles.equation)?;
        let mut definitions = vec![];
        for definition in &roles.definitions {
            let Some(atom) = builder.atoms.find(&definition.symbol.key()) else { continue };
            definitions.push((atom, builder.tree(&definition.right)?));
        }
        let left = None;
        Ok(Self { equations: Equations { atoms: builder.atoms, left, root, definitions }, meanings: builder.meanings })
    }

    /// The same definitions under another right side of the response (a line of a chain, the combined form).
    ///
    /// # Errors
    /// When a symbol of it has no role in the model.
    pub fn with_right(&self, right: &Expr, roles: &Roles, facts: &Facts) -> Result<Self> {
        let mut builder = Builder {
            roles,
            facts,
            atoms: self.equations.atoms.clone(),
            meanings: self.meanings.clone(),
            values: self.equations.atoms.len(),
        };
        let root = builder.tree(right)?;
        let equations = Equations {
            atoms: builder.atoms,
            left: self.equations.left,
            root,
            definitions: self.equations.definitions.clone(),
        };
        Ok(Self { equations, meanings: builder.meanings })
    }

    /// The unknowns in the order in which the author's text brings them, coefficients opened where they stand.
    pub(super) fn order(&self) -> Vec<AtomId> {
        let mut order = vec![];
        self.visit(&self.equations.root, &mut order);
        order
    }

    fn visit(&self, tree: &Tree, order: &mut Vec<AtomId>) {
        for atom in tree.atoms() {
            match self.equations.definitions.iter().find(|(a, _)| *a == atom) {
                Some((_, right)) => self.visit(right, order),
                None if !order.contains(&atom) => order.push(atom),
                None => {}
            }
        }
    }
}

struct Builder<'a> {
    roles: &'a Roles,
    facts: &'a Facts,
    atoms: Atoms,
    meanings: BTreeMap<AtomId, Meaning>,
    values: usize,
}

impl Builder<'_> {
    /// Adds the atoms in the order that makes plugging in keep sums sorted (research: display order): each level-1
    /// coefficient, then the parameters of its equation; random effects; covariates, higher Levels first; residual.
    fn declare(&mut self) -> Result<()> {
        let roles = self.roles;
        let mut queue: Vec<&Expr> = vec![&roles.equation];
        let mut symbols: Vec<&Symbol> = vec![];
        let mut seen: BTreeSet<Key> = BTreeSet::new();
        while let Some(expr) = queue.pop() {
            let mut deeper = vec![];
            for symbol in expr.symbols() {
                if !seen.insert(symbol.key()) {
                    continue;
                }
                symbols.push(symbol);
                if let Some(definition) = roles.definition(&symbol.key()) {
                    deeper.push(&definition.right);
                }
            }
            queue.extend(deeper.into_iter().rev());
        }
        let rank = |s: &Symbol| match roles.role(s) {
            Some(Role::Coefficient | Role::Fixed) | None => (0, 0),
            Some(Role::Random) => (1, 0),
            Some(Role::Covariate) => (2, roles.closure.of(&s.key().indices).len()),
            Some(Role::Residual) => (3, 0),
        };
        symbols.sort_by_cached_key(|s| rank(s));
        for symbol in symbols {
            self.symbol(symbol)?;
        }
        Ok(())
    }

    fn symbol(&mut self, symbol: &Symbol) -> Result<AtomId> {
        let key = symbol.key();
        if let Some(known) = self.atoms.find(&key) {
            return Ok(known);
        }
        let Some(role) = self.roles.roles.get(&key) else {
            return Diagnostic::error(Code::UndefinedSymbol, format!("{symbol} is not part of the model"))
                .at(symbol.span, "used here only")
                .into();
        };
        let (kind, meaning) = match role {
            Role::Coefficient => (AtomKind::Coefficient, Meaning::Coefficient(key)),
            Role::Fixed => (AtomKind::Parameter, Meaning::Fixed(key)),
            Role::Random => (AtomKind::Random, Meaning::Random(key)),
            Role::Residual => (AtomKind::Residual, Meaning::Residual(key)),
            Role::Covariate => {
                let covariate = data::symbol(symbol, self.roles, self.facts);
                let level = self.level(&key.indices);
                (AtomKind::Data { level }, Meaning::Covariate { covariate, indices: key.indices })
            }
        };
        let atom = self.atoms.add(symbol.clone(), kind)?;
        self.meanings.entry(atom).or_insert(meaning);
        Ok(atom)
    }

    /// 1 for observations and what has no index, 2 for the lowest groups, ….
    fn level(&self, indices: &BTreeSet<String>) -> usize {
        let all = self.roles.closure.of(indices);
        if all.is_empty() || all == self.roles.observation {
            return 1;
        }
        1 + self.roles.observation.len().saturating_sub(all.len()).max(1)
    }

    /// A data expression as one atom; the same expression is the same atom.
    fn data(&mut self, expr: &Expr) -> Result<Tree> {
        let covariate = data::covariate(expr, self.roles, self.facts);
        let known =
            self.meanings.iter().find(|(_, m)| matches!(m, Meaning::Covariate { covariate: c, .. } if *c == covariate));
        if let Some((atom, _)) = known {
            return Ok(Tree::Atom(*atom));
        }
        let indices: BTreeSet<String> = expr.symbols().into_iter().flat_map(|s| s.key().indices).collect();
        let atom = self.atoms.add(expr.clone(), AtomKind::Data { level: self.level(&indices) })?;
        self.meanings.insert(atom, Meaning::Covariate { covariate, indices });
        Ok(Tree::Atom(atom))
    }

    /// A number in the place of a fixed effect.
    fn value(&mut self, text: &str, span: Span) -> Result<Tree> {
        self.values += 1;
        let name = Name { base: text.to_owned(), mark: format!("value {}", self.values), ..Name::default() };
        let atom = self.atoms.add(Symbol { span, ..Symbol::new(name, vec![]) }, AtomKind::Parameter)?;
        self.meanings.insert(atom, Meaning::Value(text.to_owned()));
        Ok(Tree::Atom(atom))
    }

    fn tree(&mut self, expr: &Expr) -> Result<Tree> {
        match &expr.kind {
            Kind::Sum(parts) => {
                let trees: Result<Vec<Tree>> = parts.iter().filter(|p| !p.is_zero()).map(|p| self.tree(p)).collect();
                Ok(Tree::sum(trees?))
            }
            Kind::Number(text) if expr.is_zero() => Ok(Tree::Number(text.parse().unwrap_or(0))),
            Kind::Number(text) => self.value(text, expr.span),
            Kind::Negative(inner) => Ok(Tree::product([Tree::Number(-1), self.tree(inner)?])),
            Kind::Product(parts) => self.product(parts),
            Kind::Symbol(symbol) => Ok(Tree::Atom(self.symbol(symbol)?)),
            Kind::Quotient(top, bottom) if bottom.symbols().is_empty() && !self.roles.is_data(top) => self.tree(top),
            Kind::Quotient(..) | Kind::Power(..) | Kind::Call(..) => {
                if let Some(symbol) = expr.symbols().into_iter().find(|s| self.roles.role(s).is_none()) {
                    self.symbol(symbol)?;
                }
                self.data(expr)
            }
        }
    }

    fn product(&mut self, parts: &[Expr]) -> Result<Tree> {
        let unknown = parts.iter().any(|p| !p.symbols().is_empty() && !self.roles.is_data(p));
        let mut trees = vec![];
        let mut has_value = unknown;
        for part in parts {
            let data_sum = matches!(part.kind, Kind::Sum(_) | Kind::Negative(_)) && self.roles.is_data(part);
            trees.push(match &part.kind {
                _ if data_sum => self.data(part)?,
                // The scale of a column does not change what it spans.
                Kind::Number(_) if has_value => Tree::Number(1),
                Kind::Number(text) => {
                    has_value = true;
                    self.value(text, part.span)?
                }
                _ => self.tree(part)?,
            });
        }
        Ok(Tree::product(trees))
    }
}
