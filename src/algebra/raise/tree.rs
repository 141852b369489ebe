//! Which coefficients have an equation of their own, and what stands in each: the shape, without names.

use super::covariates::{Covariates, Reach};
use super::{Effect, Form};
use crate::algebra::Lexicon;
use crate::model::{Grouping, Model, RExpr, Term};
use std::collections::BTreeSet;

/// The right side of one equation.
#[derive(Debug)]
pub(super) struct Node {
    /// Over which groups its left side varies; `None` for the response.
    pub(super) group: Option<Grouping>,
    /// In the order of writing: fixed effects and coefficients, then random effects.
    pub(super) items: Vec<Item>,
}

impl Node {
    /// The fixed effects in the order in which plugging in brings them.
    pub(super) fn fixed(&self) -> Vec<&Term> {
        let mut found = vec![];
        for item in &self.items {
            match item {
                Item::Fixed { term, .. } => found.push(term),
                Item::Coefficient { node, .. } => found.extend(node.fixed()),
                Item::Effect { .. } => {}
            }
        }
        found
    }

    /// Whether the equation of every grouping factor but the coarsest has a coefficient of the next: then `k[j]` is
    /// written, and says that the groups `j` lie within the groups `k`.
    pub(super) fn looks_up(&self, stages: &[Grouping]) -> bool {
        fn links<'a>(node: &'a Node, found: &mut Vec<(&'a Grouping, &'a Grouping)>) {
            for item in &node.items {
                if let Item::Coefficient { node: below, .. } = item {
                    found.extend(node.group.as_ref().zip(below.group.as_ref()));
                    links(below, found);
                }
            }
        }
        let mut found = vec![];
        links(self, &mut found);
        stages.len() > 1 && stages.windows(2).all(|pair| found.contains(&(&pair[0], &pair[1])))
    }
}

/// One summand: a symbol, times covariates.
#[derive(Debug)]
pub(super) enum Item {
    /// A fixed effect.
    Fixed {
        /// What it multiplies in the whole model.
        term: Term,
        /// What it multiplies in this equation.
        times: Vec<RExpr>,
    },
    /// A coefficient with an equation of its own.
    Coefficient {
        /// What it multiplies in the whole model.
        term: Term,
        /// What it multiplies in this equation.
        times: Vec<RExpr>,
        /// How many Levels were passed over because nothing varies there.
        skipped: usize,
        /// Its equation, with the groups that it varies over.
        node: Node,
    },
    /// A random effect of these groups, by its place in the list of effects.
    Effect {
        /// The place.
        effect: usize,
        /// What it multiplies in this equation.
        times: Vec<RExpr>,
    },
}

/// Terms and effects whose place is still to be found, with the covariates not yet placed.
#[derive(Clone, Default)]
struct Content {
    fixed: Vec<(Term, Vec<RExpr>)>,
    random: Vec<(usize, Vec<RExpr>)>,
}

struct Builder<'a> {
    lexicon: &'a Lexicon,
    effects: &'a [Effect<'a>],
    covariates: &'a Covariates<'a>,
    form: Form,
}

/// The tree of equations. `stages` are the grouping factors from the finest to the coarsest when they are nested; for
/// crossed ones a coefficient varies over all the groups involved in it (as Raudenbush and Bryk 2002, chapter 12) or,
/// in the bracket form, its parts stand in the response's equation.
pub(super) fn build(
    model: &Model,
    lexicon: &Lexicon,
    effects: &[Effect],
    stages: Option<&[Grouping]>,
    covariates: &Covariates,
    form: Form,
) -> Node {
    let builder = Builder { lexicon, effects, covariates, form };
    let all = Content {
        fixed: model.fixed().iter().map(|t| (t.clone(), t.factors().to_vec())).collect(),
        random: effects.iter().enumerate().map(|(at, e)| (at, e.term.factors().to_vec())).collect(),
    };
    match stages {
        Some(stages) => builder.node(None, all, stages, &Term::intercept()),
        None => builder.crossed(all),
    }
}

