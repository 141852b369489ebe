//! The analytic gradient of the profiled deviance.

use super::criterion::{Core, Criterion, Method, column, gather, split};
use super::dense;
use super::pattern::FILL;
use super::small::{add_ab, add_abt, add_atb, solve_lower, solve_upper};
use nalgebra::DMatrix;

impl Criterion {
    /// W becomes U = L⁻ᵀ W = M⁻¹Λ'[X y], in place.
    pub(super) fn back_substitute(&mut self) {
        if self.pattern.dense > 0 {
            let work = &mut self.work;
            work.dense.tr_solve_lower_triangular_mut(&mut work.dense_right);
            self.dense_right(false);
        }
        let (pattern, work, w) = (&self.pattern, &mut self.work, self.width);
        let nodes = pattern.parts.get(pattern.sparse).map_or(pattern.links.len(), |p| p.first);
        for node in (0..nodes).rev() {
            let k = pattern.part_of(node).k;
            let (d, r) = pattern.at(node, w);
            for link in &pattern.links[node] {
                let h = pattern.part_of(link.node as usize).k;
                let (_, r1) = pattern.at(link.node as usize, w);
                let (from, to) = split(&mut work.right, r1..r1 + h * w, r..r + k * w);
                add_ab(to, -1.0, &work.off[link.c..link.c + k * h], from, (k, h, w));
            }
            solve_upper(&work.diag[d..d + k * k], k, &mut work.right[r..r + k * w], w);
        }
    }

    /// K = γγ' df/r², by REML plus (X'V⁻¹X)⁻¹ on the X part; row-major.
    pub(super) fn kernel(&self, core: &Core) -> Vec<f64> {
        let (w, p) = (self.width, self.width - 1);
        let (gamma, root) = self.fixed(core);
        let mut unscaled = vec![0.0; p * p];
        add_atb(&mut unscaled, 1.0, &root, &root, (p, p, p));
        let mut kernel = vec![0.0; w * w];
        for i in 0..w {
            for j in 0..w {
                kernel[i * w + j] = gamma[i] * gamma[j] * core.df / core.rss;
                if self.method == Method::Reml && i < p && j < p {
                    kernel[i * w + j] += unscaled[i * p + j];
                }
            }
        }
        kernel
    }

