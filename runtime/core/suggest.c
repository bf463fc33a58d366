/* suggest.c: "did you mean …?" */
#include <string.h>

#include <lymph/client.h>

#define WORD_MAX 40

/* Levenshtein distance of two short words. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1], size_a = strlen(a), size_b = strlen(b);
    if (size_a > WORD_MAX || size_b > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= size_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= size_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= size_b; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[size_b];
}

const char *lymph_suggest(const char *text, const char *const *known)
{
    const char *best = NULL;
    size_t limit = (strlen(text) + 2) / 3;
    for (; *known; known++) {
        size_t d = distance(text, *known);
        if (d <= limit) {
            best = *known;
            limit = d - (d > 0);
        }
    }
    return best;
}
