/* op/product.h: products of matrices on the pool, each element in its fixed order. Scratch is in the innermost region. */
#ifndef LINNET_OP_PRODUCT_H
#define LINNET_OP_PRODUCT_H

#include "kernel/kernel.h"
#include "tensor/tensor.h"

/* Below this many multiply-adds a product is not worth a second thread. */
enum { LIN__PARALLEL_PRODUCT = 1 << 16 };
static inline bool lin__is_small_product(int64_t m, int64_t n, int64_t k)
{
    return (double)m * (double)n * (double)k < LIN__PARALLEL_PRODUCT;
}

/* C (m, n) = A (m, k) · B (n, k)ᵀ [+ bias (n)], over contiguous rows: dots of rows. What is small goes to its kernel at once. */
int lin__gemm_nt_tasks(lin_ctx *ctx, lin_dtype type, int64_t m, int64_t n, int64_t k, const void *A, int64_t lda,
                       const void *B, int64_t ldb, const void *bias /* [OPTIONAL] */, void *C, int64_t ldc);
static inline int lin__gemm_nt(lin_ctx *ctx, lin_dtype type, int64_t m, int64_t n, int64_t k, const void *A,
                               int64_t lda, const void *B, int64_t ldb, const void *bias, void *C, int64_t ldc)
{
    if (type != LIN_F32 || !lin__is_small_product(m, n, k + 1))
        return lin__gemm_nt_tasks(ctx, type, m, n, k, A, lda, B, ldb, bias, C, ldc);
    lin__kernels_get()->f32.gemm_nt(m, n, k, A, lda, B, ldb, bias, C, ldc);
    return 0;
}
/* C (m, n) = Σ_r A(r, i)·B(r, j) over `rows` rows, in blocks of 128 combined by the tree. */
int lin__gemm_rows_tasks(lin_ctx *ctx, lin_dtype type, int64_t rows, int64_t m, int64_t n, const void *A, int64_t ar,
                         int64_t ai, const void *B, int64_t ldb, void *C, int64_t ldc);
static inline int lin__gemm_rows(lin_ctx *ctx, lin_dtype type, int64_t rows, int64_t m, int64_t n, const void *A,
                                 int64_t ar, int64_t ai, const void *B, int64_t ldb, void *C, int64_t ldc)
{
    if (type != LIN_F32 || rows > LIN__ROW_BLOCK || !lin__is_small_product(m, n, rows))
        return lin__gemm_rows_tasks(ctx, type, rows, m, n, A, ar, ai, B, ldb, C, ldc);
    lin__kernels_get()->f32.gemm_block(rows, m, n, A, ar, ai, B, ldb, C, ldc);
    return 0;
}

/* Where elements begin, so many behind `base`. */
static inline void *lin__elements(const void *base, int64_t count, lin_dtype type)
{
    return (char *)base + count * (int64_t)lin__size_of(type);
}

#endif
