//! R expressions: the language of covariates. `Display` is R's `deparse` for the part that matters here.

use std::fmt;

/// How many operators may stand in one expression: each makes the tree one deeper.
pub const MAX_OPERATORS: usize = 1000;

/// An R expression. Operators and brackets are calls, as in R itself: `a + b` is `Call("+", [a, b])`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RExpr {
    /// A name, without backticks.
    Name(String),
    /// A number as R prints it.
    Number(String),
    /// A character string, without quotes.
    Text(String),
    /// `NULL`, or an empty argument.
    Null,
    /// A call, with the names of named arguments.
    Call(String, Vec<(Option<String>, RExpr)>),
}

const RESERVED: &[&str] = &[
    "if",
    "else",
    "repeat",
    "while",
    "function",
    "for",
    "next",
    "break",
    "in",
    "TRUE",
    "FALSE",
    "NULL",
    "Inf",
    "NaN",
    "NA",
    "NA_integer_",
    "NA_real_",
    "NA_character_",
];
const SPACED: &[&str] = &["+", "-", "*", "==", "!=", "<", ">", "<=", ">=", "&", "|", "&&", "||", "~", "<-", "=", "?"];
const TIGHT: &[&str] = &["/", "^", ":", "$", "@", "::", ":::"];

impl RExpr {
    /// A name.
    pub fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }

    /// A call with unnamed arguments.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// let sum = RExpr::call("+", [RExpr::name("a"), RExpr::name("b")]);
    /// let square = RExpr::call("^", [sum, RExpr::Number("2".into())]);
    /// assert_eq!(RExpr::call("-", [square]).to_string(), "-(a + b)^2");
    /// ```
    pub fn call(head: impl Into<String>, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Call(head.into(), arguments.into_iter().map(|a| (None, a)).collect())
    }

    /// Whether R can spell the name without backticks.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// assert!(RExpr::is_syntactic("foul.diff") && RExpr::is_syntactic("été"));
    /// assert!(!RExpr::is_syntactic("2nd") && !RExpr::is_syntactic("my g") && !RExpr::is_syntactic("if"));
    /// ```
    pub fn is_syntactic(name: &str) -> bool {
        // R takes no `x²` and no `Ⅳ`: superscripts and letter-like numbers are numeric.
        let letter = |c: char| c.is_alphabetic() && !c.is_numeric();
        let mut chars = name.chars();
        let first = chars.next();
        first.is_some_and(|c| c == '.' || letter(c))
            && !(first == Some('.') && name[1..].starts_with(|c: char| c.is_ascii_digit()))
            && chars.all(|c| c == '.' || c == '_' || c.is_ascii_digit() || letter(c))
            && !RESERVED.contains(&name)
    }

    /// The dummy of a category: 1 where the factor has it, 0 elsewhere. R says it `f == "b"`.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// let dummy = RExpr::dummy("sector", "private");
    /// assert_eq!((dummy.to_string().as_str(), dummy.as_dummy()), (r#"sector == "private""#, Some(("sector", "private"))));
    /// ```
    pub fn dummy(factor: impl Into<String>, category: impl Into<String>) -> Self {
        Self::call("==", [Self::name(factor), Self::Text(category.into())])
    }

    /// The factor and category of a dummy.
    pub fn as_dummy(&self) -> Option<(&str, &str)> {
        match self {
            Self::Call(head, arguments) if head == "==" => match &arguments[..] {
                [(None, Self::Name(factor)), (None, Self::Text(category))] => Some((factor, category)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a logarithm is taken of, and its base when one is given. As in R, arguments go by name, then by the start of a
    /// name, then by place. `None` for what is no call of `log(x, base)`.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// let (x, two) = (RExpr::name("x"), RExpr::Number("2".into()));
    /// for first in ["base", "b"] {
    ///     let log = RExpr::Call("log".into(), vec![(Some(first.into()), two.clone()), (None, x.clone())]);
    ///     assert_eq!(log.as_logarithm(), Some((&x, Some(&two))));
    /// }
    /// assert_eq!(RExpr::call("log", [x.clone()]).as_logarithm(), Some((&x, None)));
    /// assert_eq!(RExpr::call("log", [x.clone(), two.clone(), two]).as_logarithm(), None);
    /// ```
    pub fn as_logarithm(&self) -> Option<(&Self, Option<&Self>)> {
        let Self::Call(head, arguments) = self else { return None };
        let mut parts: [Option<&Self>; 2] = [None, None];
        let named = |argument: &&(Option<String>, Self)| argument.0.is_some();
        for (name, value) in arguments.iter().filter(named).chain(arguments.iter().filter(|a| !named(a))) {
            let at = match name.as_deref() {
                Some("x") => 0,
                Some(name) if !name.is_empty() && "base".starts_with(name) => 1,
                Some(_) => return None,
                None => parts.iter().position(Option::is_none)?,
            };
            if *value == Self::Null || parts[at].replace(value).is_some() {
                return None;
            }
        }
        (head == "log").then_some((parts[0]?, parts[1]))
    }

    /// The response of a binomial count: successes and failures of so many trials, `cbind(y, n - y)`.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// assert_eq!(RExpr::counts(RExpr::name("y"), RExpr::name("n")).to_string(), "cbind(y, n - y)");
    /// ```
    pub fn counts(successes: Self, trials: Self) -> Self {
        let failures = Self::call("-", [trials, successes.clone()]);
        Self::call("cbind", [successes, failures])
    }

    /// The same with a call of `(` wherever its text has brackets, so that the text reads back to an equal expression.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// let dummy = RExpr::call("*", [RExpr::dummy("f", "b"), RExpr::name("x")]).bracketed();
    /// assert_eq!(dummy.to_string(), r#"(f == "b") * x"#);
    /// assert_eq!(mlnote::read::parse_expression(&dummy.to_string()), Ok(dummy));
    /// ```
    #[must_use]
    pub fn bracketed(self) -> Self {
        let Self::Call(head, arguments) = self else { return self };
        let least = demands(&head, &arguments);
        let bracketed = |(at, (name, value)): (usize, (Option<String>, Self))| {
            let loose = least.get(at).is_some_and(|least| value.is_looser(*least));
            let value = value.bracketed();
            (name, if loose { Self::call("(", [value]) } else { value })
        };
        let arguments = arguments.into_iter().enumerate().map(bracketed).collect();
        Self::Call(head, arguments)
    }

    /// Whether it goes in brackets as a factor of `a:b`.
    ///
    /// ```
    /// use mlnote::model::RExpr;
    /// assert!(RExpr::dummy("f", "b").is_loose() && !RExpr::name("x").is_loose());
    /// ```
    pub fn is_loose(&self) -> bool {
        self.is_looser(14)
    }

    /// Whether it is an operation that binds looser than that.
    fn is_looser(&self, least: u8) -> bool {
        let Self::Call(op, arguments) = self else { return false };
        let own = match arguments.len() {
            2 => binding(op),
            1 if matches!(op.as_str(), "-" | "+" | "!" | "~") => Some(unary(op)),
            _ => None,
        };
        own.is_some_and(|own| own < least)
    }

    /// Every name in it, in order, function heads not counted.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Name(name) => vec![name],
            Self::Call(_, arguments) => arguments.iter().flat_map(|(_, a)| a.names()).collect(),
            _ => vec![],
        }
    }

    /// The same expression with every name replaced.
    #[must_use]
    pub fn map_names(&self, f: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Name(name) => Self::Name(f(name)),
            Self::Call(head, arguments) => {
                Self::Call(head.clone(), arguments.iter().map(|(n, a)| (n.clone(), a.map_names(f))).collect())
            }
            other => other.clone(),
        }
    }
}

