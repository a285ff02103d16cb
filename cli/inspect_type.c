/* Types of elements as files have them, and as linnet reads them. */
#include "inspect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 8 };

const char *type_name(const char *stored)
{
    static char name[LONGEST];
    size_t i = 0;
    for (; stored[i] && i + 1 < sizeof name; i++)
        name[i] = (char)tolower((unsigned char)stored[i]);
    name[i] = '\0';
    return name;
}

const char *type_text(const char *stored, lin_dtype type)
{
    static char text[2 * LONGEST + 16];
    const char *name = type_name(stored), *read = lin_dtype_name(type);
    bool same = strcmp(name, read) == 0;
    snprintf(text, sizeof text, "%s%s%s", name, same ? "" : ", read as ", same ? "" : read);
    return text;
}
