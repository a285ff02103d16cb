/* op/product.h: products of matrices on the pool, each element in its fixed order. Scratch is in the innermost region. */
#ifndef LINNET_OP_PRODUCT_H
#define LINNET_OP_PRODUCT_H

#include "tensor/tensor.h"

/* C (m, n) = A (m, k) · B (n, k)ᵀ [+ bias (n)], over contiguous rows: dots of rows. */
int lin__gemm_nt(lin_ctx *ctx, lin_dtype type, int64_t m, int64_t n, int64_t k, const void *A, int64_t lda,
                 const void *B, int64_t ldb, const void *bias /* [OPTIONAL] */, void *C, int64_t ldc);
/* C (m, n) = Σ_r A(r, i)·B(r, j) over `rows` rows, in blocks of 128 combined by the tree. */
int lin__gemm_rows(lin_ctx *ctx, lin_dtype type, int64_t rows, int64_t m, int64_t n, const void *A, int64_t ar,
                   int64_t ai, const void *B, int64_t ldb, void *C, int64_t ldc);

/* Where elements begin, so many behind `base`. */
static inline void *lin__elements(const void *base, int64_t count, lin_dtype type)
{
    return (char *)base + count * (int64_t)lin__size_of(type);
}

#endif
