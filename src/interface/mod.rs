//! What a library exports, as C sees it: the one description that the header, the bindings and the wrappers' code are made from.

pub mod ctype;

use self::ctype::{Naming, Passing, Returning, Struct, Uncrossable, Way, passing, returning};
use crate::diag::{Code, Diagnostic, SourceMap, Span};
use crate::graph::{ClassId, Const, Export, FunctionId, ObjectId, Program};
use crate::passes::pipeline;
use crate::types::{ClassRef, EnumRef, Type};
use sha2::{Digest, Sha256};

/// A parameter of a C function.
#[derive(Clone, Debug)]
pub struct CParam {
    /// As in Python, unless that is a word of C.
    pub name: String,
    pub python_name: String,
    pub ty: Type,
    pub passing: Passing,
    /// Python callers name it.
    pub kw_only: bool,
    /// The length of the list that a single number fills.
    pub broadcast: Option<u32>,
}

/// What a C function does when called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Calls a compiled function with the parameters.
    Call(FunctionId),
    /// Makes an instance of a module from its live object.
    NewModule(ObjectId),
    /// Makes an instance of a script class and runs its `__init__`.
    Construct(ClassId, Option<FunctionId>),
    /// Makes an instance of a script class with the parameters as its attributes; no `__init__` runs.
    FromAttributes(ClassId),
    /// Gives an instance back; returns nothing.
    Free,
    /// Makes an instance that is as another one is now.
    Clone,
    /// Reads the attribute in a slot of an instance.
    Get(usize),
}

/// One exported C function. Its result, if any, leaves through a last parameter; it returns a status (except [`Body::Free`]).
#[derive(Clone, Debug)]
pub struct CFunction {
    pub symbol: String,
    /// The name that Python code uses (`forward`).
    pub python_name: String,
    /// `self` of methods: the C type of the instance.
    pub receiver: Option<String>,
    pub params: Vec<CParam>,
    pub result: Type,
    pub returning: Returning,
    pub body: Body,
    /// It leaves the instance as it is, so that several threads may call it at once.
    pub is_pure: bool,
    /// Lines of the comment above: the Python signature and where it is.
    pub comment: Vec<String>,
    /// The parameters' default values; C callers pass all, the Python binding fills in.
    pub defaults: Vec<Option<Default>>,
}

impl CFunction {
    /// It calls a function of the program and hands out the result.
    pub fn is_call(&self) -> bool {
        matches!(self.body, Body::Call(_)) && self.returning != Returning::Into
    }
}

/// The value of a parameter that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// Python text.
    Literal(String),
    /// An element type by name, sizes, and the elements' bytes.
    Tensor(&'static str, Vec<i64>, Vec<u8>),
}

impl Default {
    /// Tensors beyond this size are left to the caller.
    const MOST_BYTES: usize = 4096;

    fn new(c: &Const) -> Option<Default> {
        let Const::Tensor(t) = c else { return python_literal(c).map(Default::Literal) };
        let t = t.contiguous().ok()?;
        let bytes = t.numel() * t.itemsize();
        if bytes > Default::MOST_BYTES {
            return None;
        }
        // SAFETY: a contiguous tensor's elements lie side by side.
        let bytes = if bytes == 0 { vec![] } else { unsafe { std::slice::from_raw_parts(t.data_ptr(), bytes) }.to_vec() };
        Some(Default::Tensor(t.dtype().python_name(), t.sizes().to_vec(), bytes))
    }

    /// The Python text of a value that has one.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Default::Literal(text) => Some(text),
            Default::Tensor(..) => None,
        }
    }
}

/// A module instance or script class as an opaque type with functions.
#[derive(Clone, Debug)]
pub struct CObject {
    pub name: String,
    /// The name it is exported under, or its class's.
    pub python_name: String,
    pub class: ClassRef,
    /// Exported under a name of its own, or only mentioned by other signatures.
    pub exported: bool,
    pub functions: Vec<CFunction>,
}

