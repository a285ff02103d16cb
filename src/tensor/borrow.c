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

bool lin__lend(const lin_tensor *from, lin_tensor *t)
{
    lin_ctx *ctx = t->ctx;
    lin__loan *loan = lin__alloc(ctx, t->depth, sizeof *loan);
    if (!loan) return false;
    *loan = (lin__loan){.older = ctx->loans, .borrower = t, .lender = from->storage};
    ctx->loans = loan;
    t->borrowed = true;
    return true;
}

/* Elements of its own for t, where it lives. */
bool lin__repay(const lin_tensor *t)
{
    lin__loan *loan = t->ctx->loans;
    while (loan->borrower != t)
        loan = loan->older;
    lin_tensor *own = loan->borrower;
    size_t bytes = (size_t)t->numel * lin__size_of((lin_dtype)t->dtype);
    void *elements = lin__alloc(t->ctx, t->depth, bytes);
    if (!elements) return false;
    lin__move_bytes(t->ctx, elements, t->data, bytes);
    own->data = own->storage->data = elements;
    own->borrowed = false;
    return true;
}

bool lin__recall(const lin_tensor *t)
{
    for (const lin__loan *loan = t->ctx->loans; loan; loan = loan->older)
        if (loan->lender == t->storage && !lin__own(loan->borrower)) return false;
    return true;
}
