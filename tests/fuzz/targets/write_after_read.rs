#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| mlnote_fuzz::write_after_read(text));
