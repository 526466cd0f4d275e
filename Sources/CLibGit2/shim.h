// libgit2's public face, for the Git module alone. Variadic functions and macros, which Swift cannot call, get a
// wrapper here.
#ifndef ELAFROS_CLIBGIT2_SHIM_H
#define ELAFROS_CLIBGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/stream.h>

// git_libgit2_opts is variadic: one wrapper for each shape of argument that we use.
static inline int elafros_git_set_flag(int option, int value) { return git_libgit2_opts(option, value); }
static inline int elafros_git_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}
static inline int elafros_git_set_certificates(const char *file) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, (const char *)0);
}
static inline int elafros_git_set_cache_size(ssize_t bytes) {
    return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, bytes);
}

// Our plain socket. Its first four fields repeat libgit2's private git_socket_stream (src/libgit2/streams/socket.h),
// because the SSH transport takes any plain stream for one and hands its socket to libssh2.
typedef struct {
    git_stream parent;
    char *host;
    char *port;
    int socket;
    void *exchange;
} elafros_stream;

#endif
