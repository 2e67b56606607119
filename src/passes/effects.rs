//! What a node does besides making its outputs.

use crate::graph::{Graph, Node, Program};

/// The node does something that a run must not lose: prints, raises, calls what may do either. Writes to storage are the business
/// of [`crate::graph::AliasDb`].
pub fn has_side_effects(graph: &Graph, n: Node) -> bool {
    matches!(
        graph.node(n).op.as_str(),
        "prim::Print"
            | "tsaot::argv"
            | "prim::RaiseException"
            | "prim::CallFunction"
            | "prim::CallMethod"
            | "prim::Enter"
            | "prim::Exit"
            | "prim::PythonOp"
            | "prim::IgnoredPythonOp"
            | "aten::warn"
            | "aten::save"
            | "aten::manual_seed"
            | "aten::set_grad_enabled"
            | "prim::AddStatValue"
            | "aten::wait"
    )
}

/// Two such nodes may differ although their inputs do not: the node draws random numbers (`dropout` and its like only when training), or
/// reads a clock or a mode.
pub fn is_random(graph: &Graph, n: Node, program: &Program) -> bool {
    let node = graph.node(n);
    let Some((_, name)) = node.op.split_once("::") else { return false };
    match name {
        "is_grad_enabled" | "TimePoint" => true,
        "bernoulli" | "bernoulli_" | "multinomial" | "normal" | "normal_" | "poisson" | "binomial" | "rand" | "rand_like"
        | "randn" | "randn_like" | "randint" | "randint_like" | "randperm" | "uniform_" | "random_" | "exponential_"
        | "geometric_" | "cauchy_" | "log_normal_" | "_standard_gamma" | "_sample_dirichlet" => true,
        "dropout"
        | "dropout_"
        | "feature_dropout"
        | "alpha_dropout"
        | "feature_alpha_dropout"
        | "native_dropout"
        | "rrelu"
        | "rrelu_"
        | "rrelu_with_noise"
        | "_fused_dropout"
        | "scaled_dot_product_attention"
        | "lstm"
        | "gru"
        | "rnn_tanh"
        | "rnn_relu" => {
            let training = crate::graph::schema::operator_of(graph, n, program)
                .and_then(|op| op.schema.param("train").or_else(|| op.schema.param("training")));
            match training {
                Some(i) => graph.const_bool(node.inputs[i]) != Some(false),
                None => name != "lstm" && name != "gru" && !name.starts_with("rnn"),
            }
        }
        _ => false,
    }
}

/// The node raises for some inputs: it may not run where it did not run before.
pub fn may_raise(graph: &Graph, n: Node) -> bool {
    let node = graph.node(n);
    let Some((space, name)) = node.op.split_once("::") else { return true };
    let scalar = |v: &crate::graph::Value| {
        use crate::types::Type;
        matches!(graph.ty(*v), Type::Int | Type::Float | Type::Bool | Type::None)
    };
    match (space, name) {
        // `unchecked_cast` is not among these: it belongs behind the test that makes it true.
        ("prim", "Constant" | "TupleConstruct" | "ListConstruct" | "TupleUnpack" | "GetAttr" | "isinstance") => false,
        ("prim", "dtype" | "device" | "requires_grad" | "min" | "max") => {
            !node.inputs.iter().all(scalar) && name.starts_with('m')
        }
        ("aten", "add" | "sub" | "mul" | "neg" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "__and__" | "__or__" | "__not__")
        | ("aten", "__is__" | "__isnot__" | "Float" | "Bool" | "abs" | "__range_length" | "__derive_index") => {
            name == "__range_length" || !node.inputs.iter().all(|v| scalar(v) || name.starts_with("__is"))
        }
        ("aten", "len") => node.inputs.first().is_none_or(|v| *graph.ty(*v) == crate::types::Type::Tensor),
        ("aten", "dim" | "numel" | "is_floating_point" | "is_cuda") => false,
        _ => true,
    }
}
