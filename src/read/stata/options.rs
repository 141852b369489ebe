//! Options of the estimation commands: what each is about, by name or abbreviation.

/// What an option is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// `noconstant`.
    NoConstant,
    /// `covariance(…)`.
    Covariance,
    /// `residuals(…)`.
    Residuals,
    /// `offset(…)`.
    Offset,
    /// `exposure(…)`.
    Exposure,
    /// `family(…)`.
    Family,
    /// `link(…)`.
    Link,
    /// `re`: the groups of the panel have a random intercept.
    Panel,
    /// `i(…)`: the groups of the panel.
    PanelGroup,
    /// The estimator, the optimiser, standard errors, what is printed.
    Fitting,
    /// What changes the model and is not read, with the reason.
    Outside(&'static str),
}

/// Name, the fewest letters it may be cut to, what it is about.
const OPTIONS: &[(&str, usize, About)] = &[
    ("noconstant", 6, About::NoConstant),
    ("covariance", 3, About::Covariance),
    ("residuals", 3, About::Residuals),
    ("offset", 3, About::Offset),
    ("exposure", 3, About::Exposure),
    ("family", 3, About::Family),
    ("link", 2, About::Link),
    ("re", 2, About::Panel),
    ("i", 1, About::PanelGroup),
    ("fe", 2, About::Outside("the effects of the groups are fixed, each a coefficient of its own")),
    ("be", 2, About::Outside("the means of the groups are regressed on each other")),
    ("pa", 2, About::Outside("it has no random effects, only a correlation of the residuals")),
    ("binomial", 3, About::Outside("each row counts several trials")),
    ("constraints", 6, About::Outside("its parameters are constrained")),
    ("pweight", 2, About::Outside("weights change the distribution of the response")),
    ("fweight", 2, About::Outside("weights change the distribution of the response")),
    ("reml", 4, About::Fitting),
    ("ml", 2, About::Fitting),
    ("theta", 2, About::Fitting),
    ("sa", 2, About::Fitting),
    ("mle", 2, About::Fitting),
    ("pwscale", 7, About::Fitting),
    ("collinear", 4, About::Fitting),
    ("dfmethod", 3, About::Fitting),
    ("dftable", 3, About::Fitting),
    ("variance", 3, About::Fitting),
    ("stddeviations", 3, About::Fitting),
    ("noretable", 5, About::Fitting),
    ("nofetable", 5, About::Fitting),
    ("estmetric", 4, About::Fitting),
    ("noheader", 5, About::Fitting),
    ("nogroup", 4, About::Fitting),
    ("nostderr", 5, About::Fitting),
    ("nolrtest", 4, About::Fitting),
    ("notable", 5, About::Fitting),
    ("level", 2, About::Fitting),
    ("coeflegend", 5, About::Fitting),
    ("vce", 3, About::Fitting),
    ("robust", 1, About::Fitting),
    ("cluster", 2, About::Fitting),
    ("emiterate", 3, About::Fitting),
    ("emtolerance", 3, About::Fitting),
    ("emonly", 4, About::Fitting),
    ("emlog", 4, About::Fitting),
    ("emdots", 4, About::Fitting),
    ("matsqrt", 4, About::Fitting),
    ("matlog", 4, About::Fitting),
    ("iterate", 4, About::Fitting),
    ("tolerance", 3, About::Fitting),
    ("ltolerance", 4, About::Fitting),
    ("nrtolerance", 5, About::Fitting),
    ("nonrtolerance", 5, About::Fitting),
    ("nolog", 3, About::Fitting),
    ("log", 3, About::Fitting),
    ("trace", 2, About::Fitting),
    ("gradient", 4, About::Fitting),
    ("difficult", 3, About::Fitting),
    ("technique", 4, About::Fitting),
    ("from", 4, About::Fitting),
    ("startvalues", 6, About::Fitting),
    ("startgrid", 6, About::Fitting),
    ("noestimate", 5, About::Fitting),
    ("refineopts", 6, About::Fitting),
    ("retolerance", 3, About::Fitting),
    ("reiterate", 3, About::Fitting),
    ("laplace", 3, About::Fitting),
    ("intpoints", 4, About::Fitting),
    ("intmethod", 4, About::Fitting),
    ("eform", 2, About::Fitting),
    ("or", 2, About::Fitting),
    ("irr", 3, About::Fitting),
    ("baselevels", 4, About::Fitting),
    ("allbaselevels", 7, About::Fitting),
    ("vsquish", 7, About::Fitting),
    ("noemptycells", 7, About::Fitting),
    ("noomitted", 5, About::Fitting),
    ("nofvlabel", 6, About::Fitting),
    ("fvwrap", 6, About::Fitting),
    ("fvwrapon", 8, About::Fitting),
    ("cformat", 7, About::Fitting),
    ("pformat", 7, About::Fitting),
    ("sformat", 7, About::Fitting),
    ("nolstretch", 10, About::Fitting),
    ("noskip", 4, About::Fitting),
];

/// The option that a word names.
pub(super) fn option(word: &str) -> Option<(&'static str, About)> {
    let own = word.to_lowercase();
    let names = |(name, least, _): &&(&'static str, usize, About)| own.len() >= *least && name.starts_with(&own);
    OPTIONS.iter().find(names).map(|(name, _, about)| (*name, *about))
}

/// Every name, for the nearest one.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|(name, ..)| *name)
}
