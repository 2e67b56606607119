"""torch.sparse: functions over sparse tensors, which compiled programs cannot hold yet. Calls name the operator that is missing."""

import _torch

mm = _torch.operator("_sparse_mm")
sum = _torch.operator("_sparse_sum")
softmax = _torch.operator("_sparse_softmax")
log_softmax = _torch.operator("_sparse_log_softmax")
addmm = _torch.operator("_sparse_addmm")
sampled_addmm = _torch.operator("sparse_sampled_addmm")
