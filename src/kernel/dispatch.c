/* Which kernels this machine runs: the best it has, or those that $LINNET_SIMD names. All give the same bits. */
#include "kernel/kernel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

extern const lin__kernels lin__kernels_scalar;
#if defined(__x86_64__)
extern const lin__kernels lin__kernels_avx2;
#endif

const lin__kernels *lin__kernels_named(const char *name)
{
    if (!strcmp(name, "scalar")) return &lin__kernels_scalar;
#if defined(__x86_64__)
    if (!strcmp(name, "avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &lin__kernels_avx2;
#endif
    return NULL;
}

static const lin__kernels *choose(void)
{
    static const char *const best_first[] = {"avx2", "scalar"};
    const char *asked = getenv("LINNET_SIMD");
    const lin__kernels *k = asked ? lin__kernels_named(asked) : NULL;
    for (size_t i = 0; !k; i++)
        k = lin__kernels_named(best_first[i]);
    return k;
}

const lin__kernels *lin__kernels_get(void)
{
    static _Atomic(const lin__kernels *) chosen; /* two threads that choose at once choose the same */
    const lin__kernels *k = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!k) {
        k = choose();
        atomic_store_explicit(&chosen, k, memory_order_release);
    }
    return k;
}

const char *lin_simd(void)
{
    return lin__kernels_get()->name;
}
