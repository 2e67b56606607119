"""Names that annotations use."""

from torch.jit import Future, _overload, _overload_method, export, ignore, is_scripting, unused
from torch._awaits import _Await
from typing import Final


class _Broadcasting:
    """`BroadcastingList2[int]` is a list; one number stands for two."""

    def __class_getitem__(cls, item):
        from typing import List

        return List[item]


BroadcastingList1 = BroadcastingList2 = BroadcastingList3 = BroadcastingList4 = BroadcastingList5 = BroadcastingList6 = _Broadcasting


def boolean_dispatch(arg_name, arg_index, default, if_true, if_false, module_name=None, func_name=None):
    def fn(*args, **kwargs):
        flag = kwargs.get(arg_name, args[arg_index] if arg_index < len(args) else default)
        return (if_true if flag else if_false)(*args, **kwargs)

    fn._boolean_dispatch = {"if_true": if_true, "if_false": if_false, "index": arg_index, "default": default, "arg_name": arg_name}
    return fn
