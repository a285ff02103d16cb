/* cli/csv.h: fields of CSV (RFC 4180). */
#ifndef LINNET_CLI_CSV_H
#define LINNET_CLI_CSV_H

#include <stdio.h>

/* prefix and text as one field, in quotes where they are needed. Text may come from anywhere: what a terminal obeys is
 * escaped (lin_printable), in a pipe or file too, as it may be shown from there. */
void csv_words(FILE *out, const char *prefix, const char *text);

#endif
