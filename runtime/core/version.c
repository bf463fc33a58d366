#include <lymph/version.h>

const char *lymph_version(void)
{
    return LYMPH_VERSION;
}
