//! What the prose says of a symbol: `where \tau_i are fixed treatment effects`.

use crate::syntax::{Expr, Name, Statement, Symbol, System, greek};
use std::collections::{BTreeMap, BTreeSet};

/// Words that may stand between a symbol and what it is said to be.
const BETWEEN: [&str; 48] = [
    "is",
    "are",
    "the",
    "a",
    "an",
    "as",
    "denotes",
    "denote",
    "represents",
    "represent",
    "captures",
    "capture",
    "describes",
    "describe",
    "indicates",
    "indicate",
    "reflects",
    "reflect",
    "models",
    "means",
    "gives",
    "stands",
    "corresponds",
    "refers",
    "for",
    "to",
    "being",
    "were",
    "was",
    "es",
    "son",
    "el",
    "la",
    "los",
    "est",
    "sont",
    "le",
    "les",
    "ist",
    "sind",
    "der",
    "die",
    "efecto",
    "efectos",
    "effet",
    "efeito",
    "efeitos",
    "interacción",
];

/// What words for fixed and for random start with; behind them stand the ends of other languages.
const FIXED: [&str; 9] = ["fixed", "Fixed", "fijo", "fija", "fixe", "fixo", "fiss", "fester", "固定"];
const RANDOM: [&str; 9] =
    ["random", "Random", "aleatori", "aleatóri", "aléatoire", "zufällig", "casuale", "随机", "隨機"];

/// The longest spelling of a symbol that is looked for, in bytes.
const MAX_SPELLING: usize = 64;

/// The most words between `fixed` or `random` and the symbol behind it: `random effects of the block b_j`.
const MAX_WORDS_BEFORE: usize = 5;

/// Words that begin another clause.
const JOINS: [&str; 7] = ["and", "or", "with", "but", "where", "are", "is"];

/// The most places of a word that are looked at, and the longest clause, in letters.
const MAX_PLACES: usize = 1000;
const MAX_CLAUSE: usize = 300;

/// The symbols of right sides that the text calls fixed, and those that it calls random: right behind their name, or in
/// the words before it.
pub(super) fn fixed_and_random(system: &System, text: &str) -> (Vec<Symbol>, Vec<Symbol>) {
    // \alpha_t \text{ is a fixed effect}
    let text = &text.replace("\\text{ ", "       ");
    let lawful: Vec<&Symbol> =
        (system.laws().flat_map(Statement::lefts).flat_map(Expr::symbols)).filter(|s| !s.indices.is_empty()).collect();
    // What has laws says by them what is random.
    let random_model = lawful.is_empty() && is_random_model(text);
    let tables = tables(system, &lawful, text);
    let contrasted = contrasted(text);
    let fixed_model = ["ixed", "ool"].iter().any(|part| text.contains(part)) && is_fixed_model(text);
    if !(random_model
        || fixed_model
        || !tables.is_empty()
        || !contrasted.is_empty()
        || FIXED.iter().chain(&RANDOM).any(|word| text.contains(word)))
    {
        return (vec![], vec![]);
    }
    let rights = system.statements.iter().flat_map(|statement| match statement {
        Statement::Equation { rights, .. } => rights.iter().flat_map(Expr::symbols).collect(),
        _ => vec![],
    });
    let spelled = |symbol: &Symbol| text.get(symbol.span.start..symbol.span.end).map(str::to_owned);
    let symbols = Symbols::new(rights.filter(|s| !s.indices.is_empty()).filter_map(|s| Some((spelled(s)?, s))));
    let (mut fixed, mut random) = (called(&symbols, text, &FIXED, &RANDOM), called(&symbols, text, &RANDOM, &FIXED));
    let head = |s: &Symbol| spelled(s)?.split_once('_').map(|(head, _)| head.trim_end().to_owned());
    let is_contrast = |s: &&Symbol| {
        s.indices.len() == 1 && s.name.tag.is_empty() && head(s).is_some_and(|head| contrasted.contains(head.as_str()))
    };
    if fixed.is_empty() && random.is_empty() {
        let of_all = symbols.whole.values().filter(|s| !is_contrast(s)).map(|s| (*s).clone());
        if random_model {
            random.extend(of_all);
        } else if fixed_model {
            fixed.extend(of_all.filter(|s| !lawful.iter().any(|law| law.name == s.name)));
        }
    }
    // Where the text calls one effect random, another that it names plainly is a fixed one.
    if !random.is_empty() {
        let plain = symbols.effects(text).into_iter().filter(|s| !lawful.iter().any(|law| law.name == s.name));
        let plain: Vec<Symbol> = plain.filter(|s| !random.iter().any(|other| other.same(s))).collect();
        fixed.extend(plain);
    }
    fixed.extend(tables);
    let is_lawful = |s: &&Symbol| random.iter().chain(lawful.iter().copied()).any(|other| other.name == s.name);
    if !contrasted.is_empty() {
        fixed.extend(system.used().filter(is_contrast).filter(|s| !is_lawful(s)).cloned());
    }
    for symbol in symbols.whole.values() {
        let Some(of) = factors(symbol, &symbols) else { continue };
        let among = |said: &[Symbol]| of.map(|factor| said.iter().any(|s| s.same(factor)));
        match (among(&fixed), among(&random)) {
            _ if fixed.iter().chain(&random).any(|s| s.same(symbol)) => {}
            ([true, true], [false, false]) => fixed.push((*symbol).clone()),
            (_, [one, other]) if one || other => random.push((*symbol).clone()),
            _ => {}
        }
    }
    (fixed, random)
}