    /// ∂d/∂Λ = 2 AΛM⁻¹ − 2 E K U' with E = B − AΛU = Z'V⁻¹[X y], K = γγ' df/r² (+ (X'V⁻¹X)⁻¹ on the X part by REML),
    /// summed over the entries that share a θ. Only the blocks of M⁻¹ within the pattern are needed (Takahashi).
    pub(super) fn differentiate(&mut self, core: &Core) -> Vec<f64> {
        let w = self.width;
        let kernel = self.kernel(core);
        self.back_substitute();
        let inverse = (self.pattern.dense > 0).then(|| dense::inverse(&self.work.dense));
        self.select(inverse.as_ref());
        let (pattern, work) = (&self.pattern, &mut self.work);
        let mut gradient: Vec<Vec<f64>> = work.lambda.iter().map(|l| vec![0.0; l.len()]).collect();
        // E = B − AΛU, link by link.
        let mut e = std::mem::take(&mut work.spare);
        e.clear();
        e.extend_from_slice(&pattern.right);
        let mut lu: Vec<f64> = vec![];
        let mut lm: Vec<f64> = vec![];
        for (node, links) in pattern.links.iter().enumerate() {
            let own = pattern.part_of(node);
            let (k, (d, r)) = (own.k, pattern.at(node, w));
            let lambda = &work.lambda[own.factor];
            lu.clear();
            lu.resize(k * w, 0.0);
            add_ab(&mut lu, 1.0, lambda, &work.right[r..r + k * w], (k, k, w));
            add_ab(&mut e[r..r + k * w], -1.0, &pattern.diag[d..d + k * k], &lu, (k, k, w));
            lm.clear();
            lm.resize(k * k, 0.0);
            add_ab(&mut lm, 1.0, lambda, &work.diag[d..d + k * k], (k, k, k));
            add_ab(&mut gradient[own.factor], 2.0, &pattern.diag[d..d + k * k], &lm, (k, k, k));
            let sparse = (pattern.part[node] as usize) < pattern.sparse;
            for link in links.iter().filter(|l| l.a != FILL) {
                let n1 = link.node as usize;
                let other = pattern.part_of(n1);
                let (h, (_, r1)) = (other.k, pattern.at(n1, w));
                let a = &pattern.off[link.a..link.a + k * h];
                let there = &work.lambda[other.factor];
                if k == 1 && h == 1 {
                    let (a, scale) = (a[0], there[0]);
                    let (low, high) = e.split_at_mut(r1);
                    let (mine, theirs) = (&mut low[r..r + w], &mut high[..w]);
                    for c in 0..w {
                        theirs[c] -= a * lu[c];
                        mine[c] -= a * scale * work.right[r1 + c];
                    }
                    let m = match (&inverse, sparse) {
                        (Some(inverse), false) => inverse[(column(other, n1), column(own, node))],
                        _ => work.off[link.c],
                    };
                    gradient[own.factor][0] += 2.0 * a * scale * m;
                    gradient[other.factor][0] += 2.0 * a * lambda[0] * m;
                    continue;
                }
                add_atb(&mut e[r1..r1 + h * w], -1.0, a, &lu, (h, k, w));
                let mut lu1 = vec![0.0; h * w];
                add_ab(&mut lu1, 1.0, there, &work.right[r1..r1 + h * w], (h, h, w));
                add_ab(&mut e[r..r + k * w], -1.0, a, &lu1, (k, h, w));
                // The block of M⁻¹ between the two, k×h.
                let mut block = vec![0.0; k * h];
                match (&inverse, sparse) {
                    (Some(inverse), false) => {
                        let (i, j) = (column(own, node), column(other, n1));
                        for x in 0..k {
                            for y in 0..h {
                                block[x * h + y] = inverse[(i + x, j + y)];
                            }
                        }
                    }
                    _ => block.copy_from_slice(&work.off[link.c..link.c + k * h]),
                }
                // T_own += A Λ_other block', T_other += A' Λ_own block.
                let mut lb = vec![0.0; h * k];
                add_abt(&mut lb, 1.0, there, &block, (h, h, k));
                add_ab(&mut gradient[own.factor], 2.0, a, &lb, (k, h, k));
                let mut lb = vec![0.0; k * h];
                add_ab(&mut lb, 1.0, lambda, &block, (k, k, h));
                add_atb(&mut gradient[other.factor], 2.0, a, &lb, (h, k, h));
            }
        }
        let mut ku = vec![];
        for part in &pattern.parts {
            let k = part.k;
            for g in 0..part.count {
                let r = part.right + g * k * w;
                ku.clear();
                ku.resize(k * w, 0.0);
                add_ab(&mut ku, 1.0, &work.right[r..r + k * w], &kernel, (k, w, w));
                add_abt(&mut gradient[part.factor], -2.0, &e[r..r + k * w], &ku, (k, w, k));
            }
        }
        work.spare = e;
        let size = |f: usize| pattern.parts.iter().find(|p| p.factor == f).map_or(1, |p| p.k);
        self.template.iter().map(|t| gradient[t.factor][t.row * size(t.factor) + t.col]).collect()
    }

