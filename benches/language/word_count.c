#include <stdint.h>
#include <string.h>

enum { SLOTS = 64 };

struct entry {
    const char *word;
    size_t len;
    uint64_t hash;
    int64_t count;
};

static struct entry *find(struct entry *table, const char *word, size_t len) {
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)word[i]) * 1099511628211u;
    for (uint64_t at = h % SLOTS;; at = (at + 1) % SLOTS) {
        struct entry *e = &table[at];
        if (!e->word) {
            e->word = word, e->len = len, e->hash = h;
            return e;
        }
        if (e->hash == h && e->len == len && !memcmp(e->word, word, len)) return e;
    }
}

int64_t run(int64_t n) {
    static const char *words[] = {"the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "the", "dog", "sleeps", "on"};
    enum { WORDS = sizeof words / sizeof *words };
    size_t lens[WORDS];
    struct entry table[SLOTS] = {0};
    for (int i = 0; i < WORDS; i++) lens[i] = strlen(words[i]);
    for (int64_t i = 0; i < n; i++) {
        int64_t w = i * 7 % WORDS;
        find(table, words[w], lens[w])->count++;
    }
    return find(table, "the", 3)->count;
}
