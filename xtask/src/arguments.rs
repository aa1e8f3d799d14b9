//! What `cargo xtask` may be asked.

use clap::{Parser, Subcommand};

use crate::bench;

/// Build, serve, check and test Blind Spots.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// One of the things to do.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Task {
    /// Build for development and serve on 127.0.0.1.
    Serve {
        /// The port to serve on.
        #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
        /// Open the page in a browser.
        #[arg(long)]
        open: bool,
    },
    /// Install what the tests need, then run all of them.
    Test,
    /// Build the optimised site in dist/, for any static host.
    Build,
    /// Build the site and pack it for a course site: blindspots-site.zip in target/.
    Dist,
    /// Build the npm package, blindspots-X.Y.Z.tgz in target/npm/.
    Package,
    /// Measure speed and quality beside others and write benches/RESULTS.md.
    Bench(bench::Options),
    /// Read damaged files, work in one tab and fuzz for a long time; what is found goes into benches/RESULTS.md.
    Soak(bench::SoakOptions),
    /// Picture every panel in target/screenshots/: three widths, light, dark, forced colours, print, languages.
    Screenshots,
    /// Check formatting, clippy (native and Wasm), and the page's types and style.
    Lint,
    /// Check that no import goes up a floor and no file is in a circle.
    Floors,
    /// Write what the page takes from Rust: message types and the paper's cells.
    Types,
    /// Take the page's texts out of its sources, and make modules of their translations.
    Languages,
    /// Put the full MNIST into data/mnist/, checksums verified.
    Data,
    /// Run the node tests of the onnx package and write src/import/OPERATORS.md.
    Conformance,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What clap makes of a line; an error is what it says.
    fn parsed(line: &str) -> Result<Task, String> {
        let words = std::iter::once("xtask").chain(line.split_whitespace());
        Arguments::try_parse_from(words).map(|a| a.task).map_err(|error| error.to_string())
    }

    #[test]
    fn tasks_are_understood() {
        assert_eq!(parsed("build"), Ok(Task::Build));
        assert_eq!(parsed("dist"), Ok(Task::Dist));
        assert_eq!(parsed("serve"), Ok(Task::Serve { port: 8080, open: false }));
        assert_eq!(parsed("serve --open --port 9"), Ok(Task::Serve { port: 9, open: true }));
        assert_eq!(parsed("serve --port=81"), Ok(Task::Serve { port: 81, open: false }));
    }

    #[test]
    fn a_bench_may_be_cut_short() {
        assert_eq!(parsed("bench"), Ok(Task::Bench(bench::Options::default())));
        let wanted = bench::Options {
            quick: true,
            page: false,
            only: vec!["peak".into(), "attacks".into()],
            models: Some(vec!["cnn".into()]),
            count: Some(50),
        };
        let line = "bench --quick --only peak,attacks --models=cnn --count 50";
        assert_eq!(parsed(line), Ok(Task::Bench(wanted)));
    }

    #[test]
    fn a_soak_may_be_a_part_of_it() {
        let usual = bench::SoakOptions { only: Vec::new(), files: 10_000, fuzz: 120 };
        assert_eq!(parsed("soak"), Ok(Task::Soak(usual)));
        let wanted = bench::SoakOptions { only: vec!["fuzz".into()], files: 10_000, fuzz: 3600 };
        assert_eq!(parsed("soak --only fuzz --fuzz 3600"), Ok(Task::Soak(wanted)));
    }

    #[test]
    fn wrong_arguments_are_refused_by_name() {
        for (line, named) in [
            ("bild", "bild"),
            ("build fast", "fast"),
            ("dist fast", "fast"),
            ("serve --port", "--port"),
            ("serve --port 0", "--port"),
            ("serve --port 70000", "70000"),
            ("serve 8080", "8080"),
            ("bench --only speed", "gradients"),
            ("bench --only", "--only"),
            ("bench --count 0", "--count"),
            ("bench quick", "quick"),
            ("soak --only tab", "fuzz"),
        ] {
            let said = parsed(line).expect_err(line);
            assert!(said.contains(named), "{line}: {said}");
        }
    }
}
