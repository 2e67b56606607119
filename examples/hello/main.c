#include <stdio.h>

#include "collatz.h"

int main(void) {
    int64_t steps;
    if (collatz(27, &steps) != TS_OK) return 1;
    printf("collatz(27) takes %d steps\n", (int)steps);
    return 0;
}
