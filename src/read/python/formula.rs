//! Formulas as patsy and formulae read them: R's algebra with Python's functions.

use super::{FUNCTIONS, Program, Py, Value};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, RExpr, Reference};
use crate::read::lmer::node::{Kind, Node};
use crate::read::lmer::parse;
use std::collections::{BTreeMap, BTreeSet};

/// The formulas of a call.
pub(in crate::read) struct Formulas<'a> {
    program: &'a mut Program,
    /// The categorical covariates, with what the text says of their categories, and the place.
    categorical: BTreeMap<String, (Vec<String>, bool, Span)>,
    /// Covariates that are numbers somewhere: as categories they are another covariate.
    numbers: BTreeSet<String>,
}

impl<'a> Formulas<'a> {
    /// The formulas of a program.
    pub(in crate::read) fn new(program: &'a mut Program) -> Self {
        Self { program, categorical: BTreeMap::new(), numbers: BTreeSet::new() }
    }

    /// The formula of patsy or formulae that an argument holds, as it is written; places are those of the source.
    ///
    /// # Errors
    /// `NeedsInfo` for what is no string of the text; those of R's grammar; `FormulaRefused` for `^`.
    pub(in crate::read) fn parse(&mut self, argument: &Py) -> Result<Node> {
        let (text, places) = self.text(argument)?;
        if let Some(at) = power(text) {
            return Diagnostic::error(Code::FormulaRefused, "`^` is no power in Python")
                .at(places.of(Span::new(at, at + 1)), "here")
                .help("write `**`")
                .into();
        }
        let (text, origin) = in_r(text, places.origin);
        let node = Places { origin: &origin, ..places }.parse(&text)?;
        self.see_numbers(&node);
        Ok(node)
    }