/// The letters of effects of which a text sets the first to zero, `\beta_1 = 0`: contrasts with a reference.
fn contrasted(text: &str) -> BTreeSet<&str> {
    let places = ["_1", "_{1}"].into_iter().flat_map(|first| text.match_indices(first));
    let letter = |(at, first): (usize, &str)| {
        let behind = text[at + first.len()..].trim_start().strip_prefix('=')?.trim_start().strip_prefix('0')?;
        let head = text[..at].trim_end_matches(char::is_alphabetic);
        let start = head.strip_suffix('\\').unwrap_or(head).len();
        (!behind.starts_with(|c: char| c == '.' || c.is_alphanumeric())).then_some(&text[start..at])
    };
    places.filter_map(letter).collect()
}

/// Whether a text says of the whole model that its effects are random, and calls nothing fixed; where it only mentions
/// random effects, it names no treatment either.
fn is_random_model(text: &str) -> bool {
    const MODELS: [&str; 10] = [
        "random model",
        "random effects model",
        "random effects anova",
        "random factorial",
        "factors are random",
        "effects are random",
        "are considered random",
        "factores aleatorios",
        "fatores aleatórios",
        "son variables aleatorias",
    ];
    const MENTIONS: [&str; 4] = ["random effects", "efectos aleatorios", "efeitos aleatórios", "variance component"];
    const OTHERS: [&str; 6] = ["fixed", "mixed", "fijo", "mixto", "fixo", "misto"];
    let said = text.to_lowercase().replace('-', " ");
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    !has(&OTHERS) && (has(&MODELS) || has(&MENTIONS) && !has(&["treatment", "tratamiento", "tratamento"]))
}

/// The effects that are looked up in a table, `β_day(j)`, in a text that has laws of all that is random.
fn tables(system: &System, lawful: &[&Symbol], text: &str) -> Vec<Symbol> {
    // In LaTeX a letter is the map to a group, `\alpha_{m(i)}`.
    let is_told = |said: &str, name: &str| {
        said.contains('_')
            && (said.ends_with(')') || name.chars().count() > 1 && said.trim_end_matches('}').ends_with(')'))
    };
    let is_table = |s: &&Symbol| {
        matches!(&s.indices[..], [index] if !index.of.is_empty())
            && text.get(s.span.start..s.span.end).is_some_and(|said| is_told(said, &s.indices[0].letter))
            && !lawful.iter().any(|law| law.name == s.name)
    };
    let names: BTreeSet<&Name> = system.used().map(|symbol| &symbol.name).collect();
    let any_effect = lawful.iter().any(|law| names.contains(&law.name));
    system.used().filter(|_| any_effect).filter(is_table).cloned().collect()
}

