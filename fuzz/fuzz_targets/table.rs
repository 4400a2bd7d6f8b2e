#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| listino_laws::table(data));
