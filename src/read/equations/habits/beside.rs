//! What stands beside a model and says nothing of it: codings of covariates, and statistics of a fit.

use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::read::equations::rows::Gathered;
use crate::read::equations::source::{lines::is_hypothesis, tildes};
use crate::syntax::{Accent, Expr, Key, Kind, Law, Name, Statement, Symbol, System, by_cases, family_of};
use std::collections::BTreeSet;

/// `x_{ij} = \begin{cases} 1 & \text{if …} \\ 0 & … \end{cases}`
pub(in crate::read) struct Coding {
    /// What it defines.
    pub(in crate::read) symbol: Option<Symbol>,
    /// Where.
    pub(in crate::read) span: Span,
    /// Whether it stands in the prose.
    pub(in crate::read) prose: bool,
}

/// Passes over the codings of symbols that equations use and do not define; that these are covariates is seen when the
/// roles are.
///
/// # Errors
/// `OutOfScope` for any other symbol: it may be the response.
pub(in crate::read) fn pass_over_codings(gathered: &mut Gathered, notes: &mut Notes) -> Result<()> {
    let codings = std::mem::take(&mut gathered.codings);
    if codings.is_empty() {
        return Ok(());
    }
    let names = |sides: fn(&Statement) -> &[Expr]| -> BTreeSet<Name> {
        gathered.system.statements.iter().flat_map(sides).flat_map(Expr::symbols).map(|s| s.name.clone()).collect()
    };
    let (defined, used) = (names(Statement::lefts), names(Statement::rights));
    for Coding { symbol, span, prose } in codings {
        let covariate = symbol.clone().filter(|s| used.contains(&s.name) && !defined.contains(&s.name));
        match covariate {
            Some(symbol) => {
                let message = format!("the coding of {symbol} was skipped");
                notes.push(Diagnostic::note(Code::Skipped, message).at(span, ""));
                gathered.system.skipped.push(span);
                gathered.system.coded.push(Symbol { span, ..symbol });
            }
            None => {
                let message = "an equation by cases defines no covariate of the model";
                let error = Box::new(by_cases(span, message.to_owned()));
                if !prose {
                    return Err(error);
                }
                gathered.pass_over(span, symbol.into_iter().collect(), error, notes);
            }
        }
    }
    Ok(())
}

/// What stands beside an estimate.
const OF_ESTIMATES: [&str; 6] = ["SE", "CI", "p", "t", "z", "df"];

/// Why math is no part of the model that it stands beside, if it is not; `others`: it stands beside other math.
pub(in crate::read) fn passed_over(math: &str, others: bool) -> Option<&'static str> {
    let left = math.split('=').next().unwrap_or_default();
    let is_test = is_hypothesis(left) || ["\\chi^2", "\\chi^{2}", "χ²"].iter().any(|law| math.contains(law));
    if are_results(math) {
        Some("results of a fit were skipped")
    } else if others && tildes::is_formula(math) {
        Some("a formula of R was skipped beside the equations: `mlnote check` compares the two")
    } else if is_constraint(math) {
        Some("a constraint that makes effects identifiable was skipped")
    } else if is_set(math) {
        Some("a set was skipped")
    } else if math.contains("\\partial") || is_test && !math.contains("\\\\") {
        Some("a derivative, hypothesis or test was skipped")
    } else {
        None
    }
}

/// Whether math says that effects add up to zero, `\sum_i \tau_i = 0`, as those of an analysis of variance do.
fn is_constraint(math: &str) -> bool {
    let is_zero = |part: &str| {
        let end = part.trim_start().strip_prefix('0').map(str::trim_start);
        end.is_some_and(|end| end.is_empty() || end.starts_with([',', '.', ';', ')']) || end.starts_with("\\q"))
    };
    let sum = ["\\sum", "∑", "sum_", "Σ_"].iter().any(|sum| math.trim_start().starts_with(sum));
    sum && !math.contains("\\\\") && math.split('=').skip(1).any(is_zero)
}

