# Attention and encoder layers as one operator each. Masks are true where nothing is attended to.


def _masked_softmax(scores: Tensor, mask: Optional[Tensor], mask_type: Optional[int]) -> Tensor:
    if mask is None:
        return torch.softmax(scores, -1)
    if mask_type is None:
        raise RuntimeError("Mask Type should be defined")
    hidden = mask.to(torch.bool)
    if mask_type == 1:
        # One row per batch: what is padding.
        hidden = hidden.reshape([hidden.size(0), 1, 1, hidden.size(1)])
    return torch.softmax(scores.masked_fill(hidden, -math.inf), -1)


def _heads(x: Tensor, heads: int) -> Tensor:
    return x.reshape([x.size(0), x.size(1), heads, x.size(2) // heads]).transpose(1, 2)


def _attend(query: Tensor, key: Tensor, value: Tensor, heads: int, weight: Tensor, bias: Tensor, mask: Optional[Tensor], mask_type: Optional[int]) -> Tuple[Tensor, Tensor]:
    if query.dim() != 3:
        raise RuntimeError("expected 3-D `query`, got {}-D tensor".format(query.dim()))
    d = query.size(2)
    if heads <= 0 or d % heads != 0:
        raise RuntimeError("`embed_dim` must divide evenly by `num_heads`")
    q = _heads(torch.linear(query, weight[:d], bias[:d]), heads)
    k = _heads(torch.linear(key, weight[d:2 * d], bias[d:2 * d]), heads)
    v = _heads(torch.linear(value, weight[2 * d:], bias[2 * d:]), heads)
    scores = torch.matmul(q / math.sqrt(d // heads), k.transpose(2, 3))
    weights = _masked_softmax(scores, mask, mask_type)
    return torch.matmul(weights, v).transpose(1, 2).reshape(query.size()), weights


def native_multi_head_attention(query, key, value, embed_dim, num_head, qkv_weight, qkv_bias, proj_weight, proj_bias, mask, need_weights, average_attn_weights, mask_type):
    context, weights = _attend(query, key, value, num_head, qkv_weight, qkv_bias, mask, mask_type)
    result = torch.linear(context, proj_weight, proj_bias)
    if not need_weights:
        return result, torch.empty([0], dtype=result.dtype)
    if average_attn_weights:
        weights = weights.sum(1) / num_head
    return result, weights


def transformer_encoder_layer_fwd(src, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, use_gelu, norm_first, eps, norm_weight_1, norm_bias_1, norm_weight_2, norm_bias_2, ffn_weight_1, ffn_bias_1, ffn_weight_2, ffn_bias_2, mask, mask_type):
    x = src
    if norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    context, _ = _attend(x, x, x, num_heads, qkv_weight, qkv_bias, mask, mask_type)
    x = torch.linear(context, proj_weight, proj_bias) + src
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    before = x
    if norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
    x = torch.linear(x, ffn_weight_1, ffn_bias_1)
    x = torch.gelu(x) if use_gelu else torch.relu(x)
    x = torch.linear(x, ffn_weight_2, ffn_bias_2) + before
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
    return x


def nested_tensor_from_mask(t, mask, mask_check):
    # Always true: what follows gives the function its result's type.
    if t.dim() >= 0:
        raise NotImplementedError("nested tensors are not supported: make the encoder with enable_nested_tensor=False")
    return t


def nested_tensor_from_mask_left_aligned(t, mask):
    # Each row is true up to some place.
    return bool((mask.to(torch.int64).diff(1, 1) <= 0).all())
