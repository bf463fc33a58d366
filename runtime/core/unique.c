/* unique.c: one system call fetches the randomness of 256 names. */
#include "core/unique.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <pthread.h>

static _Thread_local struct {
    unsigned char bytes[4096];
    size_t left;
} pool;

/* A forked child must not hand out its parent's names. */
static void forget(void)
{
    pool.left = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget);
}

static const unsigned char *take16(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pool.left < 16) {
        pthread_once(&once, watch_forks);
        size_t have = 0;
        while (have < sizeof pool.bytes) {
            ssize_t n = getrandom(pool.bytes + have, sizeof pool.bytes - have, 0);
            if (n < 0 && errno != EINTR)
                abort(); /* no kernel of this decade fails here, and predictable ids would be worse */
            if (n > 0)
                have += (size_t)n;
        }
        pool.left = sizeof pool.bytes;
    }
    pool.left -= 16;
    return pool.bytes + pool.left;
}

void unique_hex(char out[UNIQUE_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char b[16];
    memcpy(b, take16(), 16);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[UNIQUE_HEX] = '\0';
}

uint32_t unique_number(void)
{
    uint32_t n;
    memcpy(&n, take16(), sizeof n);
    return n;
}

void unique_uuid(char out[37])
{
    char hex[UNIQUE_HEX + 1];
    unique_hex(hex);
    static const int groups[] = {8, 4, 4, 4, 12};
    const char *from = hex;
    for (int g = 0; g < 5; g++) {
        memcpy(out, from, (size_t)groups[g]);
        out += groups[g];
        from += groups[g];
        *out++ = g < 4 ? '-' : '\0';
    }
}
