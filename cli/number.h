/* cli/number.h: numbers for people: four digits are enough. */
#ifndef LINNET_CLI_NUMBER_H
#define LINNET_CLI_NUMBER_H

/* "0.4470", "5.359e-05", "12.35", "12346": in `out`, which has LIN_NUMBER_SIZE bytes and is returned. */
char *number_brief(char *out, double x);
/* The same with as many digits as a number below 1 needs not to read 1. */
char *number_below_one(char *out, double x);

#endif
