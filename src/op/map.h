/* op/map.h: a function of elements over broadcast operands: what arith.c, compare.c and inplace.c share. */
#ifndef LINNET_OP_MAP_H
#define LINNET_OP_MAP_H

#include "op/op.h"

/* One run of n elements: p[0 …] are the inputs and, last, the result; s their strides in elements. */
typedef struct lin__map lin__map;
typedef void lin__map_fn(const lin__map *m, int64_t n, void *const *p, const int64_t *s);

/* The value of a C scalar in a tensor's type. */
typedef union lin__value {
    float f32;
    double f64;
    int64_t i64;
    uint8_t u8;
} lin__value;

struct lin__map {
    lin__map_fn *run;
    union {
        lin__unary_f32 *unary_f32;
        lin__unary_f64 *unary_f64;
        lin__binary_f32 *binary_f32;
        lin__binary_f64 *binary_f64;
        lin__integer_fn *integer;
        lin__compare compare;
    } k;
    lin_dtype type;
    lin__value scalar, low, high; /* low and high: clamp's */
    bool has_low, has_high;
};

/* The map of a unary or binary row of op.def for a type. */
void lin__map_set(lin__map *m, lin__op_id id, lin_dtype type);
/* One more than the integer kernel of a row (a lin__integer_op), 0 where it has none. */
extern const uint8_t lin__map_integers[LIN__OP_COUNT];
/* Does the row have integers too? */
static inline bool lin__map_has_integers(lin__op_id id)
{
    return lin__map_integers[id] != 0;
}
/* Can the row with this scalar run on a? False, with a cause where one is due: then nothing has been made or copied yet. What is not
 * floating must be integers that the row has, and s one. */
bool lin__map_takes_integers(lin__op_id id, lin_tensor *a, double s, const char *name);
static inline bool lin__map_takes_scalar(lin__op_id id, lin_tensor *a, double s, const char *name)
{
    return lin__args(name, &a, 1) && (lin__is_floating((lin_dtype)a->dtype) || lin__map_takes_integers(id, a, s, name));
}
/* y = 2a·s, the slope of a square times the scalar of m, which the caller sets. */
void lin__map_set_twice(lin__map *m, lin_dtype type);
void lin__map_set_clamp(lin__map *m, lin_dtype type, double low, double high);

/* y = m(in …), every input broadcast to y's shape; y may be an input. Large ones are split over the pool: elements are computed
 * alone, so the split is not seen in the result. */
void lin__map_run(const lin__map *m, lin_tensor *const *in, int count, lin_tensor *y);

/* Set and run at once. A short run of f32, with others, a scalar or an expanded one, what small models do most, goes to its kernel
 * without a lin__map. */
void lin__map_unary(lin__op_id id, lin_tensor *a, lin_tensor *y);
void lin__map_binary(lin__op_id id, lin_tensor *const in[2], lin_tensor *y);
/* Of add_scalar, mul_scalar, div_scalar or pow_scalar, with what lin__map_takes_scalar takes. */
void lin__map_scalar(lin__op_id id, lin_tensor *a, double s, lin_tensor *y);
/* y = 2a·b of two tensors. */
void lin__map_twice(lin_tensor *const in[2], lin_tensor *y);

/* A new tensor of the shape that a and b broadcast to; NULL with the cause "add: (256, 784) and (10): 784 and 10 do not broadcast". */
lin_tensor *lin__broadcast_result(const char *name, const lin_tensor *a, const lin_tensor *b, lin_dtype type);

#endif
