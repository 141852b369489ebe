//! The commands that may stand in a model.

use crate::syntax::greek;

/// Commands for characters that LaTeX has a use of its own for.
const CHARACTERS: &[(&str, char)] = &[
    ("textbackslash", '\\'),
    ("textasciicircum", '^'),
    ("textasciitilde", '~'),
    ("textless", '<'),
    ("textgreater", '>'),
    ("textbar", '|'),
    ("textunderscore", '_'),
];

/// Every other command that the grammar knows.
const KNOWN: &str = "text textrm textit textbf textsf texttt textnormal textup textsc mathrm mathit mathsf mathtt \
    mathnormal mathcal mathscr mathbb mbox hbox operatorname bar overline widehat widetilde tilde hat dot mathbf \
    boldsymbol bm vec pmb underline cdot bullet mid vert top prime newline cr tabularnewline dnorm pm times ast div frac \
    dfrac tfrac sqrt underbrace overbrace boxed underbracket overbracket textcolor log ln exp sin cos tan Pr logit probit left right \
    bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigg Bigg big Big begin end equiv coloneqq overset stackrel underset \
    sim thicksim neq ne leq le geq ge lt gt approx in propto rightarrow to Rightarrow perp ll gg simeq leftrightarrow \
    not dots ldots cdots dotsc dotsb vdots ddots intertext hspace vspace phantom hphantom vphantom label tag color \
    mspace eqno quad qquad thinspace medspace thickspace enspace enskip hfill displaystyle textstyle scriptstyle \
    nonumber notag limits rm bf it small normalsize large footnotesize hline strut noindent centering allowbreak \
    mathstrut indent lbrack rbrack langle rangle forall over I indicator mathds mathbbm P Prob E Var Cov Corr expit infty jot norm Norm normal Normal N MVN Bernoulli Bern Poisson Pois Binomial Binom Bin \
    phantomsection protect dexp dunif dinvgamma dgamma dhalfcauchy dcauchy dlkjcorr dpois dbern \
    Exponential exponential Uniform uniform Unif unif Cauchy HalfCauchy halfcauchy HalfNormal halfnormal LKJcorr LKJ MVNormal mvnorm bernoulli bern poisson pois binomial Large LARGE huge Huge tiny bv intercal";

/// Commands that make or fetch text: refused wherever they stand.
pub(super) const MACROS: &[&str] = &[
    "newcommand",
    "renewcommand",
    "providecommand",
    "DeclareMathOperator",
    "NewDocumentCommand",
    "newenvironment",
    "def",
    "edef",
    "gdef",
    "xdef",
    "let",
    "input",
    "include",
    "import",
    "write",
    "openin",
    "read",
    "csname",
    "catcode",
];

/// The character that a command of text stands for.
pub(super) fn character(name: &str) -> Option<char> {
    CHARACTERS.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// Whether a command (without its backslash) may stand in a model.
pub(super) fn is_known(name: &str) -> bool {
    greek::letter(name).is_some() || character(name).is_some() || KNOWN.split_whitespace().any(|known| known == name)
}

/// The known command with the nearest spelling, when one is near; one of the same case before any other.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let known = || greek::names().chain(KNOWN.split_whitespace());
    let upper = |word: &str| word.starts_with(char::is_uppercase);
    crate::error::nearest(name, known().filter(|word| upper(word) == upper(name)))
        .or_else(|| crate::error::nearest(name, known()))
}

/// The letter that a word spells out before what may be its number.
pub(super) fn spelled_before(word: &str, number: &str) -> Option<&'static str> {
    spelled(word).or_else(|| greek::numbered(word, number))
}

/// The letter that a word without a backslash spells out; `Xi` and `Pi` are too short to tell from an index.
pub(super) fn spelled(word: &str) -> Option<&'static str> {
    greek::letter(word).filter(|_| word != "Xi" && word != "Pi" && word != "ell")
}
