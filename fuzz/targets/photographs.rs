#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blindspots_fuzz::photographs(bytes);
});