fn quoted(name: &str) -> String {
    if RExpr::is_syntactic(name) { name.to_owned() } else { format!("`{}`", escaped(name, '`')) }
}

/// The head of a call: a function's name, with its package when it has one.
fn function(head: &str) -> String {
    match head.rsplit_once("::") {
        Some((package, name)) if RExpr::is_syntactic(package.trim_end_matches(':')) && RExpr::is_syntactic(name) => {
            head.to_owned()
        }
        _ => quoted(head),
    }
}

/// Zero-width and bidirectional characters: they are written as escapes, so that a name cannot hide in what is printed.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}'
    )
}

/// The text as it stands between quotes.
fn escaped(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            c if c == quote || c == '\\' => escaped.extend(['\\', c]),
            c if c.is_control() || is_invisible(c) => escaped.push_str(&format!("\\u{{{:04x}}}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

impl fmt::Display for RExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(&quoted(name)),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => write!(f, "\"{}\"", escaped(text, '"')),
            Self::Null => f.write_str("NULL"),
            Self::Call(head, arguments) => {
                let least = demands(head, arguments);
                let operand = |at: usize| Operand(&arguments[at].1, least.get(at).copied().unwrap_or(0));
                match (head.as_str(), &arguments[..]) {
                    ("(", [(_, inner)]) => write!(f, "({inner})"),
                    ("[", [_, rest @ ..]) => write!(f, "{}[{}]", operand(0), Arguments(rest, "")),
                    ("[[", [_, rest @ ..]) => write!(f, "{}[[{}]]", operand(0), Arguments(rest, "")),
                    (op @ ("-" | "+" | "!" | "~"), [_]) => write!(f, "{op}{}", operand(0)),
                    (op, [_, _]) if TIGHT.contains(&op) || op == "%%" => write!(f, "{}{op}{}", operand(0), operand(1)),
                    (op, [_, _]) if SPACED.contains(&op) || op.starts_with('%') => {
                        write!(f, "{} {op} {}", operand(0), operand(1))
                    }
                    (head, arguments) => write!(f, "{}({})", function(head), Arguments(arguments, "NULL")),
                }
            }
        }
    }
}

