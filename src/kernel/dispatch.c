/* Which kernels this machine runs: the best it has, or those that $LINNET_SIMD names. All give the same bits. */
#include "kernel/kernel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

extern const lin__kernels lin__kernels_scalar;
#if defined(__x86_64__)
extern const lin__kernels lin__kernels_avx2, lin__kernels_avx512;

/* The processor's word and the system's: the compiler's run-time asks cpuid and, for the registers that the system saves, xgetbv. */
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && has_avx2();
}
#endif
#if defined(__aarch64__)
extern const lin__kernels lin__kernels_neon;
#endif

static bool has_always(void)
{
    return true;
}

/* The best comes first; any machine has the last. */
static const struct set {
    const lin__kernels *kernels;
    bool (*here)(void);
} sets[] = {
#if defined(__x86_64__)
    {&lin__kernels_avx512, has_avx512},
    {&lin__kernels_avx2, has_avx2},
#endif
#if defined(__aarch64__)
    {&lin__kernels_neon, has_always},
#endif
    {&lin__kernels_scalar, has_always},
};

const lin__kernels *lin__kernels_named(const char *name)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (!strcmp(sets[i].kernels->name, name)) return sets[i].here() ? sets[i].kernels : NULL;
    return NULL;
}

static const lin__kernels *choose(void)
{
    const char *asked = getenv("LINNET_SIMD");
    const lin__kernels *k = asked ? lin__kernels_named(asked) : NULL;
    for (const struct set *s = sets; !k; s++)
        k = s->here() ? s->kernels : NULL;
    return k;
}

_Atomic(const lin__kernels *) lin__kernels_chosen; /* two threads that choose at once choose the same */

const lin__kernels *lin__kernels_choose(void)
{
    const lin__kernels *k = choose();
    atomic_store_explicit(&lin__kernels_chosen, k, memory_order_release);
    return k;
}

const char *lin_simd(void)
{
    return lin__kernels_get()->name;
}
