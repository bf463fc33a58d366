/* status.h: how every function of this library says what became of it. */
#ifndef LYMPH_API_STATUS_H
#define LYMPH_API_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* 0 (LYMPH_OK) or one of the negative LYMPH_E... codes; never an errno. The text that goes with the last
 * failure of a context is lymph_error_message(ctx). */
typedef int lymph_status;

enum {
    LYMPH_OK = 0,
    LYMPH_ENOMEM = -1,  /* out of memory */
    LYMPH_EINVAL = -2,  /* the caller passed something that cannot be sent or done */
    LYMPH_ESTATE = -3,  /* not possible now: closed, or called from a foreign loop callback */
    LYMPH_ECONFIG = -4, /* the configuration is wrong or incomplete */
    LYMPH_ELOOKUP = -5, /* no service of that name is known */
    LYMPH_EUNREACHABLE =
        -6,                /* no live instance of the service can take the call, or the address refuses it: not sent */
    LYMPH_ETIMEDOUT = -7,  /* no answer in time */
    LYMPH_ENACK = -8,      /* the peer refused: unknown method or version, bad parameters, failed handler */
    LYMPH_EREMOTE = -9,    /* the peer answered with an error; see lymph_caught() and lymph_error_type() */
    LYMPH_EPROTO = -10,    /* the bytes received do not fit the contract */
    LYMPH_ECANCELED = -11, /* the container stopped before the call was over, or nobody waits for it */
    LYMPH_ELIMIT = -12,    /* a limit of this library or of the configuration was reached */
    LYMPH_EBACKEND = -13,  /* the registry or the broker failed or cannot be reached */
    LYMPH_ESYSTEM = -14    /* the operating system refused (socket, file, thread) */
};

/* "LYMPH_ETIMEDOUT" and so on; "LYMPH_E?" for other numbers. Constant text. Any thread. */
const char *lymph_status_name(lymph_status status);

#ifdef __cplusplus
}
#endif
#endif
