#include "core/options.h"

#include <string.h>

bool options_take(void *out, size_t known, const void *given, size_t size)
{
    const char *bytes = given;
    memcpy(out, given, size < known ? size : known);
    for (size_t i = known; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}
