//! The special tier of a program that is being built: from the optimised graphs and what is known of inputs to plans.

use super::{BuildOptions, Progress, inputs};
use crate::diag::SourceMap;
use crate::graph::{Export, FunctionId, Program};
use crate::lower::{self, Hints, Lowered};
use crate::passes::pipeline::{self, Switches};

/// Optimisation levels from here on have plans.
const LEVEL: u8 = 1;

/// Makes plans in everything exported and readies all functions for code generation; with `-v`, says what became of which operators.
pub fn specialise(program: &mut Program, sources: &SourceMap, options: &BuildOptions, progress: &mut Progress) -> Lowered {
    if options.level < LEVEL {
        return Lowered::default();
    }
    let mut hints = Hints::default();
    for e in inputs::exported(program) {
        let (facts, _) = inputs::facts(program, &e, &options.inputs);
        hints.insert(e.function, facts);
    }
    let mut functions: Vec<FunctionId> = vec![];
    for e in &program.exports {
        match e {
            Export::Function { function, .. } => functions.push(*function),
            Export::Module { methods, .. } => functions.extend(methods),
            Export::Class { class, .. } => functions.extend(program.class(*class).methods.iter().map(|m| m.1)),
        }
    }
    let lowered = lower::run(program, &functions, &hints);
    for n in &lowered.notes {
        let place = n.span.and_then(|s| {
            let at = sources.line_col(s);
            sources.get(s.file).map(|f| format!("{}:{}: ", f.path.display(), at.line))
        });
        progress.note(&format!("{}{}: {}", place.unwrap_or_default(), n.function, n.text));
    }
    pipeline::finish(program, &mut Switches::from_environment());
    lowered
}
