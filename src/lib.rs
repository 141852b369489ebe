//! mlnote reads multilevel models in any notation people write them in, knows what the model means, writes it in any
//! other, shows the steps between, proves that two spellings agree, and fits them on data.
//!
//! ```text
//! text --read--> syntax (as written) --lower--> model (as meant) --raise--> syntax --write--> text
//! ```

pub mod algebra;
pub mod error;
pub mod fit;
pub mod model;
pub mod read;
pub mod syntax;
pub mod write;
