//! What long work is doing: one line on a terminal, or with `-v` the time of every step.

use std::io::{IsTerminal, Write};
use std::time::Instant;

/// Steps of one command. Dropping it ends the last step.
pub struct Progress {
    verbose: bool,
    /// A step's name stands on the terminal while it runs.
    draws: bool,
    step: Option<(String, Instant)>,
}

impl Progress {
    pub fn new(verbose: bool) -> Progress {
        Progress { verbose, draws: !verbose && std::io::stderr().is_terminal(), step: None }
    }

    /// Ends the step before and begins `name` (`linking`).
    pub fn step(&mut self, name: impl Into<String>) {
        self.end();
        let name = name.into();
        if self.draws {
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "\r\x1b[K{name} ...");
            let _ = err.flush();
        }
        self.step = Some((name, Instant::now()));
    }

    /// A fact for those who asked to hear more.
    pub fn note(&self, text: &str) {
        if self.verbose {
            eprintln!("{text}");
        }
    }

    /// Ends the last step and clears its line.
    pub fn end(&mut self) {
        if let Some((name, start)) = self.step.take() {
            if self.verbose {
                eprintln!("{:>9.1} ms  {name}", start.elapsed().as_secs_f64() * 1e3);
            } else if self.draws {
                eprint!("\r\x1b[K");
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