/// Whether a text is about the fixed effects model of panel data, whose effects of units are no random ones, or about no
/// pooling and no other pooling.
fn is_fixed_model(text: &str) -> bool {
    let said = text.to_lowercase().replace('-', " ");
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let other = has(&["random", "mixed", "multilevel", "hierarchical", "aleatori"]);
    let panel = said.contains("fixed effects model") && !said.contains('~');
    let unpooled = has(&["no pooling", "unpooled", "un pooled"]) && !has(&["partial", "complete", "completely pool"]);
    (panel || unpooled) && !other
}

/// The two effects whose interaction a symbol is: `(gl)_{ij}` of `g_i` and `l_j`. An interaction with what is random is
/// random (Searle 1971, chapter 9).
fn factors<'s>(symbol: &Symbol, symbols: &Symbols<'s>) -> Option<[&'s Symbol; 2]> {
    let of = |letter: &str| {
        let mut found = symbols.whole.values().filter(|s| {
            let indices = s.key().indices;
            s.name.base == letter && s.name.tag.is_empty() && indices.is_subset(&symbol.key().indices)
        });
        found.next().copied().filter(|s| s.indices.len() < symbol.indices.len())
    };
    let (at, _) = symbol.name.base.char_indices().nth(1)?;
    let (one, other) = symbol.name.base.split_at(at);
    Some([of(one)?, of(other)?])
}

/// What stands between a symbol and what it is said to be.
const SIGNS: [&str; 4] = [" is ", " are ", "=", ":"];

fn says(clause: &str) -> bool {
    SIGNS.iter().any(|sign| clause.contains(sign))
}

/// Symbols by how they are spelled.
struct Symbols<'s> {
    whole: BTreeMap<String, &'s Symbol>,
    /// Without their indices; none where two symbols have one letter.
    heads: BTreeMap<String, Option<&'s Symbol>>,
}

impl<'s> Symbols<'s> {
    fn new(spelled: impl Iterator<Item = (String, &'s Symbol)>) -> Self {
        let (mut whole, mut heads) = (BTreeMap::new(), BTreeMap::new());
        for (spelling, symbol) in spelled {
            // `alpha_i * beta_j` may be one symbol.
            if let Some((head, _)) = spelling.split_once('_').filter(|(_, below)| !below.contains('*')) {
                let known = heads.entry(head.trim_end().to_owned()).or_insert(Some(symbol));
                *known = known.filter(|other| other.same(symbol));
            }
            for other in spellings(&spelling) {
                whole.entry(other).or_insert(symbol);
            }
            whole.insert(spelling, symbol);
        }
        Self { whole, heads }
    }

    /// The Greek letters that a glossary calls effects or factors, without a word for random: `- $\alpha_i$ is the effect of the diet`.
    fn effects(&self, text: &str) -> Vec<Symbol> {
        const EFFECTS: [&str; 6] = ["effect", "factor", "efecto", "effet", "efeito", "Effekt"];
        let lines = text.lines().filter(|line| {
            EFFECTS.iter().any(|word| line.contains(word)) && !RANDOM.iter().any(|word| line.contains(word))
        });
        lines.filter_map(|line| self.glossed(line)).filter(|s| !s.name.base.is_ascii()).collect()
    }

    /// What a line of a glossary is about: `$\beta$ = …`, `- \beta: …`, with or without its indices.
    fn glossed(&self, line: &str) -> Option<Symbol> {
        // `$\mu$ = mean, $\rho$ = blocks`: the last of several.
        let line = line.rsplit_once(", ").map_or(line, |(_, clause)| if says(clause) { clause } else { line });
        let sign = SIGNS.iter().filter_map(|sign| line.find(sign)).min()?;
        let said = line[..sign].trim_start().trim_start_matches("\\item");
        let said = said.trim_matches(|c: char| c.is_whitespace() || "$`*-•>".contains(c));
        let said = said.strip_prefix("\\(").map_or(said, |said| said.trim_end_matches("\\)").trim());
        self.whole.get(said).copied().or_else(|| self.heads.get(said).copied().flatten()).cloned()
    }
}

/// A symbol with one letter below it, with braces around that letter and without, and of Greek letters those themselves.
fn spellings(spelling: &str) -> Vec<String> {
    let Some((head, below)) = spelling.split_once('_') else { return vec![] };
    let (head, below) = (head.trim_end(), below.trim());
    let letter = below.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map_or(below, str::trim);
    let mut all = vec![];
    for head in [Some(head.to_owned()), in_letters(head)].into_iter().flatten() {
        if letter.chars().count() == 1 {
            all.push(format!("{head}_{letter}"));
        }
        all.push(format!("{head}_{{{letter}}}"));
    }
    all
}

/// `(αβ)` of `(\alpha\beta)`: the prose beside LaTeX may be typed.
fn in_letters(head: &str) -> Option<String> {
    let mut parts = head.split('\\');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(part.len());
        out.push_str(greek::letter(&part[..end])?);
        out.push_str(part[end..].trim_start());
    }
    (out != head).then_some(out)
}

