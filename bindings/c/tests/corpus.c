/* The corpus in C: every call answers with the bytes of every other language. The argument is the
 * file that `corpus --plain` writes. */
#include "listino_test.h"

typedef struct {
    const char *data;
    size_t length;
} slice;

static const char *at, *end;

static slice next(void) {
    size_t length = 0;
    while (at < end && *at >= '0' && *at <= '9') length = length * 10 + (size_t)(*at++ - '0');
    if (at >= end || *at != ':' || (size_t)(end - at) < length + 2) {
        fprintf(stderr, "the corpus is broken\n");
        exit(2);
    }
    slice found = {at + 1, length};
    at += length + 2;
    return found;
}

static int is(slice text, const char *word) {
    return text.length == strlen(word) && memcmp(text.data, word, text.length) == 0;
}

static int same(slice wanted, const char *data, size_t length) {
    return data && wanted.length == length && memcmp(wanted.data, data, length) == 0;
}

static const char *VERBS[] = {"quote", "explain", "sentences", "price", "next_breaks", "solve", "replay", "digest"};

static uint32_t verb_of(slice call) {
    for (uint32_t verb = 0; verb < sizeof VERBS / sizeof *VERBS; verb++)
        if (is(call, VERBS[verb])) return verb;
    return UINT32_MAX;
}

static void compare(slice name, slice kind, slice wanted, listino_status status, listino_text *text, listino_error *error) {
    int good;
    const char *found;
    if (status == LISTINO_OK) {
        found = listino_text_data(text);
        good = is(kind, "answer") && same(wanted, found, listino_text_length(text));
    } else {
        found = listino_error_json(error);
        good = is(kind, "error") && same(wanted, found, found ? strlen(found) : 0);
    }
    if (good) {
        passed++;
    } else {
        failed++;
        fprintf(stderr, "%.*s\n  wanted %.*s\n  found  %s\n", (int)name.length, name.data, (int)wanted.length, wanted.data, found);
    }
    listino_text_free(text);
    listino_error_free(error);
}

static void session(slice name, slice model, slice date, int steps) {
    listino_configurator *configurator = NULL;
    listino_session *session = NULL;
    listino_error *error = NULL;
    listino_status status =
        listino_configurator_from_json(model.data, model.length, date.data, date.length, &configurator, &error);
    if (status != LISTINO_OK) {
        slice input = next(), kind = next(), wanted = next();
        (void)input;
        compare(name, kind, wanted, status, NULL, error);
        return;
    }
    CHECK(listino_session_new(configurator, &session, &error) == LISTINO_OK);
    while (steps-- > 0) {
        slice input = next(), kind = next(), wanted = next();
        listino_text *text = NULL;
        status = listino_session_step(session, input.data, input.length, &text, &error);
        compare(name, kind, wanted, status, text, error);
        error = NULL;
    }
    listino_session_free(session);
    listino_configurator_free(configurator);
}

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/* Loads a compiled book from hexadecimal digits. */
static listino_engine *load(slice digits, listino_error **error) {
    listino_engine *engine = NULL;
    unsigned char *bytes = malloc(digits.length / 2 + 1);
    if (!bytes) exit(2);
    for (size_t i = 0; i < digits.length / 2; i++)
        bytes[i] = (unsigned char)(digit(digits.data[2 * i]) * 16 + digit(digits.data[2 * i + 1]));
    listino_engine_from_bytes(bytes, digits.length / 2, &engine, error);
    free(bytes);
    return engine;
}

/* Whether an engine gives these bytes, as hexadecimal digits. */
static int gives(const listino_engine *engine, slice digits) {
    listino_bytes *bytes = NULL;
    CHECK(listino_engine_to_bytes(engine, &bytes, NULL) == LISTINO_OK);
    const unsigned char *data = listino_bytes_data(bytes);
    size_t length = listino_bytes_length(bytes);
    int good = digits.length == length * 2;
    for (size_t i = 0; good && i < length; i++)
        good = digit(digits.data[2 * i]) * 16 + digit(digits.data[2 * i + 1]) == data[i];
    listino_bytes_free(bytes);
    return good;
}

static void call(slice name, slice call, slice book, slice other) {
    slice input = next(), kind = next(), wanted = next();
    /* Cases of one book stand together: its engine is kept. */
    static slice known;
    static listino_engine *engine;
    static listino_error *refusal;
    listino_text *text = NULL;
    listino_error *error = NULL;
    listino_status status;
    if (is(call, "check")) {
        status = listino_check(book.data, book.length, &text, &error);
        compare(name, kind, wanted, status, text, error);
        return;
    }
    if (is(call, "from_bytes")) {
        listino_engine *loaded = load(input, &error);
        status = loaded ? listino_engine_digest(loaded, &text, &error) : LISTINO_BAD_BOOK;
        compare(name, kind, wanted, status, text, error);
        listino_engine_free(loaded);
        return;
    }
    if (!known.data || !same(book, known.data, known.length)) {
        listino_engine_free(engine);
        listino_error_free(refusal);
        engine = NULL, refusal = NULL, known = book;
        listino_engine_from_json(book.data, book.length, &engine, &refusal);
    }
    /* The end of the corpus, which has no engine: nothing is kept. */
    if (name.length == 0) return;
    if (!engine) {
        const char *found = listino_error_json(refusal);
        CHECK(is(kind, "error") && same(wanted, found, strlen(found)));
        return;
    }
    if (is(call, "to_bytes")) {
        CHECK(is(kind, "answer") && gives(engine, wanted));
        return;
    }
    if (is(call, "compile")) {
        status = listino_engine_digest(engine, &text, &error);
    } else if (is(call, "diff")) {
        listino_engine *to = NULL;
        CHECK(listino_engine_from_json(other.data, other.length, &to, &error) == LISTINO_OK);
        status = listino_diff(engine, to, input.data, input.length, &text, &error);
        listino_engine_free(to);
    } else if (verb_of(call) == UINT32_MAX) {
        /* C has numbers for verbs: a name that is none cannot be called. */
        return;
    } else {
        status = listino_call(engine, verb_of(call), input.data, input.length, &text, &error);
    }
    compare(name, kind, wanted, status, text, error);
}

int main(int count, char **arguments) {
    FILE *file = count > 1 ? fopen(arguments[1], "rb") : NULL;
    if (!file) return 2;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) return 2;
    fclose(file);
    at = bytes, end = bytes + size;
    while (at < end) {
        slice name = next(), what = next(), book = next(), other = next(), steps = next();
        if (is(what, "configure")) {
            session(name, book, other, atoi(steps.data));
        } else {
            call(name, what, book, other);
        }
    }
    /* Lets go of the last engine. */
    at = "0:,0:,0:,", end = at + 9;
    call((slice){"", 0}, (slice){"", 0}, (slice){"", 0}, (slice){"", 0});
    at = "0:,0:,0:,", end = at + 9;
    free(bytes);
    CHECK(passed >= 1000);
    return finish();
}