    /// The string that an argument is, and where its bytes stand.
    ///
    /// # Errors
    /// `NeedsInfo` for what is no string of the text.
    pub(in crate::read) fn text<'p>(&'p self, argument: &'p Py) -> Result<(&'p str, Places<'p>)> {
        let value = self.program.value(argument);
        let Value::Text(text, origin) = &value.value else {
            let what = if matches!(value.value, Value::Formatted) { "is calculated" } else { "is not in the text" };
            return Diagnostic::error(Code::NeedsInfo, format!("the formula {what}"))
                .at(argument.span, "a string belongs here")
                .help("write the formula itself: `\"y ~ x\"`")
                .into();
        };
        let end = origin.last().map_or(value.span.end, |at| at + 1);
        Ok((text, Places { origin, end }))
    }

    /// Takes note of the plain names of a formula.
    fn see_numbers(&mut self, node: &Node) {
        match &node.kind {
            Kind::Name(name) => drop(self.numbers.insert(name.clone())),
            Kind::Call(head, _) if head == "C" || head == "Q" => {}
            // What groups is no number.
            Kind::Call(head, arguments) if matches!(head.as_str(), "|" | "||" | "~") && arguments.len() == 2 => {
                let seen = usize::from(head == "~");
                self.see_numbers(&arguments[seen].1);
            }
            Kind::Call(_, arguments) => arguments.iter().for_each(|(_, a)| self.see_numbers(a)),
            _ => {}
        }
    }

    /// A formula in R's words. With `cells`, `C(f)` stays `factor(f)`: a grouping factor.
    ///
    /// # Errors
    /// `OutOfScope` for functions that are no covariates.
    pub(in crate::read) fn meant(&mut self, node: &Node, cells: bool, notes: &mut Notes) -> Result<Node> {
        let (head, arguments) = match &node.kind {
            Kind::Name(name) => return Ok(self.column(name, node.span)),
            Kind::Call(head, arguments) => (head.as_str(), &arguments[..]),
            _ => return Ok(node.clone()),
        };
        let function = head.rsplit(['.', ':']).next().unwrap_or(head);
        match (function, arguments) {
            ("Q", [(None, Node { kind: Kind::Text(name), .. })]) => return Ok(self.column(name, node.span)),
            ("C", [(None, of), options @ ..]) => return self.categories(node, of, options, cells, notes),
            ("center", [(None, of)]) => {
                let inner = self.meant(of, cells, notes)?;
                let mean = Node::call("mean", [inner.clone()], node.span);
                let difference = Node::call("-", [inner, mean], node.span);
                return Ok(Node::call("I", [difference], node.span));
            }
            ("standardize" | "scale", [(None, of)]) => {
                let inner = self.meant(of, cells, notes)?;
                return Ok(Node::call("scale", [inner], node.span));
            }
            ("[", [(None, Node { kind: Kind::Name(_), .. }), (None, Node { kind: Kind::Text(name), .. })]) => {
                return Ok(self.column(name, node.span));
            }
            _ => {}
        }
        let own = FUNCTIONS.iter().find(|(name, _)| *name == function).map_or(head, |(_, r)| r);
        let arguments = arguments.iter().map(|(name, a)| Ok((name.clone(), self.meant(a, cells, notes)?)));
        Ok(Node::new(Kind::Call(own.to_owned(), arguments.collect::<Result<_>>()?), node.span))
    }

    /// A column, or what it is made of.
    fn column(&mut self, name: &str, span: Span) -> Node {
        let factors = self.program.columns.factors(name, span);
        let nodes = factors.iter().map(|expr| of_expr(expr, span));
        nodes.reduce(|a, b| Node::call(":", [a, b], span)).unwrap_or(Node::new(Kind::Null, span))
    }

    /// `C(f, Treatment(reference="low"))`, `C(f, levels=["low", "high"])`.
    fn categories(
        &mut self,
        node: &Node,
        of: &Node,
        options: &[(Option<String>, Node)],
        cells: bool,
        notes: &mut Notes,
    ) -> Result<Node> {
        let inner = self.meant(of, cells, notes)?;
        let Kind::Name(name) = &inner.kind else {
            return Ok(Node::call("factor", [inner], node.span));
        };
        let name = name.clone();
        if cells {
            return Ok(Node::call("factor", [inner], node.span));
        }
        let (mut known, mut all) = (vec![], false);
        for (label, option) in options {
            match (label.as_deref(), &option.kind) {
                (None, Kind::Call(head, arguments)) if head.ends_with("Treatment") => {
                    if let [(_, reference)] = &arguments[..] {
                        known.extend(word(reference).filter(|_| !all));
                    }
                }
                (Some("levels"), Kind::Call(_, items)) => {
                    let words: Option<Vec<String>> = items.iter().map(|(_, item)| word(item)).collect();
                    if let Some(mut words) = words.filter(|words| words.len() > 1) {
                        let at = known.first().and_then(|first| words.iter().position(|w| w == first)).unwrap_or(0);
                        words[..=at].rotate_right(1);
                        (known, all) = (words, true);
                    }
                }
                _ => {
                    let message =
                        format!("the contrasts of `{name}` are others than those of R: the model is the same");
                    let note = Diagnostic::note(Code::FormulaTrap, message).at(option.span, "not read");
                    notes.push(note.help("its coefficients differ"));
                }
            }
        }
        let before = self.categorical.entry(name.clone()).or_insert((vec![], false, node.span));
        if !before.1 && !known.is_empty() {
            (before.0, before.1) = (known, all);
        }
        if self.numbers.contains(&name) {
            return Ok(Node::call("factor", [inner], node.span));
        }
        Ok(inner)
    }

    /// Tells what the text says of categories, and notes what it does not say.
    pub(in crate::read) fn declare(&mut self, facts: &mut Facts, notes: &mut Notes) {
        for (name, (known, all, span)) in &self.categorical {
            if self.numbers.contains(name) || facts.factor.contains_key(name) || facts.numeric.contains(name) {
                continue;
            }
            if *all {
                facts.factor.insert(name.clone(), known.clone());
                continue;
            }
            let reference = match known.first().map(String::as_str) {
                // patsy counts a number that is no category from the end.
                Some("-1") => Reference::Last,
                Some(first) => Reference::Category(first.to_owned()),
                None => Reference::First,
            };
            facts.learn_categorical(name, reference);
            let shown = known.first().map_or("base", String::as_str);
            let message = format!("`{name}` is categorical; its categories are in the data");
            let note = Diagnostic::note(Code::Skipped, message).at(*span, "said here");
            notes.push(
                note.help(format!(
                    "name them, the reference first: `--factor {name}={shown},…`; in R, make it a factor"
                )),
            );
        }
        self.program.columns.note(notes);
    }

    /// Whether the text says that a covariate is categorical.
    pub(in crate::read) fn is_categorical(&self, covariate: &RExpr) -> bool {
        match covariate {
            RExpr::Name(name) => self.categorical.contains_key(name),
            RExpr::Call(head, _) => head == "factor",
            _ => false,
        }
    }

    /// The factors of a grouping argument.
    ///
    /// # Errors
    /// `NeedsInfo` for what is no column that the text tells.
    pub(in crate::read) fn grouping(&self, argument: &Py) -> Result<Vec<String>> {
        self.program.grouping(argument)
    }

    /// The value of an argument.
    pub(in crate::read) fn value(&self, argument: &Py) -> Py {
        self.program.value(argument).clone()
    }
}

