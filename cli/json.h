/* cli/json.h: JSON for results: jansson's trees, written with the shortest numbers that read back to the same bits. */
#ifndef LINNET_CLI_JSON_H
#define LINNET_CLI_JSON_H

#include <linnet.h>

#include <jansson.h>

/* To be called once, before anything else. */
void json_watch_memory(void);

/* Was there a piece that jansson had no memory for? */
bool json_memory_failed(void);

/* Give each of the values in a file to `take`, until it returns other than 0. 0, or a failure. json_read.c */
typedef int json_take(void *user, const json_t *value);
int json_read(const char *file, json_take *take, void *user);

/* x, whose decimal is the shortest for its type; null if it is not finite. */
json_t *json_number(double x, lin_dtype dtype);
/* A seed: jansson's integers end at 2^63 - 1, so a larger one is its digits in a string. */
json_t *json_seed(uint64_t seed);
/* A text that may come from anywhere: what is not UTF-8 is escaped. */
json_t *json_words(const char *text);
json_t *json_list_of_words(const char *const *words, int count);
/* The elements of t as nested lists; () is a number. */
json_t *json_tensor(lin_tensor *t);
json_t *json_shape(lin_shape shape);

/* Compact JSON as a malloc'd string: free() it. NULL without memory. Takes the value over, NULL too. */
char *json_spell(json_t *value);
/* The same on stdout, with a line's end. Nothing is written, and false returned, without memory. */
bool json_show(json_t *value);

#endif
