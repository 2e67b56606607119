//! `match` patterns.

use std::rc::Rc;

use super::{expr::constant, interp::Interp, object::*, raise::R, scope::Scope};
use crate::syntax::{CmpOp, Constant, Pattern, PatternKind};

impl Interp {
    pub fn matches(&self, p: &Pattern, v: &Obj, scope: &Rc<Scope>) -> R<bool> {
        match &p.kind {
            PatternKind::Value(e) => {
                let want = self.eval(e, scope)?;
                let r = self.compare(CmpOp::Eq, v, &want)?;
                self.truth(&r)
            }
            PatternKind::Singleton(c) => Ok(match c {
                Constant::Bool(_) | Constant::None => v.is(&constant(c)),
                _ => self.equal(v, &constant(c))?,
            }),
            PatternKind::As { pattern, name } => {
                if let Some(p) = pattern
                    && !self.matches(p, v, scope)?
                {
                    return Ok(false);
                }
                if let Some(n) = name {
                    scope.target(n).set_name(n, v.clone());
                }
                Ok(true)
            }
            PatternKind::Or(ps) => {
                for p in ps {
                    if self.matches(p, v, scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            PatternKind::Sequence(ps) => {
                let items = match v.unwrapped() {
                    Obj::List(l) => l.items.borrow().clone(),
                    Obj::Tuple(t) => t.to_vec(),
                    _ => return Ok(false),
                };
                let star = ps.iter().position(|p| matches!(p.kind, PatternKind::Star(_)));
                let fixed = ps.len() - star.is_some() as usize;
                if items.len() < fixed || (star.is_none() && items.len() != fixed) {
                    return Ok(false);
                }
                let mut at = 0;
                for p in ps {
                    if let PatternKind::Star(n) = &p.kind {
                        let k = items.len() - fixed;
                        if let Some(n) = n {
                            scope.target(n).set_name(n, Obj::list(items[at..at + k].to_vec()));
                        }
                        at += k;
                    } else {
                        if !self.matches(p, &items[at], scope)? {
                            return Ok(false);
                        }
                        at += 1;
                    }
                }
                Ok(true)
            }
            PatternKind::Star(_) => Ok(false),
            PatternKind::Mapping { keys, patterns, rest } => {
                let Obj::Dict(d) = v.unwrapped() else { return Ok(false) };
                let left = d.copy();
                for (k, p) in keys.iter().zip(patterns) {
                    let k = self.eval(k, scope)?;
                    let key = self.key(&k)?;
                    let Some(item) = d.get(&key) else { return Ok(false) };
                    left.remove(&key);
                    if !self.matches(p, &item, scope)? {
                        return Ok(false);
                    }
                }
                if let Some(n) = rest {
                    scope.target(n).set_name(n, Obj::Dict(left));
                }
                Ok(true)
            }
            PatternKind::Class { class, patterns, keywords } => {
                let Obj::Class(c) = self.eval(class, scope)? else {
                    return self.type_error("called match pattern must be a class");
                };
                if !self.isinstance(v, &c) {
                    return Ok(false);
                }
                if !patterns.is_empty() {
                    let names = match self.getattr_quiet(&Obj::Class(c.clone()), "__match_args__")? {
                        Some(n) => self.collect(&n)?,
                        None if patterns.len() == 1 && c.layout != Layout::Object => {
                            return self.matches(&patterns[0], v, scope);
                        }
                        None => vec![],
                    };
                    if names.len() < patterns.len() {
                        return self.type_error(format!(
                            "{}() accepts {} positional sub-patterns ({} given)",
                            c.name.borrow(),
                            names.len(),
                            patterns.len()
                        ));
                    }
                    for (n, p) in names.iter().zip(patterns) {
                        let n = self.to_str(n)?;
                        match self.getattr_quiet(v, &n)? {
                            Some(a) if self.matches(p, &a, scope)? => {}
                            _ => return Ok(false),
                        }
                    }
                }
                for (n, p) in keywords {
                    match self.getattr_quiet(v, n)? {
                        Some(a) if self.matches(p, &a, scope)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
        }
    }
}
