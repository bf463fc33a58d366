/* guard.h: SQLite's index of its log (store.db-shm) is mapped memory, and memory of a file that somebody has cut short
 * kills with SIGBUS. While a thread is guarded it reads zeros instead, and is told. */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include <stdbool.h>

/* Guards the calling thread from now on. The program's own handler of SIGBUS stays in place for all other threads. */
void guard_thread(void);

/* Whether mapped memory was missing since the last call. Of the calling thread. */
bool guard_hit(void);

#endif
