/* cli/fraction.h: --test FRACTION, which is no file. */
#ifndef LINNET_CLI_FRACTION_H
#define LINNET_CLI_FRACTION_H

/* What --test says: a fraction above 0 and below 1, or 0 if it names data (or is NULL). 0, or a failure. */
int fraction_read(const char *test, double *fraction);

#endif