/// The symbols that one of some words is said of, and none of the others.
fn called(symbols: &Symbols<'_>, text: &str, words: &[&str], others: &[&str]) -> Vec<Symbol> {
    let places = words.iter().flat_map(|word| text.match_indices(word)).take(MAX_PLACES);
    let said = |(at, word): (usize, &str)| {
        let mut found = before_words(&text[..at]).map_or(vec![], |before| listed(&symbols.whole, before));
        let whole = !text[..at].ends_with(char::is_alphabetic);
        found.extend(follows(&symbols.whole, &text[at + word.len()..], others).filter(|_| whole));
        found.extend(bracketed(symbols, &text[..at], &text[at + word.len()..]).filter(|_| whole));
        found
    };
    // `fixed/random` leaves it open.
    let open = |(at, word): &(usize, &str)| {
        text[at + word.len()..].trim_start_matches(char::is_alphabetic).starts_with('/') || text[..*at].ends_with('/')
    };
    places.filter(|place| !open(place)).flat_map(said).collect()
}

/// The longest symbol at the start of a text.
fn spelled<'s>(symbols: &BTreeMap<String, &'s Symbol>, text: &str) -> Option<&'s Symbol> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MAX_SPELLING);
    let whole = |end: &usize| !text[*end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let ends: Vec<usize> = ends.filter(whole).collect();
    ends.into_iter().rev().find_map(|end| symbols.get(&text[..end]).copied())
}

/// The symbol a few words behind `random`, `random effects of the block b_j`, unless the other word stands between.
fn follows(symbols: &BTreeMap<String, &Symbol>, text: &str, others: &[&str]) -> Option<Symbol> {
    let mut rest = text;
    for _ in 0..=MAX_WORDS_BEFORE {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "$`*(:".contains(c));
        rest = rest.strip_prefix("\\{").map_or(rest, str::trim_start);
        let symbol = spelled(symbols, rest).or_else(|| spelled(symbols, rest.strip_prefix("\\(")?.trim_start()));
        if let Some(symbol) = symbol {
            // The next line of a glossary, `u_j: random …`, is about its own symbol; that of a sum about none.
            let crossed = text[..text.len() - rest.len()].contains('\n');
            let glossed = || {
                let line = rest.lines().next().unwrap_or_default();
                let head = line.find([':', '=']).map(|at| line[..at].trim_end());
                let is_own = head.is_some_and(|head| head.len() < MAX_SPELLING && !head.contains(char::is_whitespace));
                is_own || line.contains(" + ")
            };
            return Some(symbol.clone()).filter(|_| !crossed || !glossed());
        }
        let length = rest.find(|c: char| !(c.is_alphabetic() || c == '-')).unwrap_or(rest.len());
        let next = &rest[..length];
        if next.trim_matches('-').is_empty() || others.contains(&next) || JOINS.contains(&next) {
            return None;
        }
        rest = &rest[length..];
    }
    None
}

