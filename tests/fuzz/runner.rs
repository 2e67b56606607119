//! Runs a target on mutants in a process of its own, which is started anew when a mutant ends it.

use super::corpus::Case;
use super::mutate::Random;
use super::targets::{Outcome, on_large_stack};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub struct Target {
    pub name: &'static str,
    pub corpus: fn() -> Vec<Case>,
    pub mutant: fn(&mut Random, &[Case], &Case) -> Vec<u8>,
    /// The mutant, and the case that it was made of.
    pub run: fn(&[u8], &[Case]) -> Outcome,
}

/// Processor time that one mutant may take.
const MAX_TIME: Duration = Duration::from_secs(20);
/// Memory that one mutant may take beyond what the process had before it.
const MAX_BYTES: u64 = 256 << 20;
/// Mutants of one process: programs whose objects refer to each other are never freed.
const MUTANTS: u64 = 500;
/// Address space of the process in kilobytes: allocations of more than that fail.
const ADDRESSES: u64 = 6 << 20;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(default)
}

pub fn seconds() -> u64 {
    number("TSAOT_FUZZ_SECONDS", 60)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/fuzz")
}

/// Feeds the target for some seconds. The ignored test of the target's name is the worker, in processes that this starts.
pub fn fuzz(target: &Target, seconds: u64) {
    match std::env::var("TSAOT_FUZZ_WORKER") {
        Ok(name) if name == target.name => on_large_stack(|| work(target)),
        Ok(_) => {}
        Err(_) => supervise(target, seconds),
    }
}

fn supervise(target: &Target, seconds: u64) {
    std::fs::create_dir_all(folder()).expect("a folder");
    let status = folder().join(format!("{}.{}.status", target.name, std::process::id()));
    let (start, mut at) = (Instant::now(), number("TSAOT_FUZZ_SEED", 1));
    let (mut found, first): (BTreeSet<String>, u64) = (BTreeSet::new(), at);
    while start.elapsed() < Duration::from_secs(seconds) {
        let left = seconds.saturating_sub(start.elapsed().as_secs()).max(1);
        let run = Command::new("sh")
            .args(["-c", &format!("ulimit -v {ADDRESSES}; exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().expect("this program"))
            .args([target.name, "--exact", "--include-ignored", "--nocapture", "--quiet"])
            .env("TSAOT_FUZZ_WORKER", target.name)
            .env("TSAOT_FUZZ_STATUS", &status)
            .env("TSAOT_FUZZ_AT", at.to_string())
            .env("TSAOT_FUZZ_LEFT", left.to_string())
            .output()
            .expect("it starts");
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mut lines = text.lines();
        at = lines.next().and_then(|l| l.parse().ok()).unwrap_or(at) + 1;
        found.extend(lines.map(str::to_owned));
        if !run.status.success() {
            let errors = String::from_utf8_lossy(&run.stderr);
            let last: Vec<&str> = errors.lines().rev().take(3).collect();
            found.insert(format!("mutant {}: the process ended with {}: {}", at - 1, run.status, last.join(" | ")));
            save(target, at - 1);
        }
    }
    let _ = std::fs::remove_file(&status);
    println!("{}: {} mutants in {} s", target.name, at - first, start.elapsed().as_secs());
    assert!(found.is_empty(), "{}:\n{}\n(mutants are in {})", target.name, Vec::from_iter(found).join("\n"), folder().display());
}

/// The mutant of that number, and the case that it is made of.
fn mutant(target: &Target, corpus: &[Case], number: u64) -> (usize, Vec<u8>) {
    let mut r = Random(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let of = r.below(corpus.len());
    (of, (target.mutant)(&mut r, corpus, &corpus[of]))
}

fn save(target: &Target, number: u64) {
    let corpus = (target.corpus)();
    let (of, bytes) = mutant(target, &corpus, number);
    let path = folder().join(format!("{}-{number}", target.name));
    std::fs::write(&path, bytes).expect("a file");
    println!("{} is made of {}", path.display(), corpus[of].0);
}

/// Where the last panic happened, and its message.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// The process's time when the mutant at hand began.
static BEGAN: AtomicU64 = AtomicU64::new(u64::MAX);

/// In hundredths of a second, as Linux counts for programs.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or("").split_whitespace();
    fields.skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum()
}

/// Memory that the process has, or the most that it had since [`forget_peak`].
fn memory(line: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = text.lines().find_map(|l| l.strip_prefix(line)?.trim().strip_suffix(" kB")?.trim().parse().ok());
    found.unwrap_or(0u64) * 1024
}

fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn watch() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_millis(200));
            let began = BEGAN.load(Ordering::Relaxed);
            if began != u64::MAX && processor_time().saturating_sub(began) > MAX_TIME.as_millis() as u64 / 10 {
                eprintln!("it takes more than {} s", MAX_TIME.as_secs());
                std::process::abort();
            }
        }
    });
}

fn work(target: &Target) {
    let status = PathBuf::from(std::env::var("TSAOT_FUZZ_STATUS").expect("the supervisor's file"));
    let (first, left) = (number("TSAOT_FUZZ_AT", 1), number("TSAOT_FUZZ_LEFT", 1));
    std::panic::set_hook(Box::new(|info| *PANIC.lock().expect("no panic inside") = info.to_string()));
    let corpus = (target.corpus)();
    watch();
    let start = Instant::now();
    let mut found: Vec<String> = vec![];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for at in first.. {
        if start.elapsed() > Duration::from_secs(left) || at - first == MUTANTS {
            break;
        }
        let (of, bytes) = mutant(target, &corpus, at);
        std::fs::write(&status, format!("{at}\n{}", found.join("\n"))).expect("the status");
        forget_peak();
        let before = memory("VmRSS:");
        BEGAN.store(processor_time(), Ordering::Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| (target.run)(&bytes, &corpus[of..of + 1])));
        BEGAN.store(u64::MAX, Ordering::Relaxed);
        let taken = memory("VmHWM:").saturating_sub(before);
        let fault = match result {
            Err(_) => Some(format!("panic: {}", PANIC.lock().expect("no panic inside").replace('\n', " "))),
            Ok(Err(why)) => Some(why.replace('\n', " ")),
            Ok(Ok(())) if taken > MAX_BYTES + bytes.len() as u64 => Some(format!("it takes {} MB", taken >> 20)),
            Ok(Ok(())) => None,
        };
        if let Some(fault) = fault {
            // One of each kind is enough.
            let told = fault.split(" -->").next().unwrap_or("");
            let kind: String = told.chars().filter(|c| !c.is_ascii_digit()).take(120).collect();
            if seen.insert(kind) {
                found.push(format!("mutant {at}: {fault}"));
                save(target, at);
            }
        }
    }
    std::fs::write(&status, format!("{}\n{}", number_of(&status), found.join("\n"))).expect("the status");
}

fn number_of(status: &std::path::Path) -> u64 {
    std::fs::read_to_string(status).ok().and_then(|t| t.lines().next()?.parse().ok()).unwrap_or(0)
}
