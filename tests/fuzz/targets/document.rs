#![no_main]

libfuzzer_sys::fuzz_target!(init: mlnote_fuzz::seeds(), |text: &str| mlnote_fuzz::document(text));
