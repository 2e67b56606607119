#include <stdint.h>
#include <stdlib.h>

static int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t run(int64_t n) {
    int64_t *a = malloc(n * 8), *b = malloc(n * 8), *row = malloc((n + 1) * 8);
    for (int64_t i = 0; i < n; i++) a[i] = i * i % 7, b[i] = i * 3 % 5;
    for (int64_t j = 0; j <= n; j++) row[j] = j;
    for (int64_t i = 0; i < n; i++) {
        int64_t before = row[0];
        row[0] = i + 1;
        for (int64_t j = 0; j < n; j++) {
            int64_t change = before + (a[i] == b[j] ? 0 : 1);
            before = row[j + 1];
            row[j + 1] = min(change, min(before, row[j]) + 1);
        }
    }
    int64_t d = row[n];
    free(a), free(b), free(row);
    return d;
}
