/* json PATH [OP NUMBER]…: one JSON value on stdin, held to strict JSON. With a path alone ("epochs.2.train_loss", "." for
 * all) what is there is printed, keys in order; with `PATH < NUMBER` or `PATH ~ NUMBER TOLERANCE` it is compared, and the
 * exit code is the verdict. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *follow(json_t *value, char *path)
{
    for (char *key = strtok(path, "."); key && value; key = strtok(NULL, "."))
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10)) : json_object_get(value, key);
    return value;
}

static int compare(const char *path, double x, char **rule, int count)
{
    double wanted = strtod(rule[1], NULL);
    int right = strcmp(rule[0], "<") == 0   ? x < wanted
                : strcmp(rule[0], "~") == 0 ? count > 2 && fabs(x - wanted) <= strtod(rule[2], NULL)
                                            : 0;
    if (!right) printf("%s is %.17g, which is not %s %s %s\n", path, x, rule[0], rule[1], count > 2 ? rule[2] : "");
    return right ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    json_error_t error;
    json_t *all = json_loadf(stdin, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!all) {
        printf("this is no JSON: %s\n", error.text);
        return 1;
    }
    char *path = strdup(argv[1]);
    json_t *value = follow(all, path);
    int code = 0;
    if (!value) {
        printf("there is no %s\n", argv[1]);
        code = 1;
    } else if (argc == 2) {
        json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_INDENT(1));
        putchar('\n');
    } else {
        code = compare(argv[1], json_number_value(value), argv + 2, argc - 2);
    }
    free(path);
    json_decref(all);
    return code;
}
