/* forks.h: whether this process is still the one that opened something. */
#ifndef CORE_FORKS_H
#define CORE_FORKS_H

/* The same number in one process, always; another one in its children. Costs a load, no system call. Any thread. */
unsigned forks_number(void);

#endif
