//! List and dict literals and comprehensions, and how an annotation chooses their type.

use super::annotation::check_key;
use super::emitter::{Emitter, fail, reported, unsupported};
use super::{Arg, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::Value;
use crate::syntax::{Expr, ExprKind};
use crate::types::Type;

/// The type that an annotation asks for: one type, or several of the wanted kind out of a union.
struct Hint {
    ty: Option<Type>,
    candidates: Vec<Type>,
}

impl Hint {
    fn elem(&self) -> Option<Type> {
        match &self.ty {
            Some(Type::List(t)) => Some((**t).clone()),
            _ => None,
        }
    }
}

fn is_union(t: Option<&Type>) -> bool {
    matches!(t, Some(Type::Union(_) | Type::Optional(_)))
}

impl Emitter<'_> {
    /// Narrows an annotation to the lists (or dicts) that it allows.
    fn narrow(&self, span: Span, kind: &str, hint: Option<&Type>, matches: fn(&Type) -> bool) -> Result<Hint> {
        let Some(hint) = hint else { return Ok(Hint { ty: None, candidates: vec![] }) };
        let mut ty = hint.clone();
        let mut candidates = vec![];
        match hint {
            Type::Union(m) => {
                let found: Vec<Type> = m.iter().filter(|t| matches(t)).cloned().collect();
                match &found[..] {
                    [] => {
                        return fail(
                            Code::Type,
                            span,
                            format!("Expected an Union type annotation with an inner {kind} type, but got {}", hint.annotation()),
                        );
                    }
                    [one] => ty = one.clone(),
                    _ => candidates = found,
                }
            }
            Type::Optional(t) => ty = (**t).clone(),
            _ => {}
        }
        if candidates.is_empty() && !matches(&ty) && ty != Type::Any {
            return fail(Code::Type, span, format!("Expected an annotation of type {kind} but got {}", hint.annotation()));
        }
        if ty == Type::Any && candidates.is_empty() {
            return Ok(Hint { ty: None, candidates });
        }
        Ok(Hint { ty: Some(ty), candidates })
    }

    /// The list type among several that holds the elements.
    fn choose_list(&self, span: Span, hint: &mut Hint, elem: &Type, annotated: Option<&Type>) -> Result<()> {
        let mut chosen: Option<Type> = None;
        for c in &hint.candidates {
            if let Type::List(t) = c
                && self.is_subtype(elem, t)
            {
                chosen = Some(match chosen {
                    None => (**t).clone(),
                    Some(before) => self.unify(&before, t, false).unwrap_or(before),
                });
            }
        }
        match chosen {
            Some(t) => {
                hint.ty = Some(Type::list(t));
                Ok(())
            }
            None => fail(
                Code::Type,
                span,
                format!(
                    "Union type annotation `{}` can hold {}, but none of those types match the types of the given list elements, \
                     which were unified to {}",
                    annotated.map_or(String::new(), Type::annotation),
                    alternatives(&hint.candidates),
                    elem.annotation()
                ),
            ),
        }
    }

    fn choose_dict(&self, span: Span, hint: &mut Hint, key: &Type, value: &Type, annotated: Option<&Type>) -> Result<()> {
        let mut chosen: Option<(&Type, &Type, &Type)> = None;
        for c in &hint.candidates {
            if let Type::Dict(k, v) = c
                && self.is_subtype(key, k)
                && self.is_subtype(value, v)
                && chosen.is_none_or(|(ck, cv, _)| self.is_subtype(ck, k) && self.is_subtype(cv, v))
            {
                chosen = Some((k, v, c));
            }
        }
        match chosen {
            Some((_, _, c)) => {
                hint.ty = Some(c.clone());
                Ok(())
            }
            None => fail(
                Code::Type,
                span,
                format!(
                    "Union type annotation `{}` can hold {}, but none of those dict types can hold the types of the given keys and values, \
                     which were unified to Dict[{}, {}]",
                    annotated.map_or(String::new(), Type::annotation),
                    alternatives(&hint.candidates),
                    key.annotation(),
                    value.annotation()
                ),
            ),
        }
    }

    pub(super) fn emit_list(&mut self, span: Span, items: &[Expr], annotated: Option<&Type>) -> Result<Value> {
        let values: Vec<Value> = self.arguments(items)?.into_iter().map(|a| a.value).collect();
        if values.is_empty() && annotated.is_none() {
            // Takes on any list type that its use asks for.
            return Ok(self.bare_value("prim::EmptyListLiteral", &[], Type::list(Type::Tensor)));
        }
        let mut hint = self.narrow(span, "List", annotated, |t| matches!(t, Type::List(_)))?;
        if !hint.candidates.is_empty() && values.is_empty() {
            return fail(
                Code::Type,
                span,
                format!(
                    "Cannot assign an empty list to a variable annotated to be type {} because there are multiple possible List type \
                     candidates in the Union annotation",
                    annotated.map_or(String::new(), Type::annotation)
                ),
            );
        }
        let mut elem = hint.elem().unwrap_or(Type::Tensor);
        if !values.is_empty() {
            let types: Vec<Type> = values.iter().map(|v| self.ty(*v).clone()).collect();
            let Some(unified) = self.unify_hinted(types, hint.elem().as_ref()) else { return Err(reported()) };
            if hint.candidates.is_empty() && hint.ty.is_some() && !self.is_subtype(&unified, &elem) {
                return fail(
                    Code::Type,
                    span,
                    format!(
                        "List type annotation `{}` did not match the types of the given list elements, which were unified to {}",
                        hint.ty.as_ref().map_or(String::new(), Type::annotation),
                        unified.annotation()
                    ),
                );
            }
            if !hint.candidates.is_empty() {
                self.choose_list(span, &mut hint, &unified, annotated)?;
                elem = hint.elem().unwrap_or(unified);
            } else if hint.ty.is_none() {
                elem = unified;
            }
        }
        let list = self.list(elem, &values, span);
        Ok(match annotated {
            Some(t) if is_union(Some(t)) => self.unchecked_cast(list, t.clone(), span),
            _ => list,
        })
    }

    /// The type of all elements: unified, else a union.
    fn unify_hinted(&self, types: Vec<Type>, hint: Option<&Type>) -> Option<Type> {
        if let Some(h) = hint
            && types.iter().all(|t| self.is_subtype(t, h))
        {
            return Some(h.clone());
        }
        self.unify_all(types, true)
    }

    pub(super) fn emit_dict(&mut self, span: Span, items: &[(Option<Expr>, Expr)], annotated: Option<&Type>) -> Result<Value> {
        let (mut keys, mut values): (Vec<Value>, Vec<Value>) = (vec![], vec![]);
        for (k, v) in items {
            let Some(k) = k else {
                return unsupported(
                    v.span,
                    "Dict expansion (e.g. `{**dict}`) is not supported",
                    "copy the dict and update it: d = dict(a); d.update(b)",
                );
            };
            let key = self.emit_expr(k, None)?;
            check_key(self.ty(key), k.span)?;
            let value = self.emit_expr(v, None)?;
            if let Some(before) = keys.last()
                && std::mem::discriminant(self.ty(*before)) != std::mem::discriminant(self.ty(key))
            {
                return fail(
                    Code::Type,
                    k.span,
                    format!(
                        "Dict keys must contain only a single type. Expected: {} but found {} instead",
                        self.ty(*before).annotation(),
                        self.ty(key).annotation()
                    ),
                );
            }
            keys.push(key);
            values.push(value);
        }
        let value_type = self.unify_all(values.iter().map(|v| self.ty(*v).clone()).collect(), true);
        let own = match (keys.first(), &value_type) {
            (Some(k), Some(v)) => Type::dict(self.ty(*k).clone(), v.clone()),
            _ => Type::dict(Type::Str, Type::Tensor),
        };
        let mut hint = self.narrow(span, "Dict", annotated, |t| matches!(t, Type::Dict(..)))?;
        if !hint.candidates.is_empty() && values.is_empty() {
            return fail(
                Code::Type,
                span,
                format!(
                    "Cannot assign an empty dict to a variable annotated to be type {} because there are multiple possible Dict type \
                     candidates in the Union annotation",
                    annotated.map_or(String::new(), Type::annotation)
                ),
            );
        }
        let Type::Dict(own_key, own_value) = &own else { return Err(reported()) };
        if !hint.candidates.is_empty() {
            self.choose_dict(span, &mut hint, own_key, own_value, annotated)?;
        }
        let ty = hint.ty.unwrap_or_else(|| own.clone());
        let Type::Dict(key, value) = &ty else { return Err(reported()) };
        if !values.is_empty() && (key != own_key || !self.is_subtype(own_value, value)) {
            return fail(
                Code::Type,
                span,
                format!("Type annotation was inferred to be `{}`, but the dict literal is {}", ty.annotation(), own.annotation()),
            );
        }
        let dict = self.dict((**key).clone(), (**value).clone(), &keys, &values, span);
        Ok(match annotated {
            Some(t) if is_union(Some(t)) => self.unchecked_cast(dict, t.clone(), span),
            _ => dict,
        })
    }

    /// Emits a comprehension's loop in a scope of its own, so that its variables do not leak.
    fn comprehension<'s>(
        &mut self,
        span: Span,
        target: &Expr,
        over: impl FnOnce(&mut Self) -> Result<Sugared>,
        at: Span,
        body: &mut (dyn FnMut(&mut Self) -> Result<()> + 's),
    ) -> Result<()> {
        let n = self.node("prim::ComprehensionScope", &[], &[], span);
        let block = self.graph.add_block(n);
        let out = self.in_frame(block, |em| {
            let over = over(em)?;
            em.emit_for_over(span, target, over, at, &mut |em| body(em))
        });
        out.1
    }

    pub(super) fn emit_list_comp(
        &mut self,
        span: Span,
        element: &Expr,
        target: &Expr,
        over: impl FnOnce(&mut Self) -> Result<Sugared>,
        at: Span,
        annotated: Option<&Type>,
    ) -> Result<Value> {
        let list = self.bare_value("prim::ListConstruct", &[], Type::list(Type::Tensor));
        let mut hint = self.narrow(span, "List", annotated, |t| matches!(t, Type::List(_)))?;
        if let (Some(t), true) = (&hint.ty, hint.candidates.is_empty()) {
            self.graph.value_mut(list).ty = t.clone();
        }
        let mut so_far: Option<Type> = None;
        self.comprehension(span, target, over, at, &mut |em| {
            let v = em.emit_expr(element, None)?;
            let have = em.ty(v).clone();
            let before = so_far.clone().unwrap_or_else(|| have.clone());
            let Some(unified) = em.unify_hinted(vec![before, have], hint.elem().as_ref()) else { return Err(reported()) };
            so_far = Some(unified.clone());
            if hint.candidates.is_empty()
                && let Some(t) = hint.elem()
                && annotated.is_some()
                && !em.is_subtype(&unified, &t)
            {
                return fail(
                    Code::Type,
                    span,
                    format!(
                        "List type annotation `{}` did not match the types of the given list elements, which were unified to {}",
                        Type::list(t).annotation(),
                        unified.annotation()
                    ),
                );
            }
            if !hint.candidates.is_empty() {
                em.choose_list(span, &mut hint, &unified, annotated)?;
            }
            let ty = match (&hint.ty, annotated) {
                (Some(t), Some(_)) => t.clone(),
                _ => Type::list(unified),
            };
            em.graph.value_mut(list).ty = ty;
            em.call_operator(span, "aten::append", &[Arg::new(span, v)], &[], Some(Arg::named(span, "self", list))).map(drop)
        })?;
        Ok(match annotated {
            Some(t) if is_union(Some(t)) => self.unchecked_cast(list, t.clone(), span),
            _ => list,
        })
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn emit_dict_comp(
        &mut self,
        span: Span,
        key: &Expr,
        value: &Expr,
        target: &Expr,
        over: impl FnOnce(&mut Self) -> Result<Sugared>,
        at: Span,
        annotated: Option<&Type>,
    ) -> Result<Value> {
        let dict = self.bare_value("prim::DictConstruct", &[], Type::dict(Type::Str, Type::Tensor));
        let mut hint = self.narrow(span, "Dict", annotated, |t| matches!(t, Type::Dict(..)))?;
        if let (Some(t), true) = (&hint.ty, hint.candidates.is_empty()) {
            self.graph.value_mut(dict).ty = t.clone();
        }
        let mut key_type: Option<Type> = None;
        let mut value_type: Option<Type> = None;
        self.comprehension(span, target, over, at, &mut |em| {
            let k = em.emit_expr(key, None)?;
            let v = em.emit_expr(value, None)?;
            let (kt, vt) = (em.ty(k).clone(), em.ty(v).clone());
            if matches!(kt, Type::Union(_)) || key_type.as_ref().is_some_and(|t| *t != kt) {
                return fail(
                    Code::Type,
                    key.span,
                    format!("Dicts may only contain homogeneous keys, but a generated key is {}", kt.annotation()),
                );
            }
            key_type = Some(kt.clone());
            let before = value_type.clone().unwrap_or_else(|| vt.clone());
            let Some(unified) = em.unify_all(vec![before, vt.clone()], true) else { return Err(reported()) };
            value_type = Some(unified.clone());
            if !hint.candidates.is_empty() {
                em.choose_dict(span, &mut hint, &kt, &unified, annotated)?;
            }
            let ty = match &hint.ty {
                Some(t) => t.clone(),
                None => Type::dict(kt.clone(), unified),
            };
            if let Type::Dict(want_key, want_value) = &ty
                && (!em.is_subtype(&kt, want_key) || !em.is_subtype(&vt, want_value))
            {
                return fail(
                    Code::Type,
                    span,
                    format!(
                        "Dict type annotation `{}` did not match the generated key and value types {} and {}",
                        ty.annotation(),
                        kt.annotation(),
                        vt.annotation()
                    ),
                );
            }
            em.graph.value_mut(dict).ty = ty;
            em.op(span, "aten::_set_item", &[dict, k, v]).map(drop)
        })?;
        Ok(match annotated {
            Some(t) if is_union(Some(t)) => self.unchecked_cast(dict, t.clone(), span),
            _ => dict,
        })
    }

    /// `list(x)`
    pub(super) fn emit_list_call(
        &mut self,
        span: Span,
        args: &[Expr],
        has_keywords: bool,
        annotated: Option<&Type>,
    ) -> Result<Value> {
        self.check_inputs(span, "list", args, has_keywords, 0..=1)?;
        let [arg] = args else {
            let hint = self.narrow(span, "List", annotated, |t| matches!(t, Type::List(_)))?;
            return Ok(self.list(hint.elem().unwrap_or(Type::Tensor), &[], span));
        };
        let over = self.emit_sugared(arg, 1, None)?;
        if let Sugared::Value(v) = over
            && matches!(self.ty(v), Type::List(_) | Type::Str)
        {
            return self.op(span, "aten::list", &[v]);
        }
        let (iter, elem) = (self.temp_name("$_iter"), self.temp_name("$_elem"));
        self.set_sugared(span, &iter, over, None)?;
        let name = Expr { span, kind: ExprKind::Name(elem.as_str().into()) };
        self.emit_list_comp(span, &name, &name, |em| em.lookup(&iter, span), arg.span, annotated)
    }

    /// `dict(x, a=1)`
    pub(super) fn emit_dict_call(
        &mut self,
        span: Span,
        args: &[Expr],
        keywords: &[crate::syntax::Keyword],
        annotated: Option<&Type>,
    ) -> Result<Value> {
        self.check_inputs(span, "dict", args, false, 0..=1)?;
        let hint = self.narrow(span, "Dict", annotated, |t| matches!(t, Type::Dict(..)))?;
        if !hint.candidates.is_empty() {
            return Err(Box::new(
                Diagnostic::new(
                    Code::Type,
                    span,
                    format!(
                        "There are multiple candidate Dict types in the Union type annotation `{}`",
                        annotated.map_or(String::new(), Type::annotation)
                    ),
                )
                .help("full type inference is not supported for the `dict()` constructor"),
            ));
        }
        let ty = hint.ty.as_ref();
        let pair = |k: &crate::syntax::Keyword| {
            let name = k.name.clone().unwrap_or_else(|| "".into());
            let key = Expr { span: k.span, kind: ExprKind::Constant(crate::syntax::Constant::Str(name)) };
            (Some(key), k.value.clone())
        };
        if let Some(k) = keywords.iter().find(|k| k.name.is_none()) {
            return unsupported(
                k.span,
                "keyword-arg expansion is not supported",
                "copy the dict and update it: d = dict(a); d.update(b)",
            );
        }
        let cast = |em: &mut Self, v: Value| match annotated {
            Some(t) if is_union(Some(t)) => em.unchecked_cast(v, t.clone(), span),
            _ => v,
        };
        let Some(arg) = args.first() else {
            let items: Vec<_> = keywords.iter().map(pair).collect();
            let v = self.emit_dict(span, &items, ty)?;
            return Ok(cast(self, v));
        };
        let over = match &arg.kind {
            ExprKind::List(items) if items.is_empty() => Sugared::Value(self.emit_dict(span, &[], ty)?),
            ExprKind::Dict(_) | ExprKind::DictComp { .. } => self.emit_sugared(arg, 1, ty)?,
            _ => self.emit_sugared(arg, 1, None)?,
        };
        let dict = match over {
            Sugared::Value(v) if matches!(self.ty(v), Type::Dict(..)) => self.op(span, "aten::dict", &[v])?,
            over => {
                let (iter, key, value) = (self.temp_name("$_iter"), self.temp_name("$_key"), self.temp_name("$_value"));
                self.set_sugared(span, &iter, over, None)?;
                let name = |n: &str| Expr { span, kind: ExprKind::Name(n.into()) };
                let (key, value) = (name(&key), name(&value));
                let target = Expr { span, kind: ExprKind::Tuple(vec![key.clone(), value.clone()]) };
                self.emit_dict_comp(span, &key, &value, &target, |em| em.lookup(&iter, span), arg.span, ty)?
            }
        };
        for k in keywords {
            let (key, value) = pair(k);
            let key = match key {
                Some(key) => self.emit_expr(&key, None)?,
                None => return Err(reported()),
            };
            let value = self.emit_expr(&value, None)?;
            self.op(k.span, "aten::_set_item", &[dict, key, value])?;
        }
        Ok(cast(self, dict))
    }
}

fn alternatives(types: &[Type]) -> String {
    let names: Vec<String> = types.iter().map(Type::annotation).collect();
    match &names[..] {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.join(""),
    }
}
