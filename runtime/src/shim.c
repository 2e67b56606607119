/* What Rust without std cannot say: thread-local state, C's stdout, the guard around API calls, and a thread's scratch memory.
 * The layout of struct ts_error_state is twinned by error.rs (State). */
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TS_MESSAGE = 4096, TS_NAME = 96, TS_DETAIL = 256, TS_FRAMES = 48 };

struct ts_error_state {
    int32_t code;
    int32_t dim;
    uint32_t message_len;
    uint32_t frame_count;
    uint32_t frames_lost;
    uint32_t reserved;
    char exception[TS_NAME];
    char argument[TS_NAME];
    char expected[TS_DETAIL];
    char got[TS_DETAIL];
    char message[TS_MESSAGE];
    const void *frames[TS_FRAMES];
};

struct guard {
    jmp_buf target;
    struct guard *outer;
};

static _Thread_local struct ts_error_state error_state;
static _Thread_local struct guard *innermost;

/* Weak, so that all libraries of a process share one slot and each one's ts_last_error reads what any of them wrote. */
__attribute__((weak, visibility("default"))) struct ts_error_state *ts_error_slot(void) { return &error_state; }

/* ts_error of the C header. A frame is error.rs's Site. */
struct ts_error {
    int32_t code;
    int32_t dimension;
    const char *type, *message, *argument, *expected, *got;
    size_t frame_count;
    const void *const *frames;
};

static _Thread_local struct ts_error error_view;

__attribute__((weak, visibility("default"))) const struct ts_error *ts_last_error(void) {
    const struct ts_error_state *s = ts_error_slot();
    error_view.code = s->code;
    error_view.dimension = s->code ? s->dim : -1;
    error_view.type = s->exception;
    error_view.message = s->message;
    error_view.argument = s->argument;
    error_view.expected = s->expected;
    error_view.got = s->got;
    error_view.frame_count = s->frame_count;
    error_view.frames = s->frames;
    return &error_view;
}

static void (*print_hook)(const char *text, size_t len);

/* Weak as the error slot: where print() goes is one setting for all libraries of a static link. */
__attribute__((weak, visibility("default"))) void ts_print_to(void (*write)(const char *text, size_t len)) { print_hook = write; }

__attribute__((weak, visibility("default"))) void ts_print_text(const char *text, size_t len) {
    if (print_hook) {
        print_hook(text, len);
    } else {
        fwrite(text, 1, len, stdout);
    }
}

static _Thread_local unsigned char grad_off;

/* Non-zero while gradients are switched off (torch.no_grad). */
unsigned char *ts_grad_off(void) { return &grad_off; }

size_t ts_error_slot_size(void) { return sizeof(struct ts_error_state); }

/* Runs body(context). A panic of the runtime below it ends here: the error slot holds it, its code is returned. */
int32_t ts_guard(int32_t (*body)(void *), void *context) {
    struct guard here;
    int32_t status;
    here.outer = innermost;
    if (_setjmp(here.target) == 0) {
        innermost = &here;
        status = body(context);
    } else {
        status = error_state.code;
    }
    innermost = here.outer;
    return status;
}

/* Ends the innermost guarded call; the error slot is filled already. */
_Noreturn void ts_guard_throw(void) {
    if (innermost == NULL) {
        abort();
    }
    _longjmp(innermost->target, 1);
}

/* A thread's scratch memory grows as needed and stays until the thread ends, or the library is unloaded by it. */
static _Thread_local void *scratch;
static _Thread_local size_t scratch_size;
static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static int scratch_has_key;

static void scratch_begin(void) { scratch_has_key = pthread_key_create(&scratch_key, free) == 0; }

__attribute__((destructor)) static void scratch_end(void) {
    if (scratch_has_key) {
        pthread_key_delete(scratch_key);
        scratch_has_key = 0;
        free(scratch);
        scratch = NULL;
        scratch_size = 0;
    }
}

void *ts_scratch_memory(size_t bytes) {
    void *fresh = NULL;
    if (bytes <= scratch_size) {
        return scratch;
    }
    pthread_once(&scratch_once, scratch_begin);
    if (!scratch_has_key) {
        return NULL;
    }
    free(scratch);
    scratch = NULL;
    scratch_size = 0;
    if (posix_memalign(&fresh, 64, bytes) != 0 || pthread_setspecific(scratch_key, fresh) != 0) {
        pthread_setspecific(scratch_key, NULL);
        free(fresh);
        return NULL;
    }
    scratch = fresh;
    scratch_size = bytes;
    return scratch;
}

/* core and alloc come built for unwinding and name the routine that would do it. Nothing unwinds here: panics end at the guard. */
__attribute__((weak)) void rust_eh_personality(void) {}
