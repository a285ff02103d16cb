/* Loans: a tensor over another's elements, until one of the two is written. All that writes or shares elements passes lin__own,
 * lin__before_change or lin__expose first; what only reads sees no difference.
 *
 * The loans of a context are one list, newest first; a region that ends cuts off those of its tensors. */
#include "tensor/tensor.h"

typedef struct lin__loan lin__loan;
struct lin__loan {
    lin__loan *older;
    lin_tensor *borrower;
    const lin__storage *lender;
};

lin_tensor *lin__tensor_borrow(const lin_tensor *from, size_t offset, const int64_t *dim, int ndim)
{
    lin_ctx *ctx = from->ctx;
    lin_tensor *t =
        lin__tensor_over(ctx, lin__here(ctx), (lin_dtype)from->dtype, dim, ndim, (char *)from->data + offset);
    lin__loan *loan = t ? lin__alloc(ctx, t->depth, sizeof *loan) : NULL;
    if (!loan) return NULL;
    *loan = (lin__loan){.older = ctx->loans, .borrower = t, .lender = from->storage};
    ctx->loans = loan;
    t->borrowed = true;
    return t;
}

/* Elements of its own for t, where it lives. */
bool lin__repay(const lin_tensor *t)
{
    lin__loan *loan = t->ctx->loans;
    while (loan->borrower != t)
        loan = loan->older;
    lin_tensor *own = loan->borrower, *copy = lin__tensor_copy(t, t->depth);
    if (!copy) return false;
    own->data = own->storage->data = copy->data;
    own->borrowed = false;
    return true;
}

bool lin__recall(const lin_tensor *t)
{
    for (const lin__loan *loan = t->ctx->loans; loan; loan = loan->older)
        if (loan->lender == t->storage && !lin__own(loan->borrower)) return false;
    return true;
}
