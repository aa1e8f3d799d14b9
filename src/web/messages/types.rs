//! The TypeScript side of the schema: `www/src/engine/messages.ts`.
//!
//! The test compares the file with what the schema says; with
//! `BLINDSPOTS_WRITE_TYPES` set, as by `cargo xtask types`, it writes it.

use std::fmt::Write as _;
use std::path::Path;

use ts_rs::{Config, TS};

use super::*;
use crate::attack::Method;
use crate::digit::{MOST_POINTS, Point};
use crate::lesson::{Hashes, Kind, NetworkReading, Problem, SameAs, Task, VerifiedTask};

const FILE: &str = "www/src/engine/messages.ts";

const HEAD: &str = "// Generated from src/web/messages.rs by `cargo xtask types`: do not edit.\n";

/// Appends the declaration of `T` with its comment.
fn declare<T: TS + 'static>(text: &mut String, config: &Config) {
    let docs = T::docs().unwrap_or_default();
    write!(text, "\n{docs}export {}\n", T::decl(config)).expect("a string takes everything");
}

/// Declares types in the order given.
macro_rules! declare_all {
    ($text:ident, $config:ident: $($type:ty),+ $(,)?) => {
        $(declare::<$type>(&mut $text, &$config);)+
    };
}

/// A type of some words.
fn words(text: &mut String, docs: &str, name: &str, words: impl Iterator<Item = &'static str>) {
    let words: Vec<String> = words.map(|word| format!("  | \"{word}\"")).collect();
    write!(text, "\n/** {docs} */\nexport type {name} =\n{};\n", words.join("\n"))
        .expect("a string takes everything");
}

/// The table of methods: what each can be asked for, and whether it looks for the smallest change.
fn methods() -> String {
    let row = |method: Method| {
        let options: Vec<String> =
            method.settings().iter().map(|s| format!("\"{}\"", s.name())).collect();
        let (options, minimises) = (options.join(", "), method.minimises());
        format!("  \"{}\": {{ options: [{options}], minimises: {minimises} }},\n", method.name())
    };
    let rows: String = Method::ALL.into_iter().map(row).collect();
    let former = |method: Method| {
        let of = |alias: &&str| format!("  \"{alias}\": \"{}\",\n", method.name());
        method.aliases().iter().map(of).collect::<String>()
    };
    let former: String = Method::ALL.into_iter().map(former).collect();
    format!(
        "\n/** Every method: what may be asked of it, and whether it looks for the smallest change or stays \
         within a budget. */\nexport const methods = {{\n{rows}}} as const;\n\
         \n/** How an adversarial example is looked for. */\n\
         export type MethodName = keyof typeof methods;\n\
         \n/** Former names of methods, which are understood too. */\n\
         export const formerMethods = {{\n{former}}} as const;\n\
         export type FormerMethodName = keyof typeof formerMethods;\n"
    )
}

fn typescript() -> String {
    let mut text = HEAD.to_owned();
    let config = Config::default();
    words(
        &mut text,
        "What went wrong, for programs.",
        "ErrorCode",
        Code::ALL.iter().map(|c| c.name()),
    );
    text += &methods();
    write!(
        text,
        "\n/** Most strokes and points of a drawing, together. */\nexport const mostPoints = {MOST_POINTS};\n"
    )
    .expect("a string takes everything");
    declare_all!(text, config:
        BackendChoice, BackendKind, Backend, Placement, Point, Stroke, Attempt, AttackRequest,
        TransferRequest, SliceRequest, ExamplesRequest, ShowRequest, CompareRequest,
        ObserveRequest, UnitsRequest, LayerInfo, RowsReport, ContrastReport, ProportionReport,
        CurvePoint, ComparisonReport, MadeImage, UnitsResponse, PhotographReport, Kind, Task, Lesson, StudentWork, KnownModel, Hashes,
        NetworkReading, Answer, Problem, VerifiedTask, Verified, SameAs, Request, Response, MemoryReport,
        PixelsInfo, OtherPixels, ModelInfo, Reading, CostReport, AttackReport, TransferRow, TransferReport, SliceReport,
        ExamplesReport, ShowReport, Compared, CompareReport, LabelsReport, BoundsRequest,
        CertifyRequest, LayerBound, QuotedBound, BoundsReport, CertificateReport, Progress,
        Failure,
    );
    // Comments of one line stay on one line, and no line ends in a space.
    text.replace("/**\n * ", "/** ").replace("\n */\n", " */\n").replace(" \n", "\n")
}

#[test]
fn the_typescript_types_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let wanted = typescript();
    assert!(wanted.contains("export type AttackReport = {"), "the schema is not empty");
    if std::env::var_os("BLINDSPOTS_WRITE_TYPES").is_some() {
        std::fs::write(&path, wanted).expect("the types can be written");
    } else {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "{FILE} is not what the schema says: run `cargo xtask types`");
    }
}

/// Every type that a message mentions is declared.
#[test]
fn no_type_is_forgotten() {
    let text = typescript();
    let known = ["Array", "Float32Array", "Uint16Array", "Uint32Array", "Uint8Array"];
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with(['/', '*'])).collect();
    let names = code
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.starts_with(char::is_uppercase) && !known.contains(word));
    let forgotten: Vec<&str> =
        names.filter(|name| !text.contains(&format!("export type {name} ="))).collect();
    assert!(forgotten.is_empty(), "not declared: {forgotten:?}");
}
