/* Links two libraries: instances of counter.py, and functions of kinds.py. Compiles as C99 and as C++11. */
#include <stdio.h>
#include <string.h>

#include "counter.h"
#include "kinds.h"

static int failures;

#define CHECK(condition) ((condition) ? (void)0 : (void)(printf("line %d: %s\n", __LINE__, #condition), failures++))

int main(void) {
    float data[] = {1, 2};
    int64_t shape[] = {2}, n = 0;
    DLTensor x;
    memset(&x, 0, sizeof x);
    x.data = data;
    x.device.device_type = kDLCPU;
    x.ndim = 1;
    x.dtype.code = kDLFloat;
    x.dtype.bits = 32;
    x.dtype.lanes = 1;
    x.shape = shape;

    counter *a = NULL, *b = NULL;
    CHECK(counter_new(&a) == TS_OK && counter_new(&b) == TS_OK);
    CHECK(counter_forward(a, &x, &n) == TS_OK && n == 1);
    CHECK(counter_forward(a, &x, &n) == TS_OK && n == 2);
    CHECK(counter_forward(b, &x, &n) == TS_OK && n == 1);
    DLManagedTensorVersioned *mean = NULL;
    CHECK(counter_mean(a, &mean) == TS_OK && ((float *)mean->dl_tensor.data)[1] == 2);
    mean->deleter(mean);
    counter_free(a);
    CHECK(counter_mean(b, &mean) == TS_OK && ((float *)mean->dl_tensor.data)[0] == 1);
    mean->deleter(mean);
    counter_free(b);
    counter_free(NULL);

    Stack *s = NULL;
    bool pushed = false;
    CHECK(Stack_new(1, &s) == TS_OK);
    CHECK(Stack_push(s, 5, &pushed) == TS_OK && pushed);
    CHECK(Stack_push(s, 6, &pushed) == TS_OK && !pushed);
    CHECK(Stack_top(s, &n) == TS_OK && n == 5);
    Stack_free(s);

    CHECK(add(40, 2, &n) == TS_OK && n == 42);
    CHECK(check(-1, &n) == TS_VALUE_ERROR && strstr(ts_last_error()->message, "negative") != NULL);
    printf(failures ? "%d failures\n" : "all as expected\n", failures);
    return failures != 0;
}
