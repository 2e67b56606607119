/* Calls every function of kinds.py and checks what comes back. Compiles as C99 and as C++11. */
#include <stdio.h>
#include <string.h>

#include "kinds.h"

static int failures;

#define CHECK(condition) ((condition) ? (void)0 : (void)(printf("line %d: %s\n", __LINE__, #condition), failures++))

static ts_str text(const char *s) {
    ts_str t;
    t.ptr = s;
    t.len = strlen(s);
    return t;
}

static int is(ts_str s, const char *want) { return s.len == strlen(want) && memcmp(s.ptr, want, s.len) == 0; }

static DLTensor floats(float *data, int32_t ndim, int64_t *shape, int64_t *strides) {
    DLTensor t;
    memset(&t, 0, sizeof t);
    t.data = data;
    t.device.device_type = kDLCPU;
    t.ndim = ndim;
    t.dtype.code = kDLFloat;
    t.dtype.bits = 32;
    t.dtype.lanes = 1;
    t.shape = shape;
    t.strides = strides;
    return t;
}

static void numbers(void) {
    int64_t i = 0;
    double d = 0;
    CHECK(add(2, 40, &i) == TS_OK && i == 42);
    CHECK(half(3.0, true, &d) == TS_OK && d == 2.5);
    CHECK(half(3.0, false, &d) == TS_OK && d == 1.5);
    int64_t seven = 7;
    CHECK(or_zero(&seven, &i) == TS_OK && i == 7);
    CHECK(or_zero(NULL, &i) == TS_OK && i == 0);
}

static void containers(void) {
    const ts_str *s = NULL;
    CHECK(greet(text("wörld"), &s) == TS_OK && is(*s, "hello, wörld"));
    ts_release(s);

    int64_t xs[] = {1, -2, 3};
    ts_list_int list;
    const ts_list_int *out = NULL;
    list.ptr = xs;
    list.len = 3;
    CHECK(squares(list, &out) == TS_OK && out->len == 3 && out->ptr[0] == 1 && out->ptr[1] == 4 && out->ptr[2] == 9);
    ts_release(out);
    list.len = 0;
    CHECK(squares(list, &out) == TS_OK && out->len == 0);
    ts_release(out);

    const ts_dict_str_int *counts = NULL;
    int64_t n = 0;
    CHECK(words(text("b a b"), &counts) == TS_OK && counts->len == 2);
    CHECK(is(counts->keys[0], "b") && counts->values[0] == 2 && is(counts->keys[1], "a") && counts->values[1] == 1);
    CHECK(total(counts, &n) == TS_OK && n == 3);
    ts_release(counts);

    const ts_tuple2_int_int *pair = NULL;
    CHECK(divide(-7, 2, &pair) == TS_OK && pair->f0 == -4 && pair->f1 == 1);
    ts_release(pair);

    kinds_Span span;
    const kinds_Span *wide = NULL;
    span.first = 3;
    span.last = 5;
    span.label = text("x");
    CHECK(widen(&span, 2, &wide) == TS_OK && wide->first == 1 && wide->last == 7 && is(wide->label, "x!"));
    ts_release(wide);

    ts_str names[2];
    ts_list_str strings;
    const ts_str *found = NULL;
    names[0] = text("one");
    names[1] = text("two");
    strings.ptr = names;
    strings.len = 2;
    CHECK(first(strings, &found) == TS_OK && found && is(*found, "one"));
    ts_release(found);
    strings.len = 0;
    CHECK(first(strings, &found) == TS_OK && found == NULL);
    ts_release(found);
}

static void tensors(void) {
    float data[] = {1, 2, 3, 4, 5, 6}, bias[] = {10, 20};
    int64_t shape[] = {3, 2}, transposed[] = {1, 3}, two[] = {2};
    DLTensor x = floats(data, 2, shape, NULL), b = floats(bias, 1, two, NULL);
    DLManagedTensorVersioned *y = NULL;
    CHECK(scale(&x, NULL, &y) == TS_OK && y->dl_tensor.ndim == 2 && ((float *)y->dl_tensor.data)[5] == 12);
    y->deleter(y);
    CHECK(scale(&x, &b, &y) == TS_OK && ((float *)y->dl_tensor.data)[5] == 32);
    y->deleter(y);
    x = floats(data, 2, shape, transposed); /* x[i][j] is data[i + 3 * j] */
    CHECK(scale(&x, &b, &y) == TS_OK);
    CHECK(((float *)y->dl_tensor.data)[y->dl_tensor.strides[0] * 2 + y->dl_tensor.strides[1]] == 32);
    y->deleter(y);

    const ts_list_tensor_out *list = NULL;
    x = floats(data, 2, shape, NULL);
    CHECK(parts(&x, &list) == TS_OK && list->len == 2);
    CHECK(list->ptr[0]->dl_tensor.ndim == 1 && list->ptr[1]->dl_tensor.shape[0] == 2);
    CHECK(((float *)list->ptr[1]->dl_tensor.data)[0] == 3);
    ts_release(list);
}

static void errors(void) {
    int64_t i = 0;
    const ts_tuple2_int_int *pair = NULL;
    CHECK(check(3, &i) == TS_OK && i == 3);
    CHECK(check(-3, &i) == TS_VALUE_ERROR);
    CHECK(strcmp(ts_last_error()->type, "ValueError") == 0);
    CHECK(strstr(ts_last_error()->message, "x must not be negative") != NULL);
    CHECK(ts_last_error()->frame_count == 1 && strcmp(ts_last_error()->frames[0]->function, "check") == 0);
    CHECK(strstr(ts_last_error()->frames[0]->file, "kinds.py") != NULL && ts_last_error()->frames[0]->line > 80);
    CHECK(divide(1, 0, &pair) == TS_ZERO_DIVISION_ERROR);

    DLManagedTensorVersioned *y = NULL;
    CHECK(scale(NULL, NULL, &y) == TS_ARGUMENT_ERROR && strcmp(ts_last_error()->argument, "x") == 0);
    float data[] = {1, 2, 3};
    int64_t three[] = {3}, two[] = {2};
    DLTensor x = floats(data, 1, three, NULL), b = floats(data, 1, two, NULL);
    CHECK(scale(&x, &b, &y) == TS_RUNTIME_ERROR);
    CHECK(strstr(ts_last_error()->message, "must match the size of tensor b") != NULL);
    CHECK(ts_last_error()->frame_count >= 1);
}

int main(void) {
    numbers();
    containers();
    tensors();
    errors();
    printf(failures ? "%d failures\n" : "all as expected\n", failures);
    return failures != 0;
}