    /// Replaces the factor's blocks by the blocks of M⁻¹ in the pattern, from the last node to the first.
    fn select(&mut self, inverse: Option<&DMatrix<f64>>) {
        let (pattern, work) = (&self.pattern, &mut self.work);
        let nodes = pattern.parts.get(pattern.sparse).map_or(pattern.links.len(), |p| p.first);
        if let Some(inverse) = inverse {
            for part in &pattern.parts[pattern.sparse..] {
                let k = part.k;
                for g in 0..part.count {
                    for x in 0..k * k {
                        let c = part.column + g * k;
                        work.diag[part.diag + g * k * k + x] = inverse[(c + x / k, c + x % k)];
                    }
                }
            }
        }
        let mut product = DMatrix::<f64>::zeros(0, 0);
        if let (Some(inverse), true) = (inverse, pattern.panel > 0) {
            // L⁻ᵀ C of all nodes against the inverse of the rest, in one product.
            for node in 0..nodes {
                let k = pattern.part_of(node).k;
                let (d, _) = pattern.at(node, 0);
                for link in &pattern.links[node] {
                    let h = pattern.part_of(link.node as usize).k;
                    solve_upper(&work.diag[d..d + k * k], k, &mut work.off[link.c..link.c + k * h], h);
                }
            }
            gather(pattern, &work.off, &mut work.panel);
            product = DMatrix::zeros(pattern.panel, pattern.dense);
            product.gemm(-1.0, &work.panel, inverse, 0.0);
        }
        let scalar = pattern.parts[pattern.sparse..].iter().all(|p| p.k == 1);
        let (mut own_inverse, mut gain, mut made): (Vec<f64>, Vec<f64>, Vec<f64>) = (vec![], vec![], vec![]);
        for node in (0..nodes).rev() {
            let k = pattern.part_of(node).k;
            let (d, _) = pattern.at(node, 0);
            let l = &work.diag[d..d + k * k];
            own_inverse.clear();
            own_inverse.resize(k * k, 0.0);
            (0..k).for_each(|i| own_inverse[i * k + i] = 1.0);
            solve_lower(l, k, &mut own_inverse, k);
            solve_upper(l, k, &mut own_inverse, k);
            let links = &pattern.links[node];
            if !links.is_empty() {
                // G = L⁻ᵀ C, then M⁻¹ to the neighbours is −G (M⁻¹ among the neighbours).
                for link in links.iter().filter(|_| pattern.panel == 0) {
                    let h = pattern.part_of(link.node as usize).k;
                    solve_upper(l, k, &mut work.off[link.c..link.c + k * h], h);
                }
                let (first, last) = (links[0], links[links.len() - 1]);
                let end = last.c + k * pattern.part_of(last.node as usize).k;
                gain.clear();
                gain.extend_from_slice(&work.off[first.c..end]);
                made.clear();
                made.resize(gain.len(), 0.0);
                for (at, one) in links.iter().enumerate() {
                    let (n1, part1) = (one.node as usize, pattern.part_of(one.node as usize));
                    let h = part1.k;
                    let o1 = one.c - first.c;
                    if pattern.panel > 0 {
                        let col = column(part1, n1);
                        for x in 0..k {
                            for y in 0..h {
                                made[o1 + x * h + y] = product[(node * k + x, col + y)];
                            }
                        }
                        continue;
                    }
                    let (d1, _) = pattern.at(n1, 0);
                    add_ab(
                        &mut made[o1..o1 + k * h],
                        -1.0,
                        &gain[o1..o1 + k * h],
                        &work.diag[d1..d1 + h * h],
                        (k, h, h),
                    );
                    let dense1 = (pattern.part[n1] as usize) >= pattern.sparse;
                    if let (true, true, Some(inverse)) = (dense1, scalar && k == 1, inverse) {
                        let i = column(part1, n1);
                        let mut sum = 0.0;
                        for two in &links[at + 1..] {
                            let m = inverse[(column(pattern.part_of(two.node as usize), two.node as usize), i)];
                            let o2 = two.c - first.c;
                            sum += gain[o2] * m;
                            made[o2] -= gain[o1] * m;
                        }
                        made[o1] -= sum;
                        continue;
                    }
                    for two in &links[at + 1..] {
                        let (n2, part2) = (two.node as usize, pattern.part_of(two.node as usize));
                        let h2 = part2.k;
                        let o2 = two.c - first.c;
                        match inverse {
                            Some(inverse) if dense1 => {
                                let (i, j) = (column(part1, n1), column(part2, n2));
                                for x in 0..k {
                                    for a in 0..h {
                                        for b in 0..h2 {
                                            let m = inverse[(j + b, i + a)];
                                            made[o1 + x * h + a] -= gain[o2 + x * h2 + b] * m;
                                            made[o2 + x * h2 + b] -= gain[o1 + x * h + a] * m;
                                        }
                                    }
                                }
                            }
                            _ => {
                                let Ok(slot) = pattern.links[n1].binary_search_by_key(&two.node, |l| l.node) else {
                                    continue;
                                };
                                let c = pattern.links[n1][slot].c;
                                let m = &work.off[c..c + h * h2];
                                add_abt(&mut made[o1..o1 + k * h], -1.0, &gain[o2..o2 + k * h2], m, (k, h2, h));
                                add_ab(&mut made[o2..o2 + k * h2], -1.0, &gain[o1..o1 + k * h], m, (k, h, h2));
                            }
                        }
                    }
                }
                for link in links {
                    let h = pattern.part_of(link.node as usize).k;
                    let o = link.c - first.c;
                    add_abt(&mut own_inverse, -1.0, &gain[o..o + k * h], &made[o..o + k * h], (k, h, k));
                }
                work.off[first.c..end].copy_from_slice(&made);
            }
            work.diag[d..d + k * k].copy_from_slice(&own_inverse);
        }
    }
}
