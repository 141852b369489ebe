//! The pattern of elimination: groups are nodes, the factor with most groups goes first. A factor whose groups stay
//! apart after those before it are eliminated is eliminated group by group (always so for nested factors); the rest is
//! one dense block, the Schur complement.

use super::sums::CrossProducts;
use crate::error::{Code, Diagnostic, Result};

/// The largest dense rest, in columns: 8,000 columns are half a gigabyte a copy.
const MAX_DENSE: usize = 8_000;

/// No block of Z'Z: the pair is linked by fill only.
pub(crate) const FILL: usize = usize::MAX;

/// A later node that a node is linked to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// The later node.
    pub(crate) node: u32,
    /// Where its block of Z'Z begins in [`Pattern::off`], or [`FILL`].
    pub(crate) a: usize,
    /// Where its block of the factor begins in the workspace (sparse nodes only).
    pub(crate) c: usize,
}

/// A factor in the order of elimination.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its index in the sums.
    pub(crate) factor: usize,
    /// Columns a group.
    pub(crate) k: usize,
    /// Its first node.
    pub(crate) first: usize,
    /// Its groups.
    pub(crate) count: usize,
    /// Where its blocks begin among diagonal blocks.
    pub(crate) diag: usize,
    /// Where its blocks begin among right sides.
    pub(crate) right: usize,
    /// Its first column in the dense rest (when there).
    pub(crate) column: usize,
}

/// Nodes, links and the constant blocks.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) parts: Vec<Part>,
    /// How many parts are eliminated group by group.
    pub(crate) sparse: usize,
    /// Links of each node to later ones, ascending.
    pub(crate) links: Vec<Vec<Link>>,
    /// Part of each node.
    pub(crate) part: Vec<u8>,
    /// Diagonal blocks of Z'Z in the order of nodes.
    pub(crate) diag: Vec<f64>,
    /// Blocks of Z'Z between nodes.
    pub(crate) off: Vec<f64>,
    /// Z'[X y] in the order of nodes.
    pub(crate) right: Vec<f64>,
    /// The size of the factor's blocks between nodes.
    pub(crate) fill: usize,
    /// Columns of the dense rest.
    pub(crate) dense: usize,
    /// Rows of the panel between the one sparse part and the rest; 0 when links are too few for matrix products to pay.
    pub(crate) panel: usize,
}

/// Share of links from which on the panel pays, and the most cells it may have.
const PANEL: (f64, usize) = (0.2, 20_000_000);

impl Pattern {
    pub(crate) fn new(sums: &CrossProducts) -> Result<Self> {
        let mut order: Vec<usize> = (0..sums.sizes.len()).collect();
        order.sort_by_key(|f| std::cmp::Reverse(sums.groups(*f)));
        let mut parts: Vec<Part> = vec![];
        let (mut first, mut diag, mut right) = (0, vec![], vec![]);
        let mut part = vec![];
        for (at, f) in order.iter().enumerate() {
            let (k, count) = (sums.sizes[*f], sums.groups(*f));
            parts.push(Part { factor: *f, k, first, count, diag: diag.len(), right: right.len(), column: 0 });
            diag.extend_from_slice(&sums.diag[*f]);
            right.extend_from_slice(&sums.right[*f]);
            part.extend(std::iter::repeat_n(at as u8, count));
            first += count;
        }
        let mut links: Vec<Vec<Link>> = vec![vec![]; first];
        let mut off = vec![];
        for a in 0..order.len() {
            for b in a + 1..order.len() {
                link(sums, &parts[a], &parts[b], &mut links, &mut off);
            }
        }
        links.iter_mut().for_each(|l| l.sort_by_key(|l| l.node));
        let mut sparse = 1.min(parts.len());
        while sparse < parts.len() && apart(&links, &parts, sparse) {
            fill(&mut links, &parts, sparse);
            sparse += 1;
        }
        let mut dense = 0;
        for part in &mut parts[sparse..] {
            part.column = dense;
            dense += part.k * part.count;
        }
        if dense > MAX_DENSE {
            let message = format!("crossed factors leave {dense} columns to factor together; the limit is {MAX_DENSE}");
            let gigabytes = (dense as f64).powi(2) * 8e-9;
            return Diagnostic::error(Code::TooLarge, message)
                .help(format!(
                    "all factors but the one with most groups make one dense matrix, here of {gigabytes:.1} GB; leave one \
                     of them out, or fit a sample of its groups"
                ))
                .into();
        }
        let mut total = 0;
        for own in &parts[..sparse] {
            for links in &mut links[own.first..own.first + own.count] {
                for link in links {
                    link.c = total;
                    total += own.k * parts[part[link.node as usize] as usize].k;
                }
            }
        }
        let rows = parts.first().map_or(0, |p| p.k * p.count);
        let crowded = total as f64 > PANEL.0 * rows as f64 * dense as f64 && rows * dense <= PANEL.1;
        let panel = if sparse == 1 && crowded { rows } else { 0 };
        Ok(Self { parts, sparse, links, part, diag, off, right, fill: total, dense, panel })
    }

    /// The part of a node.
    pub(crate) fn part_of(&self, node: usize) -> &Part {
        &self.parts[self.part[node] as usize]
    }

    /// Where the block of a node begins among diagonal blocks and right sides.
    pub(crate) fn at(&self, node: usize, width: usize) -> (usize, usize) {
        let part = self.part_of(node);
        let group = node - part.first;
        (part.diag + group * part.k * part.k, part.right + group * part.k * width)
    }
}

/// Links of part `a` to part `b` from the sums, transposed where these hold them the other way.
fn link(sums: &CrossProducts, a: &Part, b: &Part, links: &mut [Vec<Link>], off: &mut Vec<f64>) {
    let swap = a.factor > b.factor;
    let key = if swap { (b.factor, a.factor) } else { (a.factor, b.factor) };
    let Some(pairs) = sums.pairs.get(&key) else { return };
    let mut places: Vec<_> = pairs.place.iter().map(|(g, at)| (*g, *at)).collect();
    places.sort_unstable();
    for ((g, h), from) in places {
        let block = &pairs.blocks[from..from + a.k * b.k];
        let (own, other) = if swap { (h, g) } else { (g, h) };
        let at = off.len();
        if swap {
            for i in 0..a.k {
                off.extend((0..b.k).map(|j| block[j * a.k + i]));
            }
        } else {
            off.extend_from_slice(block);
        }
        links[a.first + own as usize].push(Link { node: (b.first + other as usize) as u32, a: at, c: 0 });
    }
}

/// Whether no two groups of this part are linked to one earlier node.
fn apart(links: &[Vec<Link>], parts: &[Part], at: usize) -> bool {
    let own = parts[at].first as u32..(parts[at].first + parts[at].count) as u32;
    links[..parts[at].first].iter().all(|l| l.iter().filter(|l| own.contains(&l.node)).take(2).count() < 2)
}

/// Links that eliminating the earlier nodes adds to the nodes of this part.
fn fill(links: &mut [Vec<Link>], parts: &[Part], at: usize) {
    let own = parts[at].first..parts[at].first + parts[at].count;
    let (before, rest) = links.split_at_mut(own.start);
    for list in before.iter() {
        let Some(place) = list.iter().position(|l| own.contains(&(l.node as usize))) else { continue };
        let target = &mut rest[list[place].node as usize - own.start];
        for later in &list[place + 1..] {
            if let Err(slot) = target.binary_search_by_key(&later.node, |l| l.node) {
                target.insert(slot, Link { node: later.node, a: FILL, c: 0 });
            }
        }
    }
}
