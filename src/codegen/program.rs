//! Executables: C's `main`, around a program of the source or around the command line of its exports.

use super::asm::{T, V, internal};
use super::module::Emitter;
use crate::diag::Result;
use crate::graph::{Main, ObjectId};
use crate::interface::ctype::descriptor;
use crate::interface::{Body, CFunction, Default, Interface};
use inkwell::module::Linkage;
use inkwell::values::{FunctionValue, PointerValue};

/// The table of what an artifact exports, for those who call it by name.
pub const TABLE: &str = "tsaot_program";

impl<'c> Emitter<'_, 'c> {
    /// The object is the one that holds a program's globals.
    pub fn is_globals(&self, id: ObjectId) -> bool {
        self.program.main.is_some_and(|m| m.globals == Some(id))
    }

    /// The place of the pointer to a program's globals.
    pub fn globals(&self, id: ObjectId) -> PointerValue<'c> {
        let name = format!("globals.{}", id.0);
        let g = self.asm.module.get_global(&name).unwrap_or_else(|| {
            let g = self.asm.module.add_global(self.asm.ptr, None, &name);
            g.set_initializer(&self.asm.null());
            g.set_linkage(Linkage::Internal);
            g
        });
        g.as_pointer_value()
    }

    /// `int main(int argc, char **argv)` that ends with a call of `run(argc, argv, rest…)`.
    fn c_main(&mut self, run: &str, rest: &[V<'c>]) -> Result<()> {
        let a = &self.asm;
        let ty = a.i32.fn_type(&[a.i32.into(), a.ptr.into()], false);
        let f = a.module.add_function("main", ty, Some(Linkage::External));
        a.at(a.cx.append_basic_block(f, ""));
        let kinds: Vec<T> = [T::I32, T::Ptr].into_iter().chain(rest.iter().map(|_| T::Ptr)).collect();
        let mut args = f.get_params();
        args.extend_from_slice(rest);
        let status = a.call_value(a.helper(run, &kinds, Some(T::I32)), &args)?;
        a.b.build_return(Some(&status))?;
        Ok(())
    }

    /// The `main` of a program of the source.
    pub fn program_main(&mut self, main: Main) -> Result<()> {
        let run = address(self.boxed(main.function)?);
        let null = self.asm.null();
        let (prepare, place) = match main.globals {
            Some(o) => (address(self.instance(o)?), self.globals(o)),
            None => (null, null),
        };
        self.c_main("ts_program_main", &[prepare.into(), place.into(), run.into()])
    }

    /// The `main` of a model's command line.
    pub fn command_main(&mut self, interface: &Interface) -> Result<()> {
        let table = self.table(interface)?;
        self.c_main("ts_command_main", &[table.into()])
    }

    /// A `tsrt::command::Program` that lists the exported functions and modules' methods.
    pub fn table(&mut self, interface: &Interface) -> Result<PointerValue<'c>> {
        let mut methods: Vec<V<'c>> = vec![];
        for (export, f, object) in interface.table() {
            let method = if f.receiver.is_some() { f.python_name.as_str() } else { "" };
            methods.push(self.method(f, export, method, object)?);
        }
        let list = self.array(&methods, "methods");
        let count = self.asm.int(methods.len() as i64);
        let init = self.asm.cx.const_struct(&[list.into(), count.into()], false);
        let g = self.asm.module.add_global(init.get_type(), None, TABLE);
        g.set_initializer(&init);
        g.set_constant(true);
        Ok(g.as_pointer_value())
    }

    fn method(&mut self, f: &CFunction, export: &str, method: &str, object: Option<ObjectId>) -> Result<V<'c>> {
        let Body::Call(id) = f.body else { return Err(internal("a method that calls nothing")) };
        let mut params: Vec<V<'c>> = vec![];
        for (p, default) in f.params.iter().zip(&f.defaults) {
            let desc = descriptor(&p.ty).map_err(|u| internal(u.0))?;
            let name = self.span(p.python_name.as_bytes());
            let desc = self.span(&desc);
            let annotation = self.span(p.ty.annotation().as_bytes());
            let default = self.span(default.as_ref().and_then(Default::literal).unwrap_or("").as_bytes());
            params.push(self.asm.cx.const_struct(&[name, desc, annotation, default], false).into());
        }
        let list = self.array(&params, "params");
        let count = self.asm.int(params.len() as i64);
        let entry = address(self.boxed(id)?);
        let make = match object {
            Some(o) => address(self.instance(o)?),
            None => self.asm.null(),
        };
        let signature = signature(f, export, method);
        let texts = [export, method, &signature, ""].map(|t| self.span(t.as_bytes()));
        let fields: Vec<V<'c>> = texts.into_iter().chain([list.into(), count.into(), entry.into(), make.into()]).collect();
        Ok(self.asm.cx.const_struct(&fields, false).into())
    }

    /// A `tsrt::object::Text`.
    fn span(&mut self, bytes: &[u8]) -> V<'c> {
        let a = &self.asm;
        let p = if bytes.is_empty() { a.null() } else { a.constant(&a.cx.const_string(bytes, false), "text") };
        a.cx.const_struct(&[p.into(), a.int(bytes.len() as i64).into()], false).into()
    }

    fn array(&mut self, items: &[V<'c>], name: &str) -> PointerValue<'c> {
        let structs: Vec<_> = items.iter().map(|v| v.into_struct_value()).collect();
        match structs.first() {
            Some(first) => self.asm.constant(&first.get_type().const_array(&structs), name),
            None => self.asm.null(),
        }
    }
}

fn address<'c>(f: FunctionValue<'c>) -> PointerValue<'c> {
    f.as_global_value().as_pointer_value()
}

/// `m.forward(x: Tensor, k: int = 3) -> Tensor`
fn signature(f: &CFunction, export: &str, method: &str) -> String {
    let params: Vec<String> = f
        .params
        .iter()
        .zip(&f.defaults)
        .map(|(p, d)| match d.as_ref().and_then(Default::literal) {
            Some(d) => format!("{}: {} = {d}", p.python_name, p.ty.annotation()),
            None => format!("{}: {}", p.python_name, p.ty.annotation()),
        })
        .collect();
    let dot = if method.is_empty() { "" } else { "." };
    format!("{export}{dot}{method}({}) -> {}", params.join(", "), f.result.annotation())
}
