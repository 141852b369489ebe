//! From statements to rows: left side, `=` or `~`, right side broken into lines.

use super::Reason;
use super::layout::{Layout, fill};
use super::walk::{Dialect, pieces, tall, whole, wrap};
use crate::syntax::{Closure, Expr, Index, Kind, Law, Matrix, Name, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of text, one of them on the base line of its row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Lines; the lines of a broken sum, or of a drawn matrix.
    pub(super) lines: Vec<String>,
    /// The line that `=` stands on.
    pub(super) baseline: usize,
}

impl Block {
    /// One line.
    pub(super) fn line(text: impl Into<String>) -> Self {
        Self { lines: vec![text.into()], baseline: 0 }
    }
}

/// What stands between the sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// `=`.
    Equal,
    /// `~`.
    Tilde,
    /// `~`, independent and identically distributed.
    Iid,
}

/// One row of a display; its right side may take several lines.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The Level whose first statement this is.
    pub(super) level: Option<usize>,
    /// Left of the relation; empty when a chain goes on.
    pub(super) left: Block,
    /// The relation.
    pub(super) relation: Relation,
    /// Right of it.
    pub(super) right: Block,
    /// A range or a reason, already in the format's own spelling.
    pub(super) note: String,
    /// The note goes on a line of its own, since beside the right side there is no room.
    pub(super) note_below: bool,
    /// The row's number.
    pub(super) number: Option<usize>,
}

/// An index letter runs from 1 to here: `i = 1, …, n_j`.
#[derive(Clone, Debug)]
pub(super) struct Range {
    /// The letter.
    pub(super) letter: String,
    /// What it stands for; empty when there is no word.
    pub(super) word: String,
    /// The number of its values.
    pub(super) end: Symbol,
}

/// How one format draws what an expression does not have.
pub(super) trait Page: Dialect {
    /// Columns that `iid` takes beside the `~`.
    const IID: usize = 0;
    /// A matrix in round brackets.
    fn matrix(&self, cells: &[Vec<String>]) -> Block;
    /// A law and its arguments.
    fn law(&self, name: &str, arguments: &[Block], tall: bool) -> Block;
    /// The ranges of index letters: `for j = 1, …, J`, `for school j = 1, …, J`.
    fn ranges(&self, ranges: &[Range]) -> String;
    /// A reason beside a line.
    fn reason(&self, reason: &Reason) -> String;
    /// Nothing said: `·`.
    fn dot(&self) -> &'static str;
    /// The display.
    fn assemble(&self, rows: &[Row], layout: &Layout) -> String;
}

/// The least room that the right side gets, however narrow the page.
const MIN_ROOM: usize = 24;

/// Every statement of a system as rows.
pub(super) fn system<P: Page>(p: &P, system: &System, layout: &Layout) -> Vec<Row> {
    let mut statements: Vec<(Option<usize>, &Statement)> = system.statements.iter().map(|s| (None, s)).collect();
    if layout.level_labels {
        statements = levels(system).into_iter().zip(&system.statements).collect();
        // Stable: within a Level the order stays.
        statements.sort_by_key(|(level, _)| level.unwrap_or(usize::MAX));
    }
    let lefts: Vec<Block> = statements.iter().map(|(_, s)| left(p, s)).collect();
    let margin = lefts.iter().flat_map(|b| &b.lines).map(|l| p.width(l)).max().unwrap_or(0) + 3;
    let margin =
        margin + if layout.level_labels { 10 } else { 0 } + if layout.label_equations.is_some() { 5 } else { 0 };
    let room = layout.width.saturating_sub(margin).max(MIN_ROOM);
    let mut rows = vec![];
    let mut last = None;
    for ((level, statement), left) in statements.into_iter().zip(lefts) {
        let first = rows.len();
        match statement {
            Statement::Equation { rights, .. } => {
                for (position, right) in rights.iter().enumerate() {
                    let left = if position == 0 { left.clone() } else { Block::line("") };
                    rows.push(row(left, Relation::Equal, broken(p, right, "", "", room)));
                }
            }
            Statement::Distribution { left: of, law, .. } => {
                let relation = if layout.iid && constant(law) { Relation::Iid } else { Relation::Tilde };
                let mut made = row(left, relation, law_block(p, of.len(), law, room - beside::<P>(relation)));
                if layout.ranges {
                    let letters = letters(of);
                    let ranges = ranges(&letters, &layout.words);
                    made.note = if letters.is_empty() { String::new() } else { p.ranges(&ranges) };
                }
                rows.push(made);
            }
            Statement::Moment { value, .. } => {
                rows.push(row(left, Relation::Equal, broken(p, value, "", "", room)));
            }
        }
        if level != last && rows.len() > first {
            rows[first].level = level;
            last = level;
        }
    }
    place_notes(p, &mut rows, room);
    number(&mut rows, layout);
    rows
}

