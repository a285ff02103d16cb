/* linnet/op.h: operations on tensors.
 *
 * An op makes a new value in the innermost region; it records a graph when gradients are on and an argument requires
 * them. Shapes broadcast as in PyTorch. Types do not mix, but in comparisons and with C scalars: lin_to converts.
 * Differentiable ops work in f32 and f64; the others say which types they take. A NULL argument gives NULL and leaves
 * the recorded cause alone. Names, meanings and gradients at kinks and ties are PyTorch's.
 */
#ifndef LINNET_OP_H
#define LINNET_OP_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Arithmetic, element by element, with broadcasting ------------------------------------------
 * f32, f64; add, sub, mul, neg, abs, square, sign, maximum, minimum, clamp and relu also i64 and u8 (wrapping). */
LIN_API lin_tensor *lin_add(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_sub(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_mul(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_div(lin_tensor *a, lin_tensor *b); /* integers: an error, use lin_to */
LIN_API lin_tensor *lin_pow(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_maximum(lin_tensor *a, lin_tensor *b); /* NaN if either is; a tie shares the gradient */
LIN_API lin_tensor *lin_minimum(lin_tensor *a, lin_tensor *b);

/* With a C scalar: the type stays the tensor's. */
LIN_API lin_tensor *lin_add_scalar(lin_tensor *a, double s); /* a + s */
LIN_API lin_tensor *lin_sub_scalar(lin_tensor *a, double s); /* a − s */
LIN_API lin_tensor *lin_mul_scalar(lin_tensor *a, double s); /* a · s */
LIN_API lin_tensor *lin_div_scalar(lin_tensor *a, double s); /* a / s, f32 and f64 */
LIN_API lin_tensor *lin_pow_scalar(lin_tensor *a, double s); /* a ^ s, f32 and f64 */

LIN_API lin_tensor *lin_neg(lin_tensor *a);
LIN_API lin_tensor *lin_abs(lin_tensor *a); /* gradient sign(a), 0 at 0 */
LIN_API lin_tensor *lin_square(lin_tensor *a);
LIN_API lin_tensor *lin_sqrt(lin_tensor *a);
LIN_API lin_tensor *lin_exp(lin_tensor *a);
LIN_API lin_tensor *lin_log(lin_tensor *a);
LIN_API lin_tensor *lin_relu(lin_tensor *a); /* gradient 0 at 0 */
LIN_API lin_tensor *lin_sign(lin_tensor *a); /* gradient 0 */
/* min(max(a, low), high); -INFINITY or INFINITY for no bound; the gradient passes where low ≤ a ≤ high. */
LIN_API lin_tensor *lin_clamp(lin_tensor *a, double low, double high);
/* condition (u8; true where not 0) ? a : b, all three broadcast. */
LIN_API lin_tensor *lin_where(lin_tensor *condition, lin_tensor *a, lin_tensor *b);

/* ---- Comparisons: u8 0 or 1, no graph; types may mix -------------------------------------------- */
LIN_API lin_tensor *lin_eq(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_ne(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_lt(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_le(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_gt(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_ge(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_eq_scalar(lin_tensor *a, double s);
LIN_API lin_tensor *lin_ne_scalar(lin_tensor *a, double s);
LIN_API lin_tensor *lin_lt_scalar(lin_tensor *a, double s);
LIN_API lin_tensor *lin_le_scalar(lin_tensor *a, double s);
LIN_API lin_tensor *lin_gt_scalar(lin_tensor *a, double s);
LIN_API lin_tensor *lin_ge_scalar(lin_tensor *a, double s);

/* ---- In place ------------------------------------------------------------------------------------
 * The first argument is changed and returned; the second broadcasts to it. On a leaf that requires grad only under
 * lin_no_grad. Recording a graph into a tensor of an outer region, or through a view of a tensor that has a graph, is an
 * error. A value changed after it was saved for backward is an error at backward. */
LIN_API lin_tensor *lin_add_(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_sub_(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_mul_(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_div_(lin_tensor *a, lin_tensor *b);
LIN_API lin_tensor *lin_add_scalar_(lin_tensor *a, double s);
LIN_API lin_tensor *lin_sub_scalar_(lin_tensor *a, double s);
LIN_API lin_tensor *lin_mul_scalar_(lin_tensor *a, double s);
LIN_API lin_tensor *lin_div_scalar_(lin_tensor *a, double s);
LIN_API lin_tensor *lin_neg_(lin_tensor *a);
LIN_API lin_tensor *lin_abs_(lin_tensor *a);
LIN_API lin_tensor *lin_square_(lin_tensor *a);
LIN_API lin_tensor *lin_sqrt_(lin_tensor *a);
LIN_API lin_tensor *lin_exp_(lin_tensor *a);
LIN_API lin_tensor *lin_log_(lin_tensor *a);
LIN_API lin_tensor *lin_relu_(lin_tensor *a);
LIN_API lin_tensor *lin_clamp_(lin_tensor *a, double low, double high);
LIN_API lin_tensor *lin_copy_(lin_tensor *a, lin_tensor *from); /* from's type may differ */
LIN_API lin_tensor *lin_fill_(lin_tensor *a, double value);
LIN_API lin_tensor *lin_zero_(lin_tensor *a);
LIN_API lin_tensor *lin_normal_(lin_tensor *a, double mean, double std);
LIN_API lin_tensor *lin_uniform_(lin_tensor *a, double low, double high);

/* ---- Products ------------------------------------------------------------------------------------ */
/* torch.matmul: (k)·(k) → (); (n,k)·(k) → (n); (k)·(k,m) → (m); (n,k)·(k,m) → (n,m); more dimensions are batches, which
 * broadcast. */
LIN_API lin_tensor *lin_matmul(lin_tensor *a, lin_tensor *b);
/* X·Wᵀ + b, as torch.nn.functional.linear: X (*, in), weight (out, in), bias (out) or NULL → (*, out). One fused op. */
LIN_API lin_tensor *lin_affine(lin_tensor *X, lin_tensor *weight, lin_tensor *bias);

/* ---- Views: the result shares storage with t ------------------------------------------------------ */
/* One size may be -1. Copies only if t's strides do not allow a view. */
LIN_API lin_tensor *lin_reshape(lin_tensor *t, lin_shape shape);
LIN_API lin_tensor *lin_transpose(lin_tensor *t, int dim0, int dim1);
LIN_API lin_tensor *lin_permute(lin_tensor *t, lin_shape dims);
LIN_API lin_tensor *lin_squeeze(lin_tensor *t);              /* without the dimensions of size 1 */
LIN_API lin_tensor *lin_squeeze_dim(lin_tensor *t, int dim); /* unchanged if its size is not 1 */
LIN_API lin_tensor *lin_unsqueeze(lin_tensor *t, int dim);
LIN_API lin_tensor *lin_expand(lin_tensor *t, lin_shape shape); /* -1 keeps a size */
/* Elements start … end − 1 along dim; negative ones count from the end, out of range is clipped, as Python's t[start:end]. */
LIN_API lin_tensor *lin_slice(lin_tensor *t, int dim, int64_t start, int64_t end);
LIN_API lin_tensor *lin_slice_step(lin_tensor *t, int dim, int64_t start, int64_t end, int64_t step); /* step ≥ 1 */
LIN_API lin_tensor *lin_select(lin_tensor *t, int dim, int64_t index);           /* t[:, index]: the dimension goes */
LIN_API lin_tensor *lin_flatten_dims(lin_tensor *t, int start_dim, int end_dim); /* torch.flatten */

/* ---- Reductions ---------------------------------------------------------------------------------
 * Over all dimensions, over one, or over a list (an empty list: all). keepdim leaves size 1. A sum of u8 or i64 is
 * i64; mean, var and logsumexp of integers are errors. Fixed blocks in a fixed order: the same bits always. */
LIN_API lin_tensor *lin_sum(lin_tensor *t);
LIN_API lin_tensor *lin_sum_dim(lin_tensor *t, int dim, bool keepdim);
LIN_API lin_tensor *lin_sum_dims(lin_tensor *t, lin_shape dims, bool keepdim);
LIN_API lin_tensor *lin_mean(lin_tensor *t);
LIN_API lin_tensor *lin_mean_dim(lin_tensor *t, int dim, bool keepdim);
LIN_API lin_tensor *lin_mean_dims(lin_tensor *t, lin_shape dims, bool keepdim);
/* The full max and min share the gradient among ties (amax, too, over a list); max over one dim gives it to the first. */
LIN_API lin_tensor *lin_max(lin_tensor *t);
LIN_API lin_tensor *lin_max_dim(lin_tensor *t, int dim, bool keepdim);
LIN_API lin_tensor *lin_max_dims(lin_tensor *t, lin_shape dims, bool keepdim);
LIN_API lin_tensor *lin_min(lin_tensor *t);
LIN_API lin_tensor *lin_min_dim(lin_tensor *t, int dim, bool keepdim);
LIN_API lin_tensor *lin_min_dims(lin_tensor *t, lin_shape dims, bool keepdim);
/* Index (i64) of the first largest or smallest; NaN counts as both. */
LIN_API lin_tensor *lin_argmax(lin_tensor *t);
LIN_API lin_tensor *lin_argmax_dim(lin_tensor *t, int dim, bool keepdim);
LIN_API lin_tensor *lin_argmin(lin_tensor *t);
LIN_API lin_tensor *lin_argmin_dim(lin_tensor *t, int dim, bool keepdim);
/* Sum of squared deviations / (n − correction): correction 1 is the sample variance. */
LIN_API lin_tensor *lin_var(lin_tensor *t, int correction);
LIN_API lin_tensor *lin_var_dims(lin_tensor *t, lin_shape dims, int correction, bool keepdim);
/* log Σ exp, from the maximum: no overflow. */
LIN_API lin_tensor *lin_logsumexp(lin_tensor *t, int dim, bool keepdim);
LIN_API lin_tensor *lin_logsumexp_dims(lin_tensor *t, lin_shape dims, bool keepdim);
LIN_API lin_tensor *lin_softmax(lin_tensor *t, int dim);
LIN_API lin_tensor *lin_log_softmax(lin_tensor *t, int dim);
/* −log softmax(logits)[row, label]: logits (n, c), labels i64 (n) → (n), from log-sum-exp; gradient softmax − one_hot
 * (the chapter's formula). The fused op under lin_cross_entropy. A label outside [0, c) is an error that names its row. */
LIN_API lin_tensor *lin_softmax_nll(lin_tensor *logits, lin_tensor *labels);
/* The mean of (y_hat − y)² of two tensors of one shape and type. The fused op under lin_mse. */
LIN_API lin_tensor *lin_mse_loss(lin_tensor *y_hat, lin_tensor *y);

/* ---- Indexing ----------------------------------------------------------------------------------- */
/* Rows of t by an i64 (or u8) tensor of any shape: t[index], shape index.shape + t.shape[1:]. Negative from the end. */
LIN_API lin_tensor *lin_index(lin_tensor *t, lin_tensor *index);
LIN_API lin_tensor *lin_index_select(lin_tensor *t, int dim, lin_tensor *index); /* index (m) */
/* Integer-array indexing: t[i0, i1, …], one index tensor per leading dimension, broadcast together: y_hat[[0, 1], y]. */
LIN_API lin_tensor *lin_index_at(lin_tensor *t, lin_tensors indices);
LIN_API lin_tensor *lin_gather(lin_tensor *t, int dim, lin_tensor *index); /* torch.gather */
/* Labels (i64, any shape) → i64 (…, classes) of 0 and 1, as torch's one_hot; classes 0: the largest label + 1. */
LIN_API lin_tensor *lin_one_hot(lin_tensor *labels, int64_t classes);
LIN_API lin_tensor *lin_cat(lin_tensors list, int dim);
LIN_API lin_tensor *lin_stack(lin_tensors list, int dim);

#ifdef __cplusplus
}
#endif

#endif
