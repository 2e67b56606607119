//! `sys`, `time` and the hooks that the embedded library's own Python calls (`_tsaot`).

use std::rc::Rc;

use super::{function, objects::first, or_none};
use crate::eval::{interp::Interp, object::*};

struct Stream(bool);

fn stream(interp: &Interp, stderr: bool) -> Obj {
    let s = Stream(stderr);
    let m = interp.new_module(if stderr { "stderr" } else { "stdout" });
    interp.modules.remove_str(&m.name);
    function(&m, "write", move |i, a| {
        let text = i.to_str(&first(i, &a)?)?;
        i.files.print(&text, s.0);
        Ok(Obj::Int(text.chars().count() as i64))
    });
    function(&m, "flush", |_, _| Ok(Obj::None));
    function(&m, "isatty", |_, _| Ok(Obj::Bool(false)));
    Obj::Module(m)
}

pub fn sys(interp: &Interp, m: &Rc<ModuleObj>) {
    let set = |n: &str, v: Obj| m.dict.set_str(n, v);
    set("argv", Obj::list(interp.options.argv.iter().map(Obj::str).collect()));
    set("maxsize", Obj::Int(i64::MAX));
    set("byteorder", Obj::str("little"));
    set("platform", Obj::str("linux"));
    set("version", Obj::str("3.11.0 (tsaot)"));
    set("executable", Obj::str(""));
    set("path", Obj::list(vec![Obj::str(&interp.options.directory)]));
    set("modules", Obj::Dict(interp.modules.clone()));
    set("stdout", stream(interp, false));
    set("stderr", stream(interp, true));
    set("version_info", Obj::tuple(vec![Obj::Int(3), Obj::Int(11), Obj::Int(0), Obj::str("final"), Obj::Int(0)]));
    let info = interp.new_module("float_info");
    interp.modules.remove_str("float_info");
    for (n, v) in [("max", f64::MAX), ("min", f64::MIN_POSITIVE), ("epsilon", f64::EPSILON)] {
        info.dict.set_str(n, Obj::Float(v));
    }
    set("float_info", Obj::Module(info));
    function(m, "exit", |i, a| {
        let exc = i.make_exception("SystemExit", a.pos);
        Err(i.raise_obj(exc))
    });
    function(m, "getrecursionlimit", |i, _| Ok(Obj::Int(i.depth_limit.get() as i64)));
    function(m, "setrecursionlimit", |i, a| {
        // The native stack bounds it.
        i.depth_limit.set(i.as_index(&first(i, &a)?)?.clamp(50, 4000) as usize);
        Ok(Obj::None)
    });
    function(m, "getsizeof", |_, _| Ok(Obj::Int(64)));
    function(m, "exc_info", |i, _| {
        let current = i.handling.borrow().last().cloned();
        Ok(Obj::tuple(match current {
            Some(e) => vec![Obj::Class(i.type_of(&e)), e, Obj::None],
            None => vec![Obj::None, Obj::None, Obj::None],
        }))
    });
    function(m, "intern", |i, a| first(i, &a));
}

pub fn time(_: &Interp, m: &Rc<ModuleObj>) {
    let start = std::time::Instant::now();
    for name in ["time", "perf_counter", "monotonic", "process_time"] {
        let wall = name == "time";
        function(m, name, move |_, _| {
            let t = if wall {
                std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
            } else {
                start.elapsed().as_secs_f64()
            };
            Ok(Obj::Float(t))
        });
    }
    for name in ["perf_counter_ns", "time_ns", "monotonic_ns"] {
        function(m, name, move |_, _| Ok(Obj::Int(start.elapsed().as_nanos() as i64)));
    }
    function(m, "sleep", |_, _| Ok(Obj::None));
}

pub fn hooks(_: &Interp, m: &Rc<ModuleObj>) {
    function(m, "read", |i, a| {
        let path = path(i, &i.to_str(&first(i, &a)?)?);
        match i.files.read(&path) {
            Some(b) => Ok(Obj::Bytes(b.into())),
            None => i.raise("FileNotFoundError", format!("[Errno 2] No such file or directory: '{path}'")),
        }
    });
    function(m, "write", |i, a| match a.pos.as_slice() {
        [p, Obj::Bytes(b)] => match i.files.write(&path(i, &i.to_str(p)?), b) {
            Ok(()) => Ok(Obj::None),
            Err(e) => i.raise("OSError", e),
        },
        _ => i.type_error("write(path, bytes)"),
    });
    function(m, "exists", |i, a| {
        let path = path(i, &i.to_str(&first(i, &a)?)?);
        Ok(Obj::Bool(i.files.exists(&path)))
    });
    function(m, "directory", |i, _| Ok(Obj::str(&i.options.directory)));
    function(m, "warn", |i, a| {
        let span = i.user_span();
        let place = {
            let sources = i.sources.borrow();
            sources.get(span.file).map_or(String::new(), |f| format!("{}:{}: ", f.path.display(), f.line_col(span.lo).line))
        };
        let category = a.pos.get(1).map_or(Ok("UserWarning".into()), |c| i.to_str(c))?;
        let text = i.to_str(&first(i, &a)?)?;
        i.files.print(&format!("{place}{category}: {text}\n"), true);
        Ok(Obj::None)
    });
    function(m, "script", |i, mut a| {
        let example = or_none(a.take_kw("example_inputs"));
        i.script(first(i, &a)?, false, example, a.kw)
    });
    function(m, "trace", |i, mut a| {
        let inputs = a.take_kw("example_inputs").or(a.pos.get(1).cloned());
        i.script(first(i, &a)?, true, or_none(inputs), a.kw)
    });
    function(m, "is_scripted", |i, a| Ok(Obj::Bool(matches!(first(i, &a)?, Obj::Script(_)))));
    function(m, "target", |i, a| match first(i, &a)? {
        Obj::Script(s) => Ok(s.target.clone()),
        other => Ok(other),
    });
    function(m, "jit_load", |i, a| {
        let p = path(i, &i.to_str(&first(i, &a)?)?);
        let host = i.host.borrow().clone();
        match host {
            Some(h) => h.load(i, &p),
            None => i.raise("RuntimeError", "torch.jit.load is not available here"),
        }
    });
    function(m, "load", |i, a| {
        let p = path(i, &i.to_str(&first(i, &a)?)?);
        let host = i.host.borrow().clone();
        match host {
            Some(h) => h.load_saved(i, &p),
            None => i.raise("RuntimeError", "torch.load is not available here"),
        }
    });
    function(m, "jit_save", |i, a| match a.pos.as_slice() {
        [Obj::Script(s), p] => {
            let p = path(i, &i.to_str(p)?);
            let host = i.host.borrow().clone();
            match host {
                Some(h) => h.save(i, s, &p).map(|_| Obj::None),
                None => i.raise("RuntimeError", "torch.jit.save is not available here"),
            }
        }
        _ => i.type_error("torch.jit.save takes a scripted object and a path"),
    });
    function(m, "function_name", |i, a| match first(i, &a)? {
        Obj::Builtin(b) => Ok(b.op.clone().map_or(Obj::None, Obj::Str)),
        _ => Ok(Obj::None),
    });
}

/// Paths of the program start at its directory.
pub fn path(i: &Interp, p: &str) -> String {
    if p.starts_with('/') || i.options.directory.is_empty() {
        p.to_string()
    } else {
        format!("{}/{p}", i.options.directory.trim_end_matches('/'))
    }
}
