/* overflow.h: tells which coroutine has overflowed its stack, and then lets the process die as it would have. */
#ifndef FIBER_OVERFLOW_H
#define FIBER_OVERFLOW_H

/* From now on the calling thread's coroutines are watched, until the same thread has called overflow_unwatch as often.
 * The first of the process puts a handler of SIGSEGV in front of the program's own, which keeps its turn; the last
 * takes it away, unless another one was put in front of it since. A thread without an alternate signal stack gets one
 * for as long as it is watched. Nothing happens when memory is out: then nothing is told. */
void overflow_watch(void);
void overflow_unwatch(void);

#endif
