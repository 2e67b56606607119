/* Measures libdigits.so and libcollatz.so: loading, making an instance and the first call; a call of a function of ints. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collatz.h"
#include "digits.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
    float pixels[64] = {0};
    int64_t shape[] = {1, 1, 8, 8};
    DLTensor x;
    if (argc != 3) return 2;
    memset(&x, 0, sizeof x);
    x.data = pixels;
    x.device.device_type = kDLCPU;
    x.ndim = 4;
    x.dtype.code = kDLFloat;
    x.dtype.bits = 32;
    x.dtype.lanes = 1;
    x.shape = shape;

    double start = now();
    void *library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    ts_status (*new)(digits **), (*forward)(digits *, const DLTensor *, DLManagedTensorVersioned **);
    *(void **)&new = dlsym(library, "digits_new");
    *(void **)&forward = dlsym(library, "digits_forward");
    digits *model;
    DLManagedTensorVersioned *y;
    if (new(&model) != TS_OK || forward(model, &x, &y) != TS_OK) return fprintf(stderr, "the call failed\n"), 1;
    printf("dlopen, instance and first call of digits: %.2f ms\n", (now() - start) / 1e6);

    void *functions = dlopen(argv[2], RTLD_NOW);
    if (functions == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    ts_status (*f)(int64_t, int64_t *);
    *(void **)&f = dlsym(functions, "collatz");
    double best = 1e9;
    for (int round = 0; round < 20; round++) {
        const int calls = 1000000;
        int64_t n = 0;
        double begin = now();
        for (int i = 0; i < calls; i++) f(1, &n);
        double each = (now() - begin) / calls;
        if (each < best) best = each;
    }
    printf("call of a scripted int -> int function from C: %.1f ns\n", best);
    return 0;
}
