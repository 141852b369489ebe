#![no_main]

use std::sync::LazyLock;

/// The one that `MLNOTE_TARGET` names.
static TARGET: LazyLock<Box<dyn Fn(&str) + Send + Sync>> = LazyLock::new(mlnote_fuzz::target);

libfuzzer_sys::fuzz_target!(init: mlnote_fuzz::seeds(), |text: &str| TARGET(text));
