//! Strings: calls of the runtime that take and give pointers.

use super::asm::T;
use super::func::Func;
use crate::diag::Result;
use crate::graph::{Node, Value};
use crate::types::Type;
use inkwell::IntPredicate;
use tsrt::str::STR_LEN_OFFSET;

impl<'c> Func<'_, '_, 'c> {
    /// Writes a node on strings; false when it is none of ours.
    pub fn text(&mut self, n: Node) -> Result<bool> {
        let data = self.g.node(n);
        let (&[out], Some(op)) = (&data.outputs[..], data.op.strip_prefix("aten::")) else { return Ok(false) };
        let inputs: Vec<(Value, &Type)> = data.inputs.iter().map(|v| (*v, self.ty(*v))).collect();
        match (op, &inputs[..]) {
            ("len", &[(s, Type::Str)]) => {
                let s = self.object(s)?;
                let len = self.a().load_int(s, STR_LEN_OFFSET as u64)?;
                self.set(out, len, &Type::Int)?;
            }
            ("add", &[(x, Type::Str), (y, Type::Str)]) => {
                let (x, y) = (self.object(x)?, self.object(y)?);
                let a = self.a();
                let sum = a.call_value(a.helper("ts_str_concat", &[T::Ptr, T::Ptr], Some(T::Ptr)), &[x.into(), y.into()])?;
                self.set_owned(out, vec![sum], &Type::Str)?;
            }
            ("eq" | "ne", &[(x, Type::Str), (y, Type::Str)]) => {
                let (x, y) = (self.object(x)?, self.object(y)?);
                let a = self.a();
                let f = a.helper("ts_str_eq", &[T::Ptr, T::Ptr], Some(T::I1));
                let same = a.call_value(f, &[x.into(), y.into()])?.into_int_value();
                let r = if op == "eq" { same } else { a.not(same)? };
                self.set(out, r, &Type::Bool)?;
            }
            ("lt" | "le" | "gt" | "ge", &[(x, Type::Str), (y, Type::Str)]) => {
                let (x, y) = (self.object(x)?, self.object(y)?);
                let a = self.a();
                let f = a.helper("ts_str_cmp", &[T::Ptr, T::Ptr], Some(T::I32));
                let order = a.call_value(f, &[x.into(), y.into()])?.into_int_value();
                let p = match op {
                    "lt" => IntPredicate::SLT,
                    "le" => IntPredicate::SLE,
                    "gt" => IntPredicate::SGT,
                    _ => IntPredicate::SGE,
                };
                let r = a.icmp(p, order, a.int32(0))?;
                self.set(out, r, &Type::Bool)?;
            }
            ("__getitem__", &[(s, Type::Str), (i, Type::Int)]) => {
                let (s, i) = (self.object(s)?, self.int(i)?);
                let ret = self.scratch(1)?;
                let a = self.a();
                let f = a.helper("ts_str_index", &[T::Ptr, T::I64, T::Ptr], Some(T::I32));
                let status = a.call_value(f, &[s.into(), i.into(), ret.into()])?.into_int_value();
                self.check(status)?;
                let c = self.a().load_ptr(ret, 0)?;
                self.set_owned(out, vec![c.into()], &Type::Str)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
