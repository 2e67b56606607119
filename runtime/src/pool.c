/* Threads that share the work of a kernel: one pool for a library, started when the first kernel asks for it, stopped when the library is
 * unloaded. Workers stay on processors of their own, spin for a moment and then sleep. One kernel at a time has the pool; others that come
 * meanwhile run alone. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

typedef void (*ts_part)(void *context, int64_t part, int64_t parts);

enum { MOST = 64, SPINS = 4000 };

static struct {
    atomic_flag busy;
    int workers, started;
    ts_part run;
    void *context;
    int64_t parts;
    /* The number of the job, of jobs that workers have yet to end, and of workers that sleep. */
    atomic_uint job;
    atomic_int open, asleep, stop;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t threads[MOST];
} pool = {.busy = ATOMIC_FLAG_INIT, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static void rest(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void *work(void *number) {
    unsigned seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load_explicit(&pool.job, memory_order_acquire) == seen; i++) rest();
        if (atomic_load(&pool.job) == seen) {
            pthread_mutex_lock(&pool.lock);
            atomic_fetch_add(&pool.asleep, 1);
            while (atomic_load(&pool.job) == seen) pthread_cond_wait(&pool.wake, &pool.lock);
            atomic_fetch_sub(&pool.asleep, 1);
            pthread_mutex_unlock(&pool.lock);
        }
        seen++;
        if (atomic_load(&pool.stop)) return 0;
        int64_t part = (int64_t)(intptr_t)number;
        if (part < pool.parts) pool.run(pool.context, part, pool.parts);
        atomic_fetch_sub_explicit(&pool.open, 1, memory_order_release);
    }
}

static void call(void) {
    atomic_fetch_add(&pool.job, 1);
    if (atomic_load(&pool.asleep)) {
        pthread_mutex_lock(&pool.lock);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.lock);
    }
}

/* Keeps a worker on a processor of the process's own that no other worker has; the caller's is left to the caller. */
static void place(pthread_t thread, int number) {
#if defined(__linux__)
    cpu_set_t all, one;
    int here = sched_getcpu();
    if (sched_getaffinity(0, sizeof all, &all) != 0) return;
    for (int cpu = 0, k = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all) || cpu == here || ++k != number) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(thread, sizeof one, &one);
        return;
    }
#else
    (void)thread, (void)number;
#endif
}

static int processors(void) {
#if defined(__linux__)
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof all, &all) == 0) return CPU_COUNT(&all);
#endif
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* A child process has the memory of the pool without its threads. */
static void forget(void) {
    pool.workers = pool.started = 0;
    atomic_store(&pool.job, 0);
    atomic_store(&pool.asleep, 0);
    atomic_flag_clear(&pool.busy);
    pthread_mutex_init(&pool.lock, 0);
    pthread_cond_init(&pool.wake, 0);
}

static void start(int want) {
    static int watched;
    int most = processors() - 1;
    if (want > most) want = most;
    pool.started = 1;
    if (!watched) watched = pthread_atfork(0, 0, forget) == 0;
    for (int i = 1; i <= want; i++) {
        if (pthread_create(&pool.threads[i - 1], 0, work, (void *)(intptr_t)i) != 0) break;
        place(pool.threads[i - 1], i);
        pool.workers = i;
    }
}

/* Runs all parts, at most `threads` at a time; returns when they are done. */
void ts_pool_run(ts_part run, void *context, int64_t threads) {
    if (threads > 1 && !atomic_flag_test_and_set_explicit(&pool.busy, memory_order_acquire)) {
        if (!pool.started) start((int)(threads > MOST ? MOST : threads) - 1);
        if (pool.workers > 0) {
            int64_t parts = threads < pool.workers + 1 ? threads : pool.workers + 1;
            pool.run = run;
            pool.context = context;
            pool.parts = parts;
            atomic_store(&pool.open, pool.workers);
            call();
            run(context, 0, parts);
            for (int i = 0; atomic_load_explicit(&pool.open, memory_order_acquire) != 0; i++) {
                if (i < SPINS) rest();
                else sched_yield();
            }
            atomic_flag_clear_explicit(&pool.busy, memory_order_release);
            return;
        }
        atomic_flag_clear_explicit(&pool.busy, memory_order_release);
    }
    run(context, 0, 1);
}

/* Code must not go away below threads that run it. */
__attribute__((destructor)) static void stop(void) {
    if (pool.workers == 0) return;
    atomic_store(&pool.stop, 1);
    call();
    for (int i = 0; i < pool.workers; i++) pthread_join(pool.threads[i], 0);
    pool.workers = 0;
}
