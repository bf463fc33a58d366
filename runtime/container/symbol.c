#include "container/symbol.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

size_t symbol_size(const void *at)
{
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    if (!dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol || info.dli_saddr != at)
        return 0;
    return ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT ? symbol->st_size : 0; /* the same bits in 32-bit files */
}

static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
    const uintptr_t *address = arg;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) && *address - (info->dlpi_addr + p->p_vaddr) < p->p_memsz)
            return 1;
    }
    return 0;
}

/* Whether `size` bytes hold a pointer at `offset` that is NULL or leads into what is loaded as code. */
static bool function_at(const void *handlers, size_t size, size_t offset)
{
    uintptr_t address;
    if (size < sizeof address || offset > size - sizeof address)
        return false;
    memcpy(&address, (const char *)handlers + offset, sizeof address);
    return !address || dl_iterate_phdr(find_code, &address);
}

bool symbol_fits(const void *handlers, size_t size, const lymph_interface_desc *desc)
{
    bool fits = function_at(handlers, size, desc->on_start) && function_at(handlers, size, desc->on_stop);
    for (size_t i = 0; fits && i < desc->method_count; i++)
        fits = function_at(handlers, size, desc->methods[i].handler);
    for (size_t i = 0; fits && i < desc->subscription_count; i++)
        fits = function_at(handlers, size, desc->subscriptions[i].handler);
    for (size_t i = 0; fits && i < desc->route_count; i++)
        fits = function_at(handlers, size, desc->routes[i].method.handler);
    return fits;
}
