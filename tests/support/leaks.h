/* tests/support/leaks.h: what LeakSanitizer is to pass over: a pattern that fontconfig keeps for the process, however
 * much is drawn. */
#ifndef LINNET_TESTS_LEAKS_H
#define LINNET_TESTS_LEAKS_H

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

#endif
