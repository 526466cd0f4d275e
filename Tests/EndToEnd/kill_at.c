// Preloaded into the program: ends it with SIGKILL at the Nth call that changes something outside of it, counted over all
// threads. (strace's `when=N` counts for each thread apart, and so misses most moments of a program with several.)
//
// KILL_AT=N  the call at which to end, before it is carried out; without it, nothing happens.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long limit;
static atomic_long calls;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("KILL_AT");
    limit = text ? atol(text) : 0;
}

static void count(void) {
    if (limit && atomic_fetch_add(&calls, 1) + 1 == limit) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

// What the program writes to its terminal changes nothing.
static void count_file(int file) {
    if (file > 2) count();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t size) {
    count_file(file);
    return REAL(write)(file, bytes, size);
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    count_file(file);
    return REAL(pwrite)(file, bytes, size, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    count_file(file);
    return REAL(pwrite64)(file, bytes, size, at);
}
int fsync(int file) {
    count();
    return REAL(fsync)(file);
}
int fdatasync(int file) {
    count();
    return REAL(fdatasync)(file);
}
int ftruncate(int file, off_t size) {
    count();
    return REAL(ftruncate)(file, size);
}
int ftruncate64(int file, off64_t size) {
    count();
    return REAL(ftruncate64)(file, size);
}
int rename(const char *from, const char *to) {
    count();
    return REAL(rename)(from, to);
}
int link(const char *from, const char *to) {
    count();
    return REAL(link)(from, to);
}
int unlink(const char *path) {
    count();
    return REAL(unlink)(path);
}
int remove(const char *path) {
    count();
    return REAL(remove)(path);
}
int mkdir(const char *path, mode_t mode) {
    count();
    return REAL(mkdir)(path, mode);
}
int rmdir(const char *path) {
    count();
    return REAL(rmdir)(path);
}
