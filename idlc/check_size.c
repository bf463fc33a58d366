/* check_size.c: how much lies by value in one struct of C. Callers and handlers keep structs on stacks, and those of
 * coroutines are small. */
#include <inttypes.h>

#include "check.h"

#define SIZE_LIMIT (64 * 1024) /* bytes */

typedef struct extent {
    int64_t size, align;
} extent;

static extent extent_of(const model_type *t)
{
    switch (t->kind) {
    case KIND_BOOL:
    case KIND_INT8:
    case KIND_UINT8:
        return (extent){1, 1};
    case KIND_INT16:
    case KIND_UINT16:
        return (extent){2, 2};
    case KIND_INT32:
    case KIND_UINT32:
    case KIND_FLOAT32:
    case KIND_ENUM:
        return (extent){4, 4};
    case KIND_DATE:
    case KIND_TIME:
        return (extent){8, 4};
    case KIND_DATETIME:
        return (extent){20, 4};
    case KIND_UUID:
        return (extent){16, 1};
    case KIND_BYTES:
    case KIND_ANY:
    case KIND_LIST:
    case KIND_SET:
    case KIND_MAP:
        return (extent){16, 8};
    case KIND_STRUCT:
        return (extent){t->record->size, t->record->align ? t->record->align : 1}; /* none after an error */
    default:                                                                       /* a pointer */
        return (extent){8, 8};
    }
}

static int64_t round_up(int64_t size, int64_t align)
{
    return (size + align - 1) / align * align;
}

void check_size(checker *c, model_record *r)
{
    const model_field *largest = NULL;
    extent all = {0, 1};
    bool told = false; /* of a struct that is held */
    for (size_t i = 0; i < r->fields.count; i++) {
        const model_field *field = r->fields.items[i];
        extent e = extent_of(field->type);
        if (!largest || e.size > extent_of(largest->type).size)
            largest = field;
        told |= e.size > SIZE_LIMIT;
        all.size = round_up(all.size, e.align) + e.size;
        all.align = e.align > all.align ? e.align : all.align;
    }
    all.size = all.size ? round_up(all.size, all.align) : 1;
    if (all.size > SIZE_LIMIT && !told) {
        diag_error(c->diag, r->at, "'%s' takes %" PRId64 " bytes in C, more than %d", r->name, all.size, SIZE_LIMIT);
        diag_note(c->diag, largest->at, "'%s' alone takes %" PRId64, largest->name, extent_of(largest->type).size);
        diag_hint(c->diag, "make it optional ('?') or a list: only a pointer is held then");
    }
    /* What is too large is as good as just too large, so that no sum overflows. */
    r->size = all.size > SIZE_LIMIT ? SIZE_LIMIT + 1 : all.size;
    r->align = all.align;
}
