/* cli/csv.h: fields of CSV (RFC 4180). */
#ifndef LINNET_CLI_CSV_H
#define LINNET_CLI_CSV_H

#include <stdio.h>

/* prefix and text as one field, in quotes where they are needed. */
void csv_words(FILE *out, const char *prefix, const char *text);

#endif
