//! The second way to a design: equations as written, without algebra, against the columns of the model read from them.

use mlnote::algebra::Lexicon;
use mlnote::fit::{Design, Sizes, evaluate_equations, simulate};
use mlnote::model::Facts;
use mlnote::read;
use mlnote::syntax::roles;

fn same(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(x, y)| (x - y).abs() <= 1e-12 * y.abs().max(1.0))
}

/// Reads, draws data, builds the design both ways, and matches the columns one to one.
#[track_caller]
fn agree(text: &str, facts: &[(&str, &str)]) {
    let mut known = Facts::default();
    facts.iter().for_each(|(kind, what)| known.add(kind, what).unwrap());
    let reading = read::read(text, None, &known).unwrap();
    let sizes = Sizes { per_group: (7, 9), ..Sizes::default() };
    let drawn = simulate(&reading.model, &known, &Lexicon::default(), None, &sizes, &Default::default()).unwrap();
    let mut notes = vec![];
    let design = Design::new(&reading.model, &drawn.table, &known, &mut notes).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    let system = reading.system.as_ref().unwrap();
    let written = evaluate_equations(system, &roles(system, &mut vec![]).unwrap(), &drawn.table, &known).unwrap();
    assert_eq!(written.fixed.len(), design.x.len(), "{}", reading.model);
    for column in &design.x {
        assert_eq!(written.fixed.iter().filter(|(_, v)| same(v, &column.values)).count(), 1, "{}", column.name);
    }
    let zeros = vec![0.0; design.rows()];
    assert!(same(&written.offset, design.offset.as_ref().unwrap_or(&zeros)));
    let total: usize = design.random.iter().map(|b| b.columns.len()).sum();
    assert_eq!(written.random.len(), total);
    let mut blocks = vec![];
    for block in &design.random {
        let groups = &design.groups[block.groups];
        let mut numbers = vec![];
        for column in &block.columns {
            let found = written.random.iter().find(|e| e.index == groups.index && same(&e.values, &column.values));
            numbers.push(found.unwrap_or_else(|| panic!("{} by {}", column.name, groups.name)).block);
        }
        assert!(numbers.iter().all(|n| *n == numbers[0]), "{numbers:?}");
        blocks.push(numbers[0]);
    }
    blocks.sort_unstable();
    blocks.dedup();
    assert_eq!(blocks.len(), design.random.len());
}

const JOINT: &str = r"\begin{pmatrix} u_{0j} \\ u_{1j} \end{pmatrix} \sim N\left(0, \begin{pmatrix} \tau_{00} & \tau_{01} \\ \tau_{01} & \tau_{11} \end{pmatrix}\right), \epsilon_{ij} \sim N(0, \sigma^2)";

#[test]
fn two_ways_to_one_design() {
    agree(
        &format!(
            r"$$Y_{{ij}} = \beta_{{0j}} + \beta_{{1j}} R_{{ij}} + \epsilon_{{ij}}$$
        $$\beta_{{0j}} = \gamma_{{00}} + \gamma_{{01}} Z_j + u_{{0j}}$$
        $$\beta_{{1j}} = \gamma_{{10}} + \gamma_{{11}} Z_j + u_{{1j}}$$ $${JOINT}$$"
        ),
        &[("index", "j = school")],
    );
    // Independent effects, a slope without its fixed effect, a square, a fixed effect shared by two levels.
    agree(
        r"$$Y_{ij} = \beta_{0j} + \beta_{1j} R_{ij} + \beta_2 R_{ij}^2 + \epsilon_{ij}$$
        $$\beta_{0j} = \gamma_{00} + u_{0j}$$ $$\beta_{1j} = u_{1j}$$
        $$u_{0j} \sim N(0, \tau_0^2), u_{1j} \sim N(0, \tau_1^2), \epsilon_{ij} \sim N(0, \sigma^2)$$",
        &[],
    );
    // The reduced form.
    agree(
        &format!(
            r"$$Y_{{ij}} = \gamma_{{00}} + \gamma_{{10}} X_{{ij}} + \gamma_{{01}} W_j + \gamma_{{11}} W_j X_{{ij}} + u_{{0j}} + u_{{1j}} X_{{ij}} + \epsilon_{{ij}}$$ $${JOINT}$$"
        ),
        &[],
    );
    // Brackets.
    agree(
        r"$$y_i = \alpha_{j[i]} + \beta x_i + \epsilon_i$$ $$\alpha_j = \gamma_0 + \gamma_1 u_j + \eta_j$$
        $$\eta_j \sim N(0, \sigma_\alpha^2), \epsilon_i \sim N(0, \sigma_y^2)$$",
        &[],
    );
    // Three levels.
    agree(
        r"$$Y_{ijk} = \pi_{0jk} + \pi_{1jk} T_{ijk} + e_{ijk}$$ $$\pi_{0jk} = \beta_{00k} + r_{0jk}$$ $$\pi_{1jk} = \beta_{10k}$$
        $$\beta_{00k} = \gamma_{000} + \gamma_{001} W_k + u_{00k}$$ $$\beta_{10k} = \gamma_{100} + u_{10k}$$
        $$r_{0jk} \sim N(0, \tau), e_{ijk} \sim N(0, \sigma^2)$$",
        &[],
    );
}