/// The symbol of a clause that ends in the word in brackets: the first of `b_j is the effect of block j (assumed to be
/// random); …`, or what a line of a glossary is about, `$\beta$ = effects of the blocks (random)`.
fn bracketed(symbols: &Symbols<'_>, before: &str, after: &str) -> Option<Symbol> {
    // The stem of another language has its end: `(aleatório)`.
    let after = after.trim_start_matches(char::is_alphabetic);
    let after = after.strip_prefix(" effects").or_else(|| after.strip_prefix(" effect")).unwrap_or(after);
    let after = after.strip_prefix(')')?.trim_start_matches(' ');
    let ends = after.trim_start_matches([' ', '.', ',']).is_empty() || after.starts_with([';', '.', ',', '\n', '\r']);
    let open = before.rfind('(').filter(|at| before.len() - at < MAX_SPELLING && ends)?;
    let line = before[..open].rfind('\n').map_or(0, |at| at + 1);
    if let Some(symbol) = symbols.glossed(&before[line..open]) {
        return Some(symbol);
    }
    let stops = [";", ". ", ".\n", "\n\n", "\n- ", "\n* ", "\\item"]
        .iter()
        .filter_map(|stop| before[..open].rfind(stop))
        .max()
        .unwrap_or(0);
    let mut starts = before[stops..open].char_indices().map(|(at, _)| stops + at).take(MAX_CLAUSE);
    starts.find_map(|at| spelled(&symbols.whole, &before[at..open]).cloned())
}

/// The symbols at the end of a text: `\alpha_i and \beta_j`.
fn listed(symbols: &BTreeMap<String, &Symbol>, mut text: &str) -> Vec<Symbol> {
    let mut found = vec![];
    loop {
        let starts = text.char_indices().rev().map(|(at, _)| at).take_while(|at| text.len() - at <= MAX_SPELLING);
        let whole =
            |at: &usize| !text[..*at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '\\' || c == '_');
        let Some((at, symbol)) = starts.filter(whole).find_map(|at| Some((at, symbols.get(&text[at..])?))) else {
            return found;
        };
        found.push((*symbol).clone());
        let mark = |c: char| c.is_whitespace() || "$`*(),".contains(c);
        let rest = text[..at].trim_end_matches(mark);
        let rest = rest.strip_suffix(" and").unwrap_or(rest).trim_end_matches(mark);
        if rest.len() == text.len() {
            return found;
        }
        text = rest;
    }
}

/// What stands before the marks and little words at the end of a text; nothing when no little word or mark does.
fn before_words(text: &str) -> Option<&str> {
    let mark = |c: char| c.is_whitespace() || "$`*()\\:–—=-".contains(c);
    let mut rest = text.trim_end_matches(mark);
    // the period-specific fixed effects, the cluster specific random effects
    let mut kinds = rest.rsplitn(3, [' ', '-']);
    if let (Some("specific" | "level"), Some(_), Some(before)) = (kinds.next(), kinds.next(), kinds.next()) {
        rest = before.trim_end_matches(mark);
    }
    while let Some(word) = BETWEEN.iter().find(|word| {
        rest.len() > word.len() && rest.is_char_boundary(rest.len() - word.len()) && rest.ends_with(**word) && {
            rest[..rest.len() - word.len()].ends_with(mark)
        }
    }) {
        rest = rest[..rest.len() - word.len()].trim_end_matches(mark);
    }
    // \alpha_i are the $I$ fixed effects: how many there are.
    if let Some(before) = rest.strip_suffix(|c: char| c.is_ascii_uppercase()).filter(|before| before.ends_with('$')) {
        return before_words(before).or(Some(before));
    }
    // `\alpha_t\text{'s}` are fixed effects.
    let whole = ["\\text{'s}", "'s"].iter().find_map(|many| rest.strip_suffix(many)).unwrap_or(rest);
    (rest.len() < text.len()).then_some(whole.trim_end_matches(mark))
}
