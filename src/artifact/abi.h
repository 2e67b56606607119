#ifndef TSAOT_ABI_H
#define TSAOT_ABI_H

/* DLPack 1.x (https://dmlc.github.io/dlpack); skipped when dlpack.h was included before. */
#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_
typedef enum { kDLCPU = 1 } DLDeviceType;
typedef struct DLDevice {
    DLDeviceType device_type;
    int32_t device_id;
} DLDevice;
typedef enum { kDLInt = 0, kDLUInt = 1, kDLFloat = 2, kDLBfloat = 4, kDLComplex = 5, kDLBool = 6 } DLDataTypeCode;
typedef struct DLDataType {
    uint8_t code;
    uint8_t bits;
    uint16_t lanes;
} DLDataType;
typedef struct DLTensor {
    void *data;
    DLDevice device;
    int32_t ndim;
    DLDataType dtype;
    int64_t *shape;
    int64_t *strides; /* in elements; NULL for row-major without gaps */
    uint64_t byte_offset;
} DLTensor;
typedef struct DLPackVersion {
    uint32_t major;
    uint32_t minor;
} DLPackVersion;
typedef struct DLManagedTensorVersioned {
    DLPackVersion version;
    void *manager_ctx;
    void (*deleter)(struct DLManagedTensorVersioned *self);
    uint64_t flags;
    DLTensor dl_tensor;
} DLManagedTensorVersioned;
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What every function returns. Anything but TS_OK is explained by ts_last_error(). */
typedef int32_t ts_status;
enum {
    TS_OK = 0,
    TS_RUNTIME_ERROR = 1,
    TS_VALUE_ERROR = 2,
    TS_INDEX_ERROR = 3,
    TS_TYPE_ERROR = 4,
    TS_KEY_ERROR = 5,
    TS_NOT_IMPLEMENTED_ERROR = 6,
    TS_ASSERTION_ERROR = 7,
    TS_MEMORY_ERROR = 8,
    TS_ZERO_DIVISION_ERROR = 9,
    TS_OVERFLOW_ERROR = 10,
    TS_ATTRIBUTE_ERROR = 11,
    TS_RAISED = 12, /* another exception; its type is in the error */
    TS_ARGUMENT_ERROR = 13, /* an argument does not have its declared type */
    TS_INTERNAL_ERROR = 14,
    TS_LINALG_ERROR = 15,
    TS_UNICODE_ERROR = 16,
    TS_STOP_ITERATION = 17
};

/* A call of the Python program that the failure passed through. */
typedef struct ts_frame {
    const char *file;
    const char *function;
    uint32_t line;
    uint32_t column;
    const char *text; /* the source line, or NULL */
} ts_frame;

typedef struct ts_error {
    ts_status code;
    int32_t dimension;    /* the dimension at fault, or -1 */
    const char *type;     /* the Python exception's name */
    const char *message;
    const char *argument; /* the argument at fault, or "" */
    const char *expected;
    const char *got;
    size_t frame_count;
    const ts_frame *const *frames; /* innermost first */
} ts_error;

/* The last failure of the calling thread; valid until the thread's next failing call. */
const ts_error *ts_last_error(void);

/* Sends what the script prints to a function; NULL sends it to stdout again. */
void ts_print_to(void (*write)(const char *text, size_t length));

/* Frees a result that a function handed out as a pointer to const, and all that is in it. NULL is allowed. */
void ts_release(const void *result);

/* Text, not necessarily ended by NUL: UTF-8 in, and out unless the script cuts within a letter. */
typedef struct ts_str {
    const char *ptr;
    size_t len;
} ts_str;

typedef struct ts_complex {
    double re;
    double im;
} ts_complex;

typedef struct ts_device {
    int32_t type;  /* 0 is the CPU */
    int32_t index; /* -1 when none */
} ts_device;

/* A value of any type. */
enum {
    TS_NONE = 0, TS_BOOL = 1, TS_INT = 2, TS_FLOAT = 3, TS_COMPLEX = 4, TS_TENSOR = 5, TS_STR = 6, TS_LIST = 7, TS_DICT = 8,
    TS_TUPLE = 9, TS_OBJECT = 10, TS_DEVICE = 11
};
struct ts_value;
struct ts_value_out;
typedef struct ts_value {
    int32_t tag;
    union {
        bool b;
        int64_t i;
        double f;
        ts_complex c;
        const DLTensor *tensor;
        ts_str str;
        struct { const struct ts_value *ptr; size_t len; } items; /* list, tuple; of a dict keys and values in turn */
        ts_device device;
        void *object;
    } as;
} ts_value;
typedef struct ts_value_out {
    int32_t tag;
    union {
        bool b;
        int64_t i;
        double f;
        ts_complex c;
        DLManagedTensorVersioned *tensor;
        ts_str str;
        struct { const struct ts_value_out *ptr; size_t len; } items;
        ts_device device;
        void *object;
    } as;
} ts_value_out;

#ifdef __cplusplus
}
#endif
#endif