/// Whether math is a set, `\{\tau_i: i = 1, \dots, a\}`.
fn is_set(math: &str) -> bool {
    let inside = math.trim().strip_prefix("\\{").and_then(|rest| rest.strip_suffix("\\}"));
    inside.is_some_and(|inside| !inside.contains("\\}"))
}

/// Whether a row says the results of a fit, `\gamma_{10} = -0.8, SE = 0.3, t(178) = -2.7, p = .009`: numbers alone, and
/// words for what they are.
fn are_results(row: &str) -> bool {
    // \hat\beta_0 = `r b[1]`: a number that R puts there.
    if row.rsplit_once('=').is_some_and(|(_, right)| right.trim_start().starts_with("`r ") && !row.contains('+')) {
        return true;
    }
    let mut parts = row.split(['=', '<', '>', '≤']);
    let Some(first) = parts.next().filter(|first| !first.contains(['+', '*'])) else { return false };
    let is_number = |part: &str| {
        let digits = part.trim_start_matches([' ', '-', '−', '.', '~']);
        digits.starts_with(|c: char| c.is_ascii_digit()) && !part.contains(['+', '*', '/', '^'])
    };
    let rest: Vec<&str> = parts.collect();
    let words = rest.iter().flat_map(|part| part.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    let named = words.filter(|word| OF_ESTIMATES.contains(word)).count();
    !first.trim().is_empty() && rest.len() > 1 && named > 1 && rest.iter().all(|part| is_number(part))
}

/// What statistics are called.
const VARIANCES: [&str; 2] = ["σ", "τ"];
const STATISTICS: [&str; 5] = ["ICC", "VPC", "AIC", "BIC", "DEFF"];

/// Passes over the variances of sums, `\operatorname{Var}(u_i + v_i t_j + e_{ij}) = …`, which follow from the model.
pub(super) fn pass_over_variances_of_sums(system: &mut System, notes: &mut Notes) {
    let of_sum = |statement: &Statement| match statement {
        Statement::Equation { left: Expr { kind: Kind::Call(name, of), .. }, .. } => {
            matches!(name.as_str(), "Var" | "Cov" | "Cor") && of.iter().any(|part| matches!(part.kind, Kind::Sum(_)))
        }
        _ => false,
    };
    let whys = system
        .statements
        .iter()
        .map(|s| of_sum(s).then_some("the variance of a sum follows from the model: passed over"));
    let whys = whys.collect();
    pass_over(system, whys, "", notes);
}

/// Passes over the equations of statistics, `R^2 = …` and `\text{ICC}(1) = …`, where another equation says a response.
/// One that sums up what is indexed, or whose symbol another equation uses, may be of the model.
pub(in crate::read) fn pass_over_statistics(system: &mut System, notes: &mut Notes) {
    let names: Vec<Option<(&Name, String)>> = system.statements.iter().map(of_statistic).collect();
    let others = system.statements.iter().zip(&names).filter(|(_, name)| name.is_none()).map(|(other, _)| other);
    let used: BTreeSet<&Name> = others.flat_map(Statement::rights).flat_map(Expr::symbols).map(|s| &s.name).collect();
    let names: Vec<Option<String>> =
        names.into_iter().map(|name| name.filter(|(name, _)| !used.contains(name)).map(|(_, shown)| shown)).collect();
    let says_response = |(statement, name): (&Statement, &Option<String>)| {
        name.is_none() && statement.lefts().iter().flat_map(Expr::symbols).any(|s| !s.indices.is_empty())
    };
    if !system.statements.iter().zip(&names).any(says_response) {
        return;
    }
    let why = |name| format!("the equation of {name} is not part of the model and was skipped");
    pass_over(system, names.into_iter().map(|name| name.map(why)).collect(), "", notes);
}

/// Passes over `\mathbf{y}_i = \mathbf{X}_i \beta + …` beside the equation of `y_{ij}`: the same in matrix form.
pub(in crate::read) fn pass_over_matrix_forms(system: &mut System, notes: &mut Notes) {
    let left = |statement: &Statement| match statement {
        Statement::Equation { left, .. } => left.symbol().cloned(),
        _ => None,
    };
    let is_bold = |s: &Symbol| s.name.accents.contains(&Accent::Bold);
    let in_bold =
        |statement: &Statement| statement.lefts().iter().chain(statement.rights()).flat_map(Expr::symbols).any(is_bold);
    let scalars: BTreeSet<String> =
        system.statements.iter().filter(|s| !in_bold(s)).filter_map(left).map(|s| s.name.base).collect();
    let why = |statement: &Statement| {
        let again = in_bold(statement) && left(statement).is_some_and(|s| scalars.contains(&s.name.base));
        again.then_some("an equation in matrix form was skipped beside that of its symbol, and not checked")
    };
    let whys = system.statements.iter().map(why).collect();
    pass_over(system, whys, "skipped", notes);
    // logit(p_i) = \eta_i = \mathbf{x}_i^T \beta + u_j, where \eta_i is written out.
    for statement in &mut system.statements {
        let Statement::Equation { rights, .. } = statement else { continue };
        let named = |right: &Expr| right.symbol().is_some_and(|s| scalars.contains(&s.name.base));
        let in_bold = |right: &Expr| right.symbols().into_iter().any(is_bold);
        if rights.first().is_some_and(named) && rights.iter().any(in_bold) {
            for right in rights.extract_if(.., |right| in_bold(right)) {
                let message = "an expression in matrix form was skipped beside that of its symbol, and not checked";
                notes.push(Diagnostic::note(Code::Skipped, message).at(right.span, "skipped"));
            }
        }
    }
}

/// Passes over `E(y_i) = \beta_0 + \beta_1 x_i` beside the equation of `y_i`, from which it follows.
pub(in crate::read) fn pass_over_expectations(system: &mut System, notes: &mut Notes) {
    let equated = |statement: &Statement| match statement {
        Statement::Equation { left, .. } => left.symbol().map(Symbol::key),
        _ => None,
    };
    let own: BTreeSet<Key> = system.statements.iter().filter_map(equated).collect();
    // `E(Y_ij) = n_ij p_ij` beside `Y_ij ~ Binomial(n_ij, p_ij)`
    let of_law = |symbol: &Symbol, rights: &[Expr]| {
        system.statements.iter().any(|statement| match statement {
            Statement::Distribution { left, law: Law::Other { arguments, .. }, .. } => {
                left.iter().filter_map(Expr::symbol).any(|s| s.same(symbol))
                    && rights.iter().flat_map(Expr::symbols).all(|s| arguments.iter().any(|a| a.symbols().contains(&s)))
            }
            _ => false,
        })
    };
    let why = |statement: &Statement| {
        let (of, rights) = match statement {
            Statement::Equation { left: Expr { kind: Kind::Call(name, of), .. }, rights, .. } if name == "E" => {
                (of.first()?.symbol()?, rights)
            }
            _ => return None,
        };
        let follows = own.contains(&of.key()) || of_law(of, rights);
        follows.then_some("the expected value of a response follows from its equation: passed over")
    };
    // `S_i = round(y_i n_i)` beside `S_i ~ Binomial(n_i, p_i)`
    let is_response = |symbol: &Symbol| {
        system.statements.iter().any(|statement| match statement {
            Statement::Distribution { left, law: Law::Other { name, .. }, .. } => {
                family_of(name).is_some() && left.iter().filter_map(Expr::symbol).any(|s| s.same(symbol))
            }
            _ => false,
        })
    };
    let made = |statement: &Statement| {
        let Statement::Equation { left, rights, .. } = statement else { return None };
        let of_data = rights.iter().flat_map(Expr::symbols).all(|s| !s.indices.is_empty() || s.name.base.len() > 2);
        let made = left.symbol().is_some_and(is_response) && of_data;
        made.then_some("how a response was made of the data was skipped")
    };
    let why = |statement: &Statement| why(statement).or_else(|| made(statement));
    let whys = system.statements.iter().map(why).collect();
    pass_over(system, whys, "", notes);
}

/// Puts the arguments of a binomial law in their order, the number of trials first: `Bin(p_ij, n_ij)` where the first has
/// an equation and the second has none.
pub(in crate::read) fn order_trials(system: &mut System, notes: &mut Notes) {
    let lefts = system.statements.iter().filter(|s| matches!(s, Statement::Equation { .. })).flat_map(Statement::lefts);
    let equated: BTreeSet<Key> = lefts.flat_map(Expr::symbols).map(Symbol::key).collect();
    let has_equation = |expr: &Expr| expr.symbol().is_some_and(|s| equated.contains(&s.key()));
    for statement in &mut system.statements {
        if let Statement::Distribution { law: Law::Other { name, arguments }, span, .. } = statement
            && family_of(name).is_some_and(|(family, _)| family == "binomial")
            && let [first, second] = &arguments[..]
            && has_equation(first)
            && !has_equation(second)
        {
            let message = format!("{first} has an equation: {second} is read as the number of trials");
            notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(*span, ""));
            arguments.swap(0, 1);
        }
    }
}