/// Columns that a relation takes of the right side.
fn beside<P: Page>(relation: Relation) -> usize {
    if relation == Relation::Iid { P::IID } else { 0 }
}

/// Ranges stand beside their laws when there is room for all of them right of every row: they form a column.
fn place_notes<P: Page>(p: &P, rows: &mut [Row], room: usize) {
    let widest = |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| p.width(text)).max().unwrap_or(0);
    let right = |row: &Row| widest(&mut row.right.lines.iter()) + beside::<P>(row.relation);
    let below = rows.iter().map(right).max().unwrap_or(0) + 2 + widest(&mut rows.iter().map(|row| &row.note)) > room;
    for row in rows {
        row.note_below = below && !row.note.is_empty();
    }
}

fn number(rows: &mut [Row], layout: &Layout) {
    if let Some(labels) = &layout.label_equations {
        for (number, row) in (labels.first..).zip(rows) {
            row.number = Some(number);
        }
    }
}

/// The lines of a derivation with their reasons.
pub(super) fn steps<P: Page>(p: &P, left: &Expr, lines: &[(Expr, Option<Reason>)], layout: &Layout) -> Vec<Row> {
    let reasons: Vec<String> = lines.iter().map(|(_, r)| r.as_ref().map(|r| p.reason(r)).unwrap_or_default()).collect();
    let text = whole(p, left);
    let margin = p.width(&text) + 3 + if layout.label_equations.is_some() { 5 } else { 0 };
    let full = layout.width.saturating_sub(margin).max(MIN_ROOM);
    let widest = reasons.iter().map(|r| p.width(r)).max().unwrap_or(0);
    // A column of reasons pays only while the equations keep most of the page.
    let beside = widest > 0 && full.saturating_sub(widest + 2) >= full * 3 / 5;
    let room = if beside { full - widest - 2 } else { full };
    let mut left = Block::line(text);
    let mut rows = vec![];
    for ((expr, _), reason) in lines.iter().zip(reasons) {
        let mut made =
            row(std::mem::replace(&mut left, Block::line("")), Relation::Equal, broken(p, expr, "", "", room));
        made.note_below = !beside && !reason.is_empty();
        made.note = reason;
        rows.push(made);
    }
    number(&mut rows, layout);
    rows
}

fn row(left: Block, relation: Relation, right: Block) -> Row {
    Row { level: None, left, relation, right, note: String::new(), note_below: false, number: None }
}

fn broken<P: Page>(p: &P, expr: &Expr, before: &str, after: &str, room: usize) -> Block {
    let mut parts = pieces(p, expr, room.saturating_sub(4));
    wrap(&mut parts, before, after);
    Block { lines: fill(&parts, |t| p.width(t), room), baseline: 0 }
}

fn column<P: Page>(p: &P, cells: &[Expr]) -> Block {
    match cells {
        [one] => Block::line(whole(p, one)),
        _ => p.matrix(&cells.iter().map(|c| vec![whole(p, c)]).collect::<Vec<_>>()),
    }
}

fn left<P: Page>(p: &P, statement: &Statement) -> Block {
    match statement {
        Statement::Equation { left, .. } => Block::line(whole(p, left)),
        Statement::Distribution { left, .. } => column(p, left),
        Statement::Moment { of, symbols, .. } => {
            Block::line(p.call(of, &symbols.iter().map(|s| whole(p, &s.clone().into())).collect::<Vec<_>>()))
        }
    }
}

fn law_block<P: Page>(p: &P, count: usize, law: &Law, room: usize) -> Block {
    match law {
        Law::Normal { mean, covariance } => {
            let single = covariance.rows.iter().map(Vec::len).sum::<usize>() == 1;
            let variance = covariance_block(p, covariance);
            let high = covariance.rows.iter().flatten().flatten().any(tall);
            if let ([mean], 1, [variance]) = (&mean[..], count, &variance.lines[..])
                && !high
                && !tall(mean)
            {
                let (open, close) = p.brackets(false);
                let before = p.law("N", &[], false).lines.concat() + open;
                return broken(p, mean, &before, &format!("{}{variance}{close}", P::COMMA), room);
            }
            // A lone 0 stands for as many zeros as there are left sides.
            let lone = mean.len() == 1 && count > 1 && !single && matches!(&mean[0].kind, Kind::Number(n) if n == "0");
            let means = if lone { vec![mean[0].clone(); count] } else { mean.clone() };
            let mut arguments = if means.is_empty() { vec![] } else { vec![column(p, &means)] };
            let drawn = means.len() > 1 || covariance.rows.iter().map(Vec::len).sum::<usize>() > 1;
            arguments.push(variance);
            p.law("N", &arguments, drawn || high || means.iter().any(tall))
        }
        Law::Other { name, arguments } => {
            let blocks: Vec<Block> = arguments.iter().map(|a| Block::line(whole(p, a))).collect();
            p.law(name, &blocks, arguments.iter().any(tall))
        }
    }
}

