#include <stdint.h>
#include <stdlib.h>

static double **rows(int64_t n) {
    double **m = malloc(n * sizeof *m);
    for (int64_t i = 0; i < n; i++) m[i] = calloc(n, sizeof **m);
    return m;
}

static void give_back(double **m, int64_t n) {
    for (int64_t i = 0; i < n; i++) free(m[i]);
    free(m);
}

double run(int64_t n) {
    double **a = rows(n), **b = rows(n), **c = rows(n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) a[i][j] = i + j, b[i][j] = i - j;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++) {
            double x = a[i][k];
            for (int64_t j = 0; j < n; j++) c[i][j] += x * b[k][j];
        }
    double r = c[n - 1][0] + c[0][n - 1];
    give_back(a, n), give_back(b, n), give_back(c, n);
    return r;
}