/// Passes over the statements that have a reason in `whys`, which has one place for each; `label` stands at the place of
/// each in its note.
pub(in crate::read) fn pass_over<Why: Into<String>>(
    system: &mut System,
    whys: Vec<Option<Why>>,
    label: &str,
    notes: &mut Notes,
) {
    let mut whys = whys.into_iter();
    let skipped = &mut system.skipped;
    system.statements.retain(|statement| {
        let Some(why) = whys.next().flatten() else { return true };
        notes.push(Diagnostic::note(Code::Skipped, why).at(statement.span(), label));
        skipped.push(statement.span());
        false
    });
}

/// The name of the statistic that a statement is the equation of, and how it is shown.
fn of_statistic(statement: &Statement) -> Option<(&Name, String)> {
    match statement {
        Statement::Equation { left, rights, .. } if rights.iter().all(is_ratio) => {
            let of_groups = || rights.iter().flat_map(Expr::symbols).any(|s| !s.indices.is_empty());
            statistic(left).filter(|(name, _)| !VARIANCES.contains(&name.base.as_str()) || !of_groups())
        }
        _ => None,
    }
}

/// The name of a statistic that a left side is, and how it is shown: R with power 2, with words before it or not, or a
/// name, with a number in brackets behind it or not.
fn statistic(left: &Expr) -> Option<(&Name, String)> {
    match &left.kind {
        Kind::Symbol(symbol) => {
            let word = last_word(symbol);
            let is_named = STATISTICS.iter().any(|name| word.eq_ignore_ascii_case(name));
            is_named.then(|| (&symbol.name, word.to_owned()))
        }
        Kind::Power(of, by) => {
            let symbol = of.symbol().filter(|_| **by == Expr::number(2))?;
            // A variance that others add up to: `\sigma^2_{total} = \sigma^2 + \tau^2`.
            let is_total = VARIANCES.contains(&symbol.name.base.as_str()) && symbol.indices.is_empty();
            (last_word(symbol) == "R" || is_total).then(|| (&symbol.name, format!("{}²", last_word(symbol))))
        }
        Kind::Product(parts) => match &parts[..] {
            [name, Expr { kind: Kind::Number(_), .. }] => statistic(name).filter(|_| name.symbol().is_some()),
            [words @ .., last] if words.iter().all(is_word) => statistic(last).filter(|_| last.symbol().is_none()),
            _ => None,
        },
        _ => None,
    }
}

/// The `R` of `\text{Pseudo-R}`.
fn last_word(symbol: &Symbol) -> &str {
    symbol.name.base.rsplit([' ', '-']).next().unwrap_or_default()
}

/// Whether an expression is a word without an index.
fn is_word(expr: &Expr) -> bool {
    expr.symbol().is_some_and(|s| s.indices.is_empty() && s.name.tag.is_empty() && s.name.base.chars().count() > 1)
}

/// Whether what is indexed stands within quotients and functions only.
fn is_ratio(right: &Expr) -> bool {
    match &right.kind {
        Kind::Quotient(..) | Kind::Call(..) => true,
        Kind::Symbol(symbol) => symbol.indices.is_empty(),
        _ => right.children().into_iter().all(is_ratio),
    }
}
