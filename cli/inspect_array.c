/* What an npy or IDX file holds. */
#include "failure.h"
#include "inspect.h"
#include "json.h"
#include "source.h"

#include <inttypes.h>
#include <stdio.h>

/* x - x is 0 for a finite x only. */
static int64_t count_not_finite(lin_tensor *t)
{
    if (lin_type(t) != LIN_F32 && lin_type(t) != LIN_F64) return 0;
    return lin_numel(t) - lin_item_i64(lin_sum(lin_eq_scalar(lin_sub(t, t), 0)));
}

static int as_json(const lin_array_info *info, lin_tensor *t, int64_t not_finite)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:o, s:I}", "format", info->format, "dtype", lin_dtype_name(lin_type(t)), "stored",
                  type_name(info->stored), "shape", json_shape(lin_size(t)), "not_finite", (json_int_t)not_finite);
    if (lin_numel(t)) {
        json_object_set_new(o, "min", json_tensor(lin_min(t)));
        json_object_set_new(o, "max", json_tensor(lin_max(t)));
    }
    return json_show(o) ? 0 : fail(EXIT_FAILED, "out of memory");
}

int inspect_array(lin_ctx *ctx, const char *path, bool json)
{
    lin_array_info info;
    lin_tensor *t = lin_load_array_with(ctx, path, &info);
    if (!t) return fail_library(ctx);
    int64_t not_finite = count_not_finite(t);
    if (json) return as_json(&info, t, not_finite);
    printf("format: %s\ndtype:  %s\nshape:  %s\n", info.format, type_text(info.stored, t), shape_text(lin_size(t)));
    if (not_finite)
        printf("values: %" PRId64 " of %" PRId64 " are not finite\n", not_finite, lin_numel(t));
    else if (lin_numel(t))
        printf("values: %.6g to %.6g\n", lin_item(lin_min(t)), lin_item(lin_max(t)));
    return lin_error_code_of(ctx) ? fail_library(ctx) : 0;
}
