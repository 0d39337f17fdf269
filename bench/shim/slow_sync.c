/* Makes every fsync and fdatasync take at least SLOW_SYNC_US microseconds (3000 unless told otherwise): a consumer's disk
 * in place of a data centre's. Only then does it show whether commits are shared.
 *   cc -O2 -shared -fPIC -o slow_sync.so slow_sync.c -ldl && LD_PRELOAD=./slow_sync.so countersign serve .. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static long wanted(void) {
    static long us = 0;
    if (!us) {
        const char *text = getenv("SLOW_SYNC_US");
        us = text ? atol(text) : 3000;
    }
    return us;
}

static int slowly(const char *name, int fd) {
    struct timespec start, now, rest;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(fd);
    clock_gettime(CLOCK_MONOTONIC, &now);
    long spent = (now.tv_sec - start.tv_sec) * 1000000L + (now.tv_nsec - start.tv_nsec) / 1000;
    long left = wanted() - spent;
    if (left > 0) {
        rest.tv_sec = left / 1000000L;
        rest.tv_nsec = left % 1000000L * 1000L;
        nanosleep(&rest, 0);
    }
    return result;
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