impl Builder<'_> {
    /// The equation of what varies over `group` and multiplies `of`.
    fn node(&self, group: Option<&Grouping>, content: Content, stages: &[Grouping], of: &Term) -> Node {
        let Some((next, coarser)) = stages.split_first() else { return self.last(group, content) };
        let here: BTreeSet<usize> = content
            .random
            .iter()
            .map(|&(effect, _)| effect)
            .filter(|&effect| Some(self.effects[effect].group) == group)
            .collect();
        let (own, rest): (Vec<_>, Vec<_>) = content.random.into_iter().partition(|(effect, _)| here.contains(effect));
        let below = Content { fixed: content.fixed, random: rest };
        let factors: BTreeSet<String> = next.factors().iter().cloned().collect();
        let mut items = vec![];
        for (times, content) in self.split(below, &factors) {
            items.push(self.coefficient(times, content, next, coarser, of));
        }
        items.extend(own.into_iter().map(|(effect, times)| Item::Effect { effect, times }));
        Node { group: group.cloned(), items }
    }

    /// An equation without coefficients.
    fn last(&self, group: Option<&Grouping>, content: Content) -> Node {
        let fixed = content.fixed.into_iter().map(|(term, times)| Item::Fixed { term, times });
        let random = content.random.into_iter().map(|(effect, times)| Item::Effect { effect, times });
        Node { group: group.cloned(), items: fixed.chain(random).collect() }
    }

    /// Gathers the content by the covariates that are not constant within the groups: each gathering is what one
    /// coefficient holds.
    fn split(&self, content: Content, factors: &BTreeSet<String>) -> Vec<(Vec<RExpr>, Content)> {
        let mut found: Vec<(Vec<RExpr>, Content)> = vec![];
        let constant = |covariate: &RExpr| match self.covariates.reach(covariate) {
            Reach::Observation => false,
            Reach::Group(own) => own.is_subset(factors),
        };
        let mut place = |covariates: Vec<RExpr>, put: &mut dyn FnMut(&mut Content, Vec<RExpr>)| {
            let (rest, part): (Vec<RExpr>, Vec<RExpr>) = covariates.into_iter().partition(constant);
            let same = |other: &[RExpr]| Term::new(other.to_vec()) == Term::new(part.clone());
            let at = found.iter().position(|(other, _)| same(other)).unwrap_or_else(|| {
                found.push((part.clone(), Content::default()));
                found.len() - 1
            });
            put(&mut found[at].1, rest);
        };
        for (term, covariates) in content.fixed {
            place(covariates, &mut |content, rest| content.fixed.push((term.clone(), rest)));
        }
        for (effect, covariates) in content.random {
            place(covariates, &mut |content, rest| content.random.push((effect, rest)));
        }
        if let Some(at) = found.iter().position(|(times, _)| times.is_empty()) {
            let intercept = found.remove(at);
            found.insert(0, intercept);
        }
        for (_, content) in &mut found {
            // Stable: what has nothing left to multiply comes first, everything else as the model orders it.
            content.fixed.sort_by_key(|(_, rest)| !rest.is_empty());
            content.random.sort_by_key(|(_, rest)| !rest.is_empty());
        }
        found
    }

    /// The coefficient of `times`: the fixed effect itself when it is all there is (complete pooling), the coefficient
    /// of a coarser Level when nothing varies at this one, else one with an equation.
    fn coefficient(
        &self,
        times: Vec<RExpr>,
        mut content: Content,
        group: &Grouping,
        coarser: &[Grouping],
        of: &Term,
    ) -> Item {
        let term = of.times(&Term::new(times.clone()));
        let named = self.lexicon.coefficients.contains_key(&(group.clone(), term.clone()));
        if !named && content.random.is_empty() && matches!(&content.fixed[..], [(_, rest)] if rest.is_empty()) {
            let (term, _) = content.fixed.remove(0);
            return Item::Fixed { term, times };
        }
        let mut node = self.node(Some(group), content, coarser, &term);
        let single = matches!(&node.items[..], [Item::Coefficient { times, .. }] if times.is_empty());
        if single
            && !named
            && let Some(Item::Coefficient { term, skipped, node, .. }) = node.items.pop()
        {
            return Item::Coefficient { term, times, skipped: skipped + 1, node };
        }
        Item::Coefficient { term, times, skipped: 0, node }
    }

    /// The response's equation when the grouping factors are crossed.
    fn crossed(&self, content: Content) -> Node {
        let factors = self.effects.iter().flat_map(|e| e.group.factors()).cloned().collect();
        let mut items = vec![];
        for (times, content) in self.split(content, &factors) {
            let groups = self.involved(&content);
            let Some(mut group) = groups.first().cloned() else {
                items.push(self.pooled(times, content));
                continue;
            };
            if groups.len() > 1 {
                if self.form == Form::Bracket {
                    items.extend(spread(&times, content));
                    continue;
                }
                group = Grouping::new(groups.iter().flat_map(|g| g.factors()));
            }
            items.push(self.coefficient(times, content, &group, &[], &Term::intercept()));
        }
        // Stable: what is fixed first, as Gelman and Hill write it.
        items.sort_by_key(|item| matches!(item, Item::Effect { .. }));
        Node { group: None, items }
    }

    /// The groups that random effects and covariates of the content vary over, each once.
    fn involved(&self, content: &Content) -> Vec<Grouping> {
        let random = content.random.iter().map(|&(effect, _)| self.effects[effect].group.clone());
        let rests = content.fixed.iter().map(|(_, rest)| rest).chain(content.random.iter().map(|(_, rest)| rest));
        let reaches = rests.flatten().filter_map(|covariate| match self.covariates.reach(covariate) {
            Reach::Group(factors) => Some(Grouping::new(factors)),
            Reach::Observation => None,
        });
        let mut seen = vec![];
        for group in random.chain(reaches) {
            if !seen.contains(&group) {
                seen.push(group);
            }
        }
        seen
    }

    /// A fixed effect that nothing makes vary.
    fn pooled(&self, times: Vec<RExpr>, mut content: Content) -> Item {
        let (term, _) = content.fixed.remove(0);
        Item::Fixed { term, times }
    }
}

/// The parts of a coefficient, each times what the coefficient would multiply.
fn spread(times: &[RExpr], content: Content) -> impl Iterator<Item = Item> {
    let with = |rest: Vec<RExpr>| rest.into_iter().chain(times.iter().cloned()).collect();
    let fixed: Vec<Item> =
        content.fixed.into_iter().map(|(term, rest)| Item::Fixed { term, times: with(rest) }).collect();
    let random: Vec<Item> =
        content.random.into_iter().map(|(effect, rest)| Item::Effect { effect, times: with(rest) }).collect();
    fixed.into_iter().chain(random)
}
