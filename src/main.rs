//! `tsaot`: arguments and exit codes.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use tsaot::driver::{self, BenchOptions, BuildOptions, View};
use tsaot::types::Input;

/// Compiles TorchScript ahead of time to native libraries.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compile a source to a library, an object or an executable, with its C header
    Build(Build),
    /// Run a script as python would, its scripted code compiled
    Run {
        /// A Python file
        file: PathBuf,
        /// What the script finds in sys.argv
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Report all problems of a program; write nothing
    Check {
        /// A Python file, or an archive that torch.jit.save wrote
        source: PathBuf,
    },
    /// Print what a program compiles to
    Show(Show),
    /// Build a library and time its functions in this process
    Bench(Bench),
}

/// Reads one `--input`.
fn input(text: &str) -> Result<Input, String> {
    Input::parse(text)
}

#[derive(Args)]
struct Build {
    /// A Python file, or an archive that torch.jit.save wrote
    source: PathBuf,
    /// The output; its name picks the kind: libX.so, libX.a, X.o, or X for an executable
    #[arg(short, long)]
    output: PathBuf,
    /// The kind, whatever the output's name
    #[arg(long, value_parser = ["so", "a", "o", "exe"])]
    emit: Option<String>,
    /// More files beside the header
    #[arg(long, value_delimiter = ',', value_parser = ["cpp", "python", "rust"])]
    bindings: Vec<String>,
    /// Stands before every exported name
    #[arg(long, default_value = "", value_name = "P")]
    prefix: String,
    /// Optimisation level, 0 to 3
    #[arg(short = 'O', default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=3))]
    level: u8,
    /// Keep debug information
    #[arg(short = 'g')]
    debug: bool,
    #[command(flatten)]
    shared: Shared,
}

/// What everything that makes code takes.
#[derive(Args)]
struct Shared {
    /// What is known of an input: m.forward.x=f32[B,3,224,224]; letters are sizes that may vary
    #[arg(long = "input", value_name = "PATH=TYPE", value_parser = input)]
    inputs: Vec<Input>,
    /// A state dict for the exported module: .pt, .pth, .safetensors, .npz or .npy
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// native, portable, x86-64-v2, x86-64-v3, x86-64-v4, or a processor's name
    #[arg(long, default_value = "portable")]
    cpu: String,
    /// A target triple
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Threads that specialised code may use
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Say how long each step takes and what was specialised
    #[arg(short, long)]
    verbose: bool,
}

impl Shared {
    fn options(&self) -> BuildOptions {
        BuildOptions {
            inputs: self.inputs.clone(),
            weights: self.weights.clone(),
            cpu: self.cpu.clone(),
            target: self.target.clone(),
            threads: self.threads,
            verbose: self.verbose,
            level: 2,
            ..BuildOptions::default()
        }
    }
}

#[derive(Args)]
struct Bench {
    /// A Python file
    source: PathBuf,
    /// Only this export: `name`, `name.method` or `method`
    #[arg(long, value_name = "M")]
    method: Option<String>,
    /// Seconds to call each function
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    time: f64,
    /// One JSON object per function and line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct Show {
    /// A Python file, or an archive that torch.jit.save wrote
    source: PathBuf,
    #[command(flatten)]
    what: What,
    /// Only this export: `name`, `name.method` or `method`
    #[arg(long, value_name = "M")]
    method: Option<String>,
    #[command(flatten)]
    shared: Shared,
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
    /// The kernels that operators become, and when they run
    #[arg(long)]
    kernels: bool,
    /// The code of a library, as LLVM's text
    #[arg(long)]
    llvm: bool,
    /// The code of a library, as assembly
    #[arg(long)]
    asm: bool,
    /// The files that were saved with an archive: their sizes and names, or the bytes of one
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    extra: Option<String>,
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
        Command::Build(b) => {
            let options = BuildOptions {
                emit: b.emit.clone(),
                python: b.bindings.iter().any(|s| s == "python"),
                cpp: b.bindings.iter().any(|s| s == "cpp"),
                rust: b.bindings.iter().any(|s| s == "rust"),
                prefix: b.prefix.clone(),
                level: b.level,
                debug: b.debug,
                ..b.shared.options()
            };
            match driver::build(&b.source, &b.output, &options) {
                Ok(()) => true,
                Err((problems, sources)) => driver::report(&problems, &sources),
            }
        }
        Command::Bench(b) => {
            let time = std::time::Duration::try_from_secs_f64(b.time).unwrap_or(std::time::Duration::from_secs(1));
            let options = BenchOptions { build: b.shared.options(), method: b.method.clone(), time };
            match driver::bench(&b.source, &options) {
                Ok(all) if b.json => driver::print(&all.iter().map(|m| m.json() + "\n").collect::<String>()),
                Ok(all) => driver::print(&driver::table(&all)),
                Err((problems, sources)) => driver::report(&problems, &sources),
            }
        }
        Command::Run { file, args } => driver::run(file, args) == 0,
        Command::Check { source } => {
            let e = driver::evaluate(source);
            driver::report(&e.diagnostics, &e.sources)
        }
        Command::Show(Show { source, what: What { extra: Some(name), .. }, .. }) => match driver::extra_files(source, name) {
            Ok(bytes) => driver::print(bytes),
            Err(problems) => driver::report(&problems, &Default::default()),
        },
        Command::Show(s) => {
            let e = driver::evaluate(&s.source);
            if !driver::report(&e.diagnostics, &e.sources) {
                return false;
            }
            let view = match &s.what {
                What { code: true, .. } => View::Code,
                What { kernels: true, .. } => View::Kernels,
                What { llvm: true, .. } => View::Llvm,
                What { asm: true, .. } => View::Assembly,
                _ => View::Graph,
            };
            match driver::show(&e, view, s.method.as_deref(), &s.shared.options()) {
                Ok(text) => driver::print(&text),
                Err(problems) => driver::report(&problems, &e.sources),
            }
        }
    }
}
