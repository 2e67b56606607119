/* Classifies the held-back images with the compiled network, and compares its logits with those that PyTorch computed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "digits.h"

enum { IMAGES = 360, PIXELS = 64, CLASSES = 10 };

static void give_up(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void read_images(const char *path, float *pixels, int *labels) {
    FILE *file = fopen(path, "r");
    if (!file) give_up("cannot open the test images");
    for (int i = 0; i < IMAGES; i++) {
        for (int j = 0; j < PIXELS; j++)
            if (fscanf(file, "%f,", pixels++) != 1) give_up("a test image is cut short");
        if (fscanf(file, "%d", labels++) != 1) give_up("a label is missing");
    }
    fclose(file);
}

/* A .npy file of format 1: ten bytes, the last two of them the length of the header, the header, the numbers. */
static void read_npy(const char *path, float *numbers, size_t count) {
    unsigned char head[10];
    FILE *file = fopen(path, "rb");
    if (!file || fread(head, 1, sizeof head, file) != sizeof head || fseek(file, head[8] + 256L * head[9], SEEK_CUR) != 0 ||
        fread(numbers, sizeof *numbers, count, file) != count)
        give_up("cannot read PyTorch's logits");
    fclose(file);
}

int main(void) {
    static float pixels[IMAGES * PIXELS], expected[IMAGES * CLASSES];
    static int labels[IMAGES];
    read_images("test.csv", pixels, labels);
    read_npy("logits.npy", expected, IMAGES * CLASSES);

    int64_t shape[] = {IMAGES, 1, 8, 8};
    DLTensor x = {0};
    x.data = pixels;
    x.device.device_type = kDLCPU;
    x.dtype.code = kDLFloat;
    x.dtype.bits = 32;
    x.dtype.lanes = 1;
    x.ndim = 4;
    x.shape = shape;

    digits *net = NULL;
    DLManagedTensorVersioned *result = NULL;
    if (digits_new(&net) != TS_OK || digits_forward(net, &x, &result) != TS_OK) give_up(ts_last_error()->message);
    const float *logits = (const float *)((const char *)result->dl_tensor.data + result->dl_tensor.byte_offset);

    int right = 0, outside = 0;
    double largest = 0;
    for (int i = 0; i < IMAGES; i++) {
        int best = 0;
        for (int c = 0; c < CLASSES; c++) {
            double theirs = expected[i * CLASSES + c], difference = fabs(logits[i * CLASSES + c] - theirs);
            if (logits[i * CLASSES + c] > logits[i * CLASSES + best]) best = c;
            if (difference > largest) largest = difference;
            outside += !(difference <= 1e-5 + 1.3e-6 * fabs(theirs)); /* torch.testing.assert_close for f32 */
        }
        right += best == labels[i];
    }
    printf("accuracy: %.2f %% (%d of %d)\n", 100.0 * right / IMAGES, right, IMAGES);
    printf("largest difference from PyTorch's logits: %.1e (%d of %d outside the tolerance)\n", largest, outside, IMAGES * CLASSES);

    result->deleter(result);
    digits_free(net);
    return outside != 0;
}
