/* linnet/loss.h: losses. Each takes the prediction first, the truth second; NULL options mean the defaults. */
#ifndef LINNET_LOSS_H
#define LINNET_LOSS_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lin_reduction { LIN_MEAN, LIN_SUM, LIN_NONE } lin_reduction;

/* One struct serves all losses; all zero means the defaults; a field that a loss does not know must be zero. */
typedef struct lin_loss_options {
    lin_reduction reduction;     /* LIN_MEAN */
    double delta;                /* Huber: 0 means 1 */
    double beta;                 /* smooth L1: 0 means 1 */
    lin_tensor *weight;          /* cross-entropy, NLL: weight of each class (C), or NULL */
    double label_smoothing;      /* cross-entropy: 0 to 1 */
    const int64_t *ignore_index; /* cross-entropy, NLL: rows with this label do not count; NULL: none */
    lin_tensor *var;             /* Gaussian NLL: the variances, required, broadcast to y_hat */
    double eps;                  /* Gaussian NLL: least variance, 0 means 1e-6 */
    bool full;                   /* Gaussian NLL: with the constant ½·log 2π */
    void *user;                  /* for losses of your own */
} lin_loss_options;

typedef lin_tensor *lin_loss_fn(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options);

/* These six refuse y_hat and y of different shapes: (n, 1) − (n) would silently broadcast to (n, n). */
LIN_API lin_tensor *lin_mse(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options); /* (ŷ − y)² */
LIN_API lin_tensor *lin_squared(lin_tensor *y_hat, lin_tensor *y,
                                const lin_loss_options *options); /* the book's ½(ŷ − y)² */
LIN_API lin_tensor *lin_l1(lin_tensor *y_hat, lin_tensor *y,
                           const lin_loss_options *options); /* |ŷ − y|, gradient 0 at 0 */
/* ½d² where |d| ≤ δ, δ(|d| − ½δ) beyond (Huber 1964; nn.HuberLoss). */
LIN_API lin_tensor *lin_huber(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options);
/* ½d²/β where |d| < β, |d| − ½β beyond (nn.SmoothL1Loss). */
LIN_API lin_tensor *lin_smooth_l1(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options);
/* ½(log σ² + (ŷ − y)²/σ²) [+ ½ log 2π], σ² = max(var, eps) (nn.GaussianNLLLoss). */
LIN_API lin_tensor *lin_gaussian_nll(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options);

/* −Σ y·log softmax(o), from logits by log-sum-exp (nn.CrossEntropyLoss). o (C) or (N, C, d1 …); y either i64 (or u8)
 * class indices, () or (N, d1 …), or probabilities of o's shape and type. The mean divides by the sum of the rows' weights,
 * with probabilities by their number. */
LIN_API lin_tensor *lin_cross_entropy(lin_tensor *logits, lin_tensor *y, const lin_loss_options *options);
/* −y's entry of log-probabilities (nn.NLLLoss); shapes as above, indices only. */
LIN_API lin_tensor *lin_nll(lin_tensor *log_probabilities, lin_tensor *y, const lin_loss_options *options);
/* H(p, q) = −Σ p·log q of two distributions along the last dimension; 0·log 0 = 0. Note the order: the prediction q
 * first, the truth p second. (…, C) → (…), then the reduction. */
LIN_API lin_tensor *lin_distribution_cross_entropy(lin_tensor *q, lin_tensor *p, const lin_loss_options *options);

/* The loss of that name ("mse", "squared", "l1", "huber", "smooth-l1", "cross-entropy", "nll", "gaussian-nll",
 * "distribution-cross-entropy"), or NULL; and its name, or NULL for one of your own. */
LIN_API lin_loss_fn *lin_loss_by_name(const char *name);
LIN_API const char *lin_loss_name(lin_loss_fn *loss);

#ifdef __cplusplus
}
#endif

#endif