/// How tightly a binary operator binds (R's `?Syntax`); `None` for what is none.
fn binding(op: &str) -> Option<u8> {
    Some(match op {
        "?" => 1,
        "=" => 2,
        "<-" | "<<-" => 3,
        "~" => 5,
        "|" | "||" => 6,
        "&" | "&&" => 7,
        "==" | "!=" | "<" | ">" | "<=" | ">=" => 9,
        "+" | "-" => 10,
        "*" | "/" => 11,
        ":" => 13,
        "^" => 15,
        "$" | "@" => 17,
        "::" | ":::" => 18,
        op if op.starts_with('%') => 12,
        _ => return None,
    })
}

/// How tightly a unary operator binds.
fn unary(op: &str) -> u8 {
    match op {
        "~" => 5,
        "!" => 8,
        _ => 14,
    }
}

/// How tightly each operand must bind to stand without brackets; a sign on the right needs none: `a^-b`.
fn demands(head: &str, arguments: &[(Option<String>, RExpr)]) -> Vec<u8> {
    match (head, arguments) {
        ("[" | "[[", [_, ..]) => vec![16],
        ("-" | "+" | "!" | "~", [_]) => vec![unary(head)],
        (op, [_, (_, right)]) => {
            let Some(own) = binding(op) else { return vec![] };
            let (l, r) = match op {
                "^" | "<-" | "<<-" | "=" => (own + 1, own),
                "==" | "!=" | "<" | ">" | "<=" | ">=" => (own + 1, own + 1),
                _ => (own, own + 1),
            };
            let signed = matches!(right, RExpr::Call(_, arguments) if arguments.len() == 1);
            vec![l, if signed { 0 } else { r }]
        }
        _ => vec![],
    }
}

/// An operand, in brackets when it binds looser than its place demands. What was read has its brackets as calls of
/// `(`; only an expression that was made needs more.
struct Operand<'a>(&'a RExpr, u8);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(expr, least) = self;
        if expr.is_looser(*least) { write!(f, "({expr})") } else { expr.fmt(f) }
    }
}

/// Arguments, and how an empty one is written.
struct Arguments<'a>(&'a [(Option<String>, RExpr)], &'static str);

impl fmt::Display for Arguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, value)) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            match (name, value) {
                (Some(name), value) => write!(f, "{} = {value}", quoted(name))?,
                (None, RExpr::Null) => f.write_str(self.1)?,
                (None, value) => write!(f, "{value}")?,
            }
        }
        Ok(())
    }
}
