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
    if src.dim() == 3 and src.size(2) == embed_dim + 1:
        # A nested tensor, see below.
        valid = src[:, :, embed_dim:]
        y = torch._transformer_encoder_layer_fwd(src[:, :, :embed_dim], embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, use_gelu, norm_first, eps, norm_weight_1, norm_bias_1, norm_weight_2, norm_bias_2, ffn_weight_1, ffn_bias_1, ffn_weight_2, ffn_bias_2, valid.squeeze(2) == 0, 1)
        return torch.cat([y, valid], 2)
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


# Encoders make nested tensors of what is not padding, only pass them from layer to layer, and pad them again. Here such a tensor is the
# padded one with one more column, which is 1 where there is no padding.


def nested_tensor_from_mask(t, mask, mask_check):
    if t.dim() != 3 or mask.dim() != 2:
        raise RuntimeError("nested tensors are only made of sequences [batch, length, features] and masks [batch, length]")
    if mask_check and not torch._nested_tensor_from_mask_left_aligned(t, mask):
        raise RuntimeError("Mask must be left-aligned without gaps")
    lengths = mask.to(torch.int64).sum(1, keepdim=True)
    valid = torch.arange(t.size(1)).unsqueeze(0) < lengths
    return torch.cat([t, valid.unsqueeze(2).to(t.dtype)], 2)


def to_padded_tensor(self, padding, output_size):
    if output_size is None or self.dim() != 3 or len(output_size) != 3 or output_size[2] != self.size(2) - 1:
        raise NotImplementedError("nested tensors are only supported between the layers of an encoder")
    d = output_size[2]
    if output_size[0] != self.size(0) or output_size[1] != self.size(1):
        raise NotImplementedError("a nested tensor can only be padded to the size that it was made of")
    return self[:, :, :d].masked_fill(self[:, :, d:] == 0, padding)


def nested_tensor_from_mask_left_aligned(t, mask):
    # Each row is true up to some place.
    return bool((mask.to(torch.int64).diff(1, 1) <= 0).all())
