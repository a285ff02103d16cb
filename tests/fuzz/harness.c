/* One format for libFuzzer, and for AFL++, which takes the same entry. FUZZ_FORMAT is the format's number. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    fuzz_verdict verdict;
    const char *wrong = fuzz_judge(FUZZ_FORMAT, data, bytes, true, &verdict);
    if (!wrong) return 0;
    fprintf(stderr, "%s: %s\n", fuzz_formats[FUZZ_FORMAT].name, wrong);
    abort();
}