/// The places in the source of the bytes of a string.
pub(in crate::read) struct Places<'p> {
    origin: &'p [usize],
    end: usize,
}

impl Places<'_> {
    fn of(&self, span: Span) -> Span {
        let start = self.origin.get(span.start).copied().unwrap_or(self.end);
        let last = span.end.checked_sub(1).and_then(|at| self.origin.get(at)).map_or(self.end, |at| at + 1);
        Span::new(start, last.max(start))
    }

    /// Reads the string as R does.
    ///
    /// # Errors
    /// Those of R's grammar.
    pub(in crate::read) fn parse(&self, text: &str) -> Result<Node> {
        let shifted = text.trim_start();
        let skipped = text.len() - shifted.len();
        let back = |span: Span| self.of(Span::new(span.start + skipped, span.end + skipped));
        parse::single(shifted.trim_end()).map(|node| placed(&node, &back)).map_err(|mut error| {
            for label in &mut error.labels {
                label.span = back(label.span);
            }
            error.fix = None;
            error
        })
    }
}

/// A category as it is written.
fn word(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) | Kind::Number(text, _) => Some(text.clone()),
        Kind::Call(sign, operand) if sign == "-" && operand.len() == 1 => Some(format!("-{}", word(&operand[0].1)?)),
        _ => None,
    }
}

/// An expression at a place.
fn of_expr(expr: &RExpr, span: Span) -> Node {
    let kind = match expr {
        RExpr::Name(name) => Kind::Name(name.clone()),
        RExpr::Number(text) => Kind::Number(text.clone(), text.parse().unwrap_or(f64::NAN)),
        RExpr::Text(text) => Kind::Text(text.clone()),
        RExpr::Null => Kind::Null,
        RExpr::Call(head, arguments) => {
            Kind::Call(head.clone(), arguments.iter().map(|(name, a)| (name.clone(), of_expr(a, span))).collect())
        }
    };
    Node::new(kind, span)
}

/// The node with other places.
fn placed(node: &Node, back: &dyn Fn(Span) -> Span) -> Node {
    let kind = match &node.kind {
        Kind::Call(head, arguments) => {
            Kind::Call(head.clone(), arguments.iter().map(|(name, a)| (name.clone(), placed(a, back))).collect())
        }
        other => other.clone(),
    };
    Node::new(kind, back(node.span))
}

/// A formula with lists as `c(…)` and formulae's braces as `I(…)`, and the place of each byte in the source.
fn in_r(text: &str, origin: &[usize]) -> (String, Vec<usize>) {
    let (mut out, mut places) = (String::with_capacity(text.len()), vec![]);
    let (mut open, mut quote, mut before) = (vec![], None, ' ');
    for (at, c) in text.char_indices() {
        let put = match (quote, c) {
            (Some(q), c) => {
                quote = (c != q).then_some(q);
                None
            }
            (None, '"' | '\'' | '`') => {
                quote = Some(c);
                None
            }
            (None, '[') => {
                let is_list = !before.is_alphanumeric() && !matches!(before, '_' | ')' | ']');
                open.push(is_list);
                is_list.then_some("c(")
            }
            (None, ']') => open.pop().unwrap_or(false).then_some(")"),
            (None, '{') => Some("I("),
            (None, '}') => Some(")"),
            _ => None,
        };
        if !c.is_whitespace() {
            before = c;
        }
        let length = out.len();
        match put {
            Some(put) => out.push_str(put),
            None => out.push(c),
        }
        match put {
            Some(_) => {
                places.extend(std::iter::repeat_n(origin.get(at).copied().unwrap_or_default(), out.len() - length))
            }
            None => places.extend(origin.iter().skip(at).take(out.len() - length)),
        }
    }
    (out, places)
}

/// The place of a `^` outside strings.
fn power(text: &str) -> Option<usize> {
    let mut open = None;
    for (at, c) in text.char_indices() {
        match (open, c) {
            (None, '"' | '\'' | '`') => open = Some(c),
            (Some(quote), c) if c == quote => open = None,
            (None, '^') => return Some(at),
            _ => {}
        }
    }
    None
}