/// An enum class: an opaque type, with one constant object per member.
pub struct CEnum {
    pub name: String,
    pub r#enum: EnumRef,
    /// Python name and, where it has one, value as Python text.
    pub members: Vec<(String, Option<String>)>,
}

impl CEnum {
    /// The symbol of a member.
    pub fn symbol(&self, member: &str) -> String {
        format!("{}_{}", self.name, c_name(member).trim_end_matches('_'))
    }
}

/// All that a library exports.
pub struct Interface {
    /// The library's name without `lib` and suffix.
    pub stem: String,
    pub functions: Vec<CFunction>,
    pub objects: Vec<CObject>,
    pub enums: Vec<CEnum>,
    /// Structs in an order that C accepts.
    pub structs: Vec<Struct>,
    pub naming: Naming,
    /// The classes that have the methods of an interface, for those that the exports mention.
    implementers: Vec<(ClassRef, Vec<ClassRef>)>,
}

/// Words that cannot name a parameter in C or C++.
const RESERVED: &[&str] = &[
    "alignas",
    "alignof",
    "and",
    "asm",
    "auto",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "constexpr",
    "continue",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "not",
    "operator",
    "or",
    "private",
    "protected",
    "public",
    "register",
    "restrict",
    "result",
    "return",
    "self",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "template",
    "this",
    "throw",
    "true",
    "try",
    "typedef",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
    "xor",
    "out",
];

/// A Python name as a C one: reserved words get an underscore, letters beyond ASCII their code points.
pub fn c_name(name: &str) -> String {
    let mut s: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_string() } else { format!("_u{:x}_", c as u32) })
        .collect();
    if RESERVED.contains(&s.as_str()) || s.starts_with(|c: char| c.is_ascii_digit()) || s.is_empty() {
        s.push('_');
    }
    s
}

