#include <stdint.h>

int64_t run(int64_t n) {
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double cr = 3.0 * j / n - 2.0, ci = 2.0 * i / n - 1.0, zr = 0.0, zi = 0.0;
            int64_t k = 0;
            while (k < 100 && zr * zr + zi * zi <= 4.0) {
                double next = zr * zr - zi * zi + cr;
                zi = 2.0 * zr * zi + ci;
                zr = next;
                k++;
            }
            total += k;
        }
    return total;
}