fn covariance_block<P: Page>(p: &P, matrix: &Matrix) -> Block {
    let cell = |c: &Option<Expr>| c.as_ref().map(|e| whole(p, e)).unwrap_or_default();
    match &matrix.rows[..] {
        [] => Block::line(p.dot()),
        [only] if only.len() == 1 => Block::line(cell(&only[0])),
        rows => p.matrix(&rows.iter().map(|row| row.iter().map(cell).collect()).collect::<Vec<_>>()),
    }
}

/// Whether no parameter of the law carries an index.
fn constant(law: &Law) -> bool {
    let plain = |e: &Expr| e.symbols().iter().all(|s| s.indices.is_empty());
    match law {
        Law::Normal { mean, covariance } => {
            mean.iter().all(plain) && covariance.rows.iter().flatten().flatten().all(plain)
        }
        Law::Other { arguments, .. } => arguments.iter().all(plain),
    }
}

/// `n` values of `i` in each of the others, `J` of `j`.
fn ranges(letters: &[&str], words: &BTreeMap<String, String>) -> Vec<Range> {
    let range = |(position, letter): (usize, &&str)| {
        let name = if *letter == "i" { "n".to_owned() } else { letter.to_uppercase() };
        let within = if position == 0 { &letters[1..] } else { &[] };
        let end = Symbol::new(Name::new(name), within.iter().map(|l| Index::new(*l)).collect());
        Range { letter: (*letter).to_owned(), word: words.get(*letter).cloned().unwrap_or_default(), end }
    };
    letters.iter().enumerate().map(range).collect()
}

/// The index letters of the left sides, in the order written.
fn letters(left: &[Expr]) -> Vec<&str> {
    let mut found = vec![];
    for symbol in left.iter().flat_map(Expr::symbols) {
        for index in &symbol.indices {
            if !found.contains(&index.letter.as_str()) {
                found.push(index.letter.as_str());
            }
        }
    }
    found
}

/// The Level of each statement: 1 for the indices of the response (a left side that no right side uses). Groups that
/// random effects vary over stand one Level above the highest groups within them; brackets (`k[j]`) tell what lies in
/// what. An equation whose indices are no such groups, as those of crossed factors, stands with the lowest of them.
/// Statements without indices have none.
fn levels(system: &System) -> Vec<Option<usize>> {
    let closure = Closure::of_system(system);
    let set = |symbol: Option<&&Symbol>| -> BTreeSet<String> {
        symbol.map(|s| closure.cells(&s.key().indices)).unwrap_or_default()
    };
    let sets: Vec<BTreeSet<String>> = system
        .statements
        .iter()
        .map(|statement| match statement {
            Statement::Equation { left, .. } => set(left.symbols().first()),
            Statement::Distribution { left, .. } => set(left.iter().flat_map(Expr::symbols).next().as_ref()),
            Statement::Moment { symbols, .. } => set(symbols.first().as_ref()),
        })
        .collect();
    let mut used = BTreeSet::new();
    for statement in &system.statements {
        if let Statement::Equation { rights, .. } = statement {
            used.extend(rights.iter().flat_map(Expr::symbols).map(Symbol::key));
        }
    }
    let response = system.statements.iter().zip(&sets).find_map(|(statement, set)| match statement {
        Statement::Equation { left, .. } => {
            left.symbols().first().is_some_and(|s| !used.contains(&s.key())).then_some(set)
        }
        _ => None,
    });
    let response = response.or_else(|| sets.iter().max_by_key(|s| s.len())).cloned().unwrap_or_default();
    let is_equation = |at: &usize| matches!(system.statements[*at], Statement::Equation { .. });
    let mut order: Vec<usize> = (0..sets.len()).filter(|at| !sets[*at].is_empty()).collect();
    order.sort_by_key(|at| (is_equation(at), std::cmp::Reverse(sets[*at].len())));
    let mut known: BTreeMap<&BTreeSet<String>, usize> = BTreeMap::from([(&response, 1)]);
    for at in order {
        let set = &sets[at];
        let levels = |wanted: &dyn Fn(&BTreeSet<String>) -> bool| -> Vec<usize> {
            known.iter().filter(|(other, _)| **other != set && wanted(other)).map(|(_, level)| *level).collect()
        };
        let within = levels(&|other| other.is_subset(set)).into_iter().min().filter(|_| is_equation(&at));
        let level =
            within.unwrap_or_else(|| 1 + levels(&|other| other.is_superset(set)).into_iter().max().unwrap_or(1));
        known.entry(set).or_insert(level);
    }
    sets.iter().map(|set| known.get(set).copied().filter(|_| !set.is_empty())).collect()
}
