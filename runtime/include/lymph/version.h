/* version.h: which lymph this is. */
#ifndef LYMPH_API_VERSION_H
#define LYMPH_API_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* Of these headers: "MAJOR.MINOR.PATCH". */
#define LYMPH_VERSION "0.1.0"

/* The contract between generated code, programs and the library, and the number in the library's soname. Raised only
 * when code that was compiled against older headers, or written by an older lymphc, would no longer run correctly. */
#define LYMPH_ABI 4

/* Of the library that the program runs with. Constant text; any thread. */
const char *lymph_version(void);

#ifdef __cplusplus
}
#endif
#endif
