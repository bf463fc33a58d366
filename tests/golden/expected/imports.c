/* Written once by lymphc VERSION from imports.lymph; yours to fill in. As a module that `lymph instance` loads:
 *
 *     cc -shared -fPIC -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -o imports.so \
 *         imports.c imports.lymph.c common.lymph.c $(pkg-config --cflags --libs lymph)
 */
#include "imports.lymph.h"

/* Handlers of Canvas can emit:
 *     common_moved_emit(ctx, &(common_moved){ .to = ... })
 */

static lymph_status move(lymph_ctx *ctx, const common_Point *point, common_Point_list path,
                         common_Color color, common_Point *result)
{
    (void)point;
    (void)path;
    (void)color;
    (void)result;
    /* Can answer with:
     *     return common_refused_raise(ctx, &(common_Refused){ .reason = ... });
     */
    return lymph_fail(ctx, LYMPH_ENACK, "Canvas.move is not written yet");
}

static lymph_status on_moved(lymph_ctx *ctx, const common_moved *event)
{
    (void)event;
    return lymph_fail(ctx, LYMPH_ENACK, "Canvas.on_moved is not written yet");
}

const canvas_interface Canvas = {
    .move = move,
    .on_moved = on_moved,
};
