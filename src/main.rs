//! `tsaot`: arguments and exit codes.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use tsaot::driver::{self, View};

/// Compiles TorchScript ahead of time to native libraries.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report all problems of a program; write nothing
    Check {
        /// A Python file
        source: PathBuf,
    },
    /// Print what a program compiles to
    Show(Show),
}

#[derive(Args)]
struct Show {
    /// A Python file
    source: PathBuf,
    #[command(flatten)]
    what: What,
    /// Only this export: `name`, `name.method` or `method`
    #[arg(long, value_name = "M")]
    method: Option<String>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Python, as PyTorch's `.code`
    #[arg(long)]
    code: bool,
    /// The graph, as PyTorch's `.graph`
    #[arg(long)]
    graph: bool,
}

/// Problems were found and reported.
const PROBLEMS: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match driver::on_large_stack(|| run(&cli)) {
        Some(true) => ExitCode::SUCCESS,
        Some(false) | None => ExitCode::from(PROBLEMS),
    }
}

/// Says whether all went well.
fn run(cli: &Cli) -> bool {
    match &cli.command {
        Command::Check { source } => {
            let e = driver::evaluate(source);
            driver::report(&e.diagnostics, &e.sources)
        }
        Command::Show(s) => {
            let e = driver::evaluate(&s.source);
            if !driver::report(&e.diagnostics, &e.sources) {
                return false;
            }
            let view = if s.what.code { View::Code } else { View::Graph };
            match driver::show(&e, view, s.method.as_deref()) {
                Ok(text) => {
                    print!("{text}");
                    true
                }
                Err(d) => driver::report(&[*d], &e.sources),
            }
        }
    }
}