impl Interface {
    /// Describes a program's exports. What cannot cross the C interface is a diagnostic at the function.
    pub fn new(program: &Program, sources: &SourceMap, stem: &str, prefix: &str) -> Result<Interface, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let named = |n: &str| format!("{prefix}{}", c_name(n));
        let classes = program
            .exports
            .iter()
            .filter_map(|e| match e {
                Export::Class { name, class } => Some((program.class(*class).class.id, named(name))),
                Export::Module { name, object, .. } => Some((program.class(program.object(*object).class).class.id, named(name))),
                Export::Function { .. } => None,
            })
            .fold(Vec::new(), |mut all: Vec<(u32, String)>, c| {
                if !all.iter().any(|(id, _)| *id == c.0) {
                    all.push(c);
                }
                all
            });
        let mut this = Interface {
            stem: c_name(stem),
            functions: vec![],
            objects: vec![],
            enums: vec![],
            structs: vec![],
            naming: Naming { stem: c_name(stem), classes },
            implementers: vec![],
        };
        for export in &program.exports {
            match export {
                Export::Function { name, function } => {
                    let f = this.function(program, sources, &named(name), name, *function, None, Body::Call(*function));
                    match f {
                        Ok(f) => this.functions.push(f),
                        Err(d) => problems.push(d),
                    }
                }
                Export::Module { name, object, methods } => {
                    let class = program.class(program.object(*object).class).class.clone();
                    let (python_name, name) = (name.clone(), named(name));
                    let mut o = CObject { name: name.clone(), python_name, class, exported: true, functions: vec![] };
                    o.functions.push(lifetime(&name, "new", Body::NewModule(*object)));
                    o.functions.push(lifetime(&name, "clone", Body::Clone));
                    o.functions.push(lifetime(&name, "free", Body::Free));
                    this.methods(program, sources, &mut o, methods.iter().copied(), &mut problems);
                    this.getters(program, program.object(*object).class, &mut o);
                    this.objects.push(o);
                }
                Export::Class { name, class } => {
                    let c = program.class(*class);
                    let (python_name, name) = (name.clone(), named(name));
                    let mut o =
                        CObject { name: name.clone(), python_name, class: c.class.clone(), exported: true, functions: vec![] };
                    match c.method("__init__") {
                        Some(init) => {
                            let symbol = format!("{name}_new");
                            match this.function(
                                program,
                                sources,
                                &symbol,
                                "__init__",
                                init,
                                None,
                                Body::Construct(*class, Some(init)),
                            ) {
                                Ok(mut f) => {
                                    f.result = Type::Class(c.class.clone());
                                    f.returning = Returning::Inline;
                                    o.functions.push(f);
                                }
                                Err(d) => problems.push(d),
                            }
                        }
                        None => o.functions.push(lifetime(&name, "new", Body::Construct(*class, None))),
                    }
                    o.functions.extend(this.from_attributes(program, *class, &name));
                    o.functions.push(lifetime(&name, "free", Body::Free));
                    let methods = c.methods.iter().filter(|(n, _)| n != "__init__").map(|(_, f)| *f);
                    this.methods(program, sources, &mut o, methods, &mut problems);
                    this.getters(program, *class, &mut o);
                    this.objects.push(o);
                }
            }
        }
        this.add_into();
        this.add_mentioned(program);
        if problems.is_empty() { Ok(this) } else { Err(problems) }
    }

    fn methods(
        &mut self,
        program: &Program,
        sources: &SourceMap,
        object: &mut CObject,
        methods: impl Iterator<Item = FunctionId>,
        problems: &mut Vec<Diagnostic>,
    ) {
        for id in methods {
            let python_name = program.function(id).name.rsplit('.').next().unwrap_or("").to_owned();
            let plain = python_name.strip_prefix("__").and_then(|n| n.strip_suffix("__")).unwrap_or(&python_name);
            let mut symbol = format!("{}_{}", object.name, c_name(plain).trim_end_matches('_'));
            while object.functions.iter().any(|f| f.symbol == symbol) {
                symbol.push('_');
            }
            match self.function(program, sources, &symbol, &python_name, id, Some(object.name.clone()), Body::Call(id)) {
                Ok(f) => object.functions.push(f),
                Err(d) => problems.push(d),
            }
        }
    }

    /// The maker of instances with given attributes, if all of them can cross the interface.
    fn from_attributes(&mut self, program: &Program, class: ClassId, name: &str) -> Option<CFunction> {
        let c = program.class(class);
        if c.class.is_module || c.class.is_interface {
            return None;
        }
        let mut structs = self.structs.clone();
        let mut params: Vec<CParam> = vec![];
        for a in &c.attributes {
            self.naming.structs(&a.ty, Way::In, &mut structs).and(self.naming.c_type(&a.ty, Way::In)).ok()?;
            ctype::descriptor(&a.ty).ok()?;
            let mut name = c_name(&a.name);
            while params.iter().any(|q| q.name == name) {
                name.push('_');
            }
            let (passing, python_name) = (passing(&a.ty), a.name.clone());
            params.push(CParam { name, python_name, ty: a.ty.clone(), passing, kw_only: false, broadcast: None });
        }
        self.structs = structs;
        Some(CFunction {
            symbol: format!("{name}_from_attributes"),
            defaults: vec![None; params.len()],
            params,
            comment: vec!["Makes an instance with these attributes, without running __init__; `free` gives it back.".to_owned()],
            ..lifetime(name, "from_attributes", Body::FromAttributes(class))
        })
    }

    /// The classes that have the methods of the interface.
    pub fn implementers(&self, interface: &ClassRef) -> impl Iterator<Item = &ClassRef> {
        self.implementers.iter().filter(move |(i, _)| i == interface).flat_map(|(_, classes)| classes)
    }

    /// A function for every attribute that can cross the interface and whose name is not private.
    fn getters(&mut self, program: &Program, class: ClassId, object: &mut CObject) {
        for (slot, a) in program.class(class).attributes.iter().enumerate() {
            let is_module = matches!(&a.ty, Type::Class(c) if c.is_module);
            if a.name.starts_with(|c: char| c == '_' || c.is_ascii_digit()) || is_module {
                continue;
            }
            let crosses = self.naming.structs(&a.ty, Way::Out, &mut self.structs).and(self.naming.c_type(&a.ty, Way::Out));
            let symbol = format!("{}_get_{}", object.name, c_name(&a.name).trim_end_matches('_'));
            if crosses.is_err() || ctype::descriptor(&a.ty).is_err() || object.functions.iter().any(|f| f.symbol == symbol) {
                continue;
            }
            object.functions.push(CFunction {
                symbol,
                python_name: a.name.clone(),
                receiver: Some(object.name.clone()),
                params: vec![],
                returning: returning(&a.ty),
                result: a.ty.clone(),
                body: Body::Get(slot),
                is_pure: true,
                comment: vec![format!("{}: {}", a.name, a.ty.annotation())],
                defaults: vec![],
            });
        }
    }

    /// For every function that returns a tensor, one that writes into the caller's.
    fn add_into(&mut self) {
        let into = |fs: &mut Vec<CFunction>| {
            let mut more = vec![];
            for f in fs
                .iter()
                .filter(|f| matches!(f.body, Body::Call(_)) && f.returning == Returning::Tensor && f.result == Type::Tensor)
            {
                let symbol = format!("{}_into", f.symbol);
                if !fs.iter().any(|g| g.symbol == symbol) {
                    let comment = format!(
                        "The same; the result is written into the caller's tensor `result`, which has its shape and type."
                    );
                    more.push(CFunction { symbol, returning: Returning::Into, comment: vec![comment], ..f.clone() });
                }
            }
            fs.extend(more);
        };
        into(&mut self.functions);
        self.objects.iter_mut().for_each(|o| into(&mut o.functions));
    }

    #[allow(clippy::too_many_arguments)]
    fn function(
        &mut self,
        program: &Program,
        sources: &SourceMap,
        symbol: &str,
        python_name: &str,
        id: FunctionId,
        receiver: Option<String>,
        body: Body,
    ) -> Result<CFunction, Diagnostic> {
        let f = program.function(id);
        let skip_self = receiver.is_some() || matches!(body, Body::Construct(..));
        let refuse = |span: Option<Span>, what: &str, e: Uncrossable| {
            Diagnostic::new(Code::Unsupported, span, format!("{what} of the exported function `{python_name}`: {}", e.0))
                .help("export a function that takes and returns tensors, numbers, strings, lists, dicts, tuples, optionals or class instances")
        };
        let mut params: Vec<CParam> = Vec::new();
        let mut defaults = Vec::new();
        for p in f.signature.params.iter().skip(skip_self as usize) {
            self.naming
                .structs(&p.ty, Way::In, &mut self.structs)
                .map_err(|e| refuse(f.span, &format!("parameter `{}`", p.name), e))?;
            self.naming.c_type(&p.ty, Way::In).map_err(|e| refuse(f.span, &format!("parameter `{}`", p.name), e))?;
            let mut name = c_name(&p.name);
            while params.iter().any(|q| q.name == name) {
                name.push('_');
            }
            let (passing, python_name) = (passing(&p.ty), p.name.clone());
            params.push(CParam { name, python_name, ty: p.ty.clone(), passing, kw_only: p.kw_only, broadcast: p.broadcast });
            defaults.push(p.default.as_ref().and_then(Default::new));
        }
        let result = f.signature.returns.first().cloned().unwrap_or(Type::None);
        self.naming.structs(&result, Way::Out, &mut self.structs).map_err(|e| refuse(f.span, "the result", e))?;
        self.naming.c_type(&result, Way::Out).map_err(|e| refuse(f.span, "the result", e))?;
        let shown: Vec<String> = f
            .signature
            .params
            .iter()
            .map(|p| match (&p.default, p.name.as_str()) {
                (_, "self") => "self".to_owned(),
                (Some(d), _) => format!("{}: {} = {}", p.name, p.ty.annotation(), python_literal(d).unwrap_or("...".into())),
                (None, _) => format!("{}: {}", p.name, p.ty.annotation()),
            })
            .collect();
        let place = f.span.map(|s| sources.origin(s)).and_then(|s| {
            let file = sources.get(s.file)?;
            let name = file.path.file_name()?.to_string_lossy().into_owned();
            Some(format!("  {name}:{}", file.line_col(s.lo).line))
        });
        let comment =
            vec![format!("def {python_name}({}) -> {}{}", shown.join(", "), result.annotation(), place.unwrap_or_default())];
        Ok(CFunction {
            symbol: symbol.to_owned(),
            python_name: python_name.to_owned(),
            receiver,
            params,
            returning: returning(&result),
            result,
            is_pure: body == Body::Call(id) && receiver_is_kept(program, id),
            body,
            comment,
            defaults,
        })
    }

    /// Opaque types and `free` for classes that only signatures mention.
    fn add_mentioned(&mut self, program: &Program) {
        fn collect(t: &Type, program: &Program, classes: &mut Vec<ClassRef>, enums: &mut Vec<EnumRef>) {
            match t {
                Type::Class(c) => classes.push(c.clone()),
                Type::Enum(e) => enums.push(e.clone()),
                // A member of any of them may come in, or out.
                Type::Any => enums.extend(program.enums.iter().map(|e| e.r#enum.clone())),
                _ => {}
            }
            t.contained().into_iter().for_each(|t| collect(t, program, classes, enums));
        }
        let (mut seen, mut enums) = (Vec::new(), Vec::new());
        for f in self.functions.iter().chain(self.objects.iter().flat_map(|o| &o.functions)) {
            f.params.iter().for_each(|p| collect(&p.ty, program, &mut seen, &mut enums));
            collect(&f.result, program, &mut seen, &mut enums);
        }
        while let Some(class) = seen.pop() {
            if class.is_interface && !self.implementers.iter().any(|(i, _)| *i == class) {
                let interface = Type::Class(class.clone());
                let all =
                    program.classes.iter().map(|c| &c.class).filter(|c| !c.is_interface && (c.is_module || !class.is_module));
                let all: Vec<ClassRef> =
                    all.filter(|c| Type::Class((*c).clone()).is_subtype_of(&interface, program)).cloned().collect();
                seen.extend(all.iter().cloned());
                self.implementers.push((class.clone(), all));
            }
            if self.objects.iter().any(|o| o.class == class) {
                continue;
            }
            let name = self.naming.class(&class);
            let id = ClassId(class.id);
            let functions = vec![lifetime(&name, "free", Body::Free)];
            let python_name = ctype::short_name(&class.name).to_owned();
            let mut o = CObject { name: name.clone(), python_name, class, exported: false, functions };
            if (id.0 as usize) < program.classes.len() {
                self.getters(program, id, &mut o);
                o.functions.extend(self.from_attributes(program, id, &name));
            }
            for f in &o.functions {
                f.params.iter().map(|p| &p.ty).chain([&f.result]).for_each(|t| collect(t, program, &mut seen, &mut enums));
            }
            self.objects.push(o);
        }
        for e in enums {
            if self.enums.iter().any(|known| known.r#enum == e) {
                continue;
            }
            let members = &program.enums[e.id as usize].members;
            let members = members.iter().map(|(n, c)| (n.clone(), python_literal(c))).collect();
            self.enums.push(CEnum { name: self.naming.enumeration(&e), r#enum: e, members });
        }
    }

    /// Full names of the functions and modules' methods that callers find by name, in the order of an artifact's table.
    pub fn table_names(&self) -> Vec<String> {
        self.table()
            .map(|(export, f, _)| match &f.receiver {
                Some(_) => format!("{export}.{}", f.python_name),
                None => export.to_owned(),
            })
            .collect()
    }

    /// Functions and modules' methods with the names they are exported under, and the module's object.
    pub fn table(&self) -> impl Iterator<Item = (&str, &CFunction, Option<ObjectId>)> {
        let functions = self.functions.iter().filter(|f| f.is_call()).map(|f| (f.python_name.as_str(), f, None));
        let methods = self.objects.iter().flat_map(|o| {
            let object = o.functions.iter().find_map(|f| if let Body::NewModule(id) = f.body { Some(id) } else { None });
            let calls = o.functions.iter().filter(move |f| object.is_some() && f.is_call());
            calls.map(move |f| (o.python_name.as_str(), f, object))
        });
        functions.chain(methods)
    }

    /// Every function, objects' included.
    pub fn all_functions(&self) -> impl Iterator<Item = &CFunction> {
        self.functions.iter().chain(self.objects.iter().flat_map(|o| &o.functions))
    }

    /// A short hash of names and types; header and library of one build carry the same.
    pub fn schema_hash(&self) -> String {
        let mut h = Sha256::new();
        for f in self.all_functions() {
            let params: Vec<String> = f.params.iter().map(|p| p.ty.annotation()).collect();
            h.update(format!("{}({:?} {}) -> {}\n", f.symbol, f.receiver, params.join(","), f.result.annotation()));
        }
        for e in &self.enums {
            h.update(&e.name);
            e.members.iter().for_each(|(m, _)| h.update(m));
        }
        for s in &self.structs {
            h.update(format!("{}", s.name));
            s.members.iter().for_each(|m| h.update(format!(" {} {}", m.c_type, m.name)));
        }
        h.finalize()[..6].iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The data symbol whose name carries the hash.
    pub fn schema_symbol(&self) -> String {
        format!("{}_schema_{}", self.stem, self.schema_hash())
    }

    /// Symbols that stay visible.
    pub fn exported_symbols(&self) -> Vec<String> {
        let mut all: Vec<String> = self.all_functions().map(|f| f.symbol.clone()).collect();
        all.extend(self.enums.iter().flat_map(|e| e.members.iter().map(|(m, _)| e.symbol(m))));
        all.extend([
            "ts_last_error".into(),
            "ts_release".into(),
            "ts_error_slot".into(),
            "ts_print_to".into(),
            "ts_print_text".into(),
            "ts_dlpack_share".into(),
            "ts_dlpack_share_legacy".into(),
            self.schema_symbol(),
        ]);
        all
    }
}

/// A call of the function leaves its instance as it is.
fn receiver_is_kept(program: &Program, id: FunctionId) -> bool {
    let f = program.function(id);
    f.class.is_some() && pipeline::has_body(f) && crate::passes::purity::of(f, program).leaves_instance()
}

fn lifetime(object: &str, verb: &str, body: Body) -> CFunction {
    let (free, clone) = (body == Body::Free, body == Body::Clone);
    CFunction {
        symbol: format!("{object}_{verb}"),
        python_name: verb.to_owned(),
        receiver: (free || clone).then(|| object.to_owned()),
        params: vec![],
        result: Type::None,
        returning: if free { Returning::Nothing } else { Returning::Inline },
        body,
        is_pure: clone,
        comment: vec![
            match (free, clone) {
                (true, _) => "Gives the instance back; NULL is allowed.",
                (_, true) => "Makes an instance that is as this one is now; `free` gives it back.",
                _ => "Makes an instance; `free` gives it back.",
            }
            .to_owned(),
        ],
        defaults: vec![],
    }
}

/// A default value as Python text; `None` for those that have no literal.
fn python_literal(c: &Const) -> Option<String> {
    Some(match c {
        Const::None => "None".into(),
        Const::Bool(b) => if *b { "True" } else { "False" }.into(),
        Const::Int(i) => i.to_string(),
        Const::Float(f) if f.is_finite() => format!("{f:?}"),
        Const::Float(f) => format!("float(\"{f}\")"),
        Const::Str(s) => format!("{s:?}"),
        Const::List(items, _) => format!("[{}]", items.iter().map(python_literal).collect::<Option<Vec<_>>>()?.join(", ")),
        Const::Tuple(items, _) => {
            let items = items.iter().map(python_literal).collect::<Option<Vec<_>>>()?;
            if items.len() == 1 { format!("({},)", items[0]) } else { format!("({})", items.join(", ")) }
        }
        _ => return None,
    })
}
