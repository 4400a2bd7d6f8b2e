/* Frames through the Arrow C stream interface, with streams made by hand. */
#include <errno.h>
#include <stdint.h>

#include "listino_test.h"

/* The structures of the interface; a program takes them from the headers of Arrow. */
struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

/* ---- the lines: four columns, so many batches of three rows, then the end or an error ---- */

enum { COLUMNS = 4, ROWS = 3 };
static const char *NAMES[COLUMNS] = {"customer", "product", "quantity", "date"};
static const int32_t CUSTOMER_ENDS[] = {0, 5, 10, 15}, PRODUCT_ENDS[] = {0, 4, 8, 14};
static const char CUSTOMERS[] = "rossirossirossi", PRODUCTS[] = "TYRETYRESADDLE";
static const int64_t QUANTITIES[] = {48, 50, 1};
static const int32_t DATES[] = {20731, 20731, 20731};
static const uint8_t ALL_BUT_THE_LAST = 3;

struct lines {
    int batches;
    int breaks;         /* fail after the last batch */
    int last_is_null;   /* the last product of each batch is null */
    const char *second; /* the name of the second column */
    const char *third;  /* the format of the third */
};

/* What is handed out and not released. */
static int alive;

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    schema->release = NULL;
    alive--;
}

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    free(array->buffers);
    array->release = NULL;
    alive--;
}

static void release_stream(struct ArrowArrayStream *stream) {
    stream->release = NULL;
    alive--;
}

static int lines_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    const struct lines *lines = stream->private_data;
    const char *formats[COLUMNS] = {"u", "u", lines->third, "tdD"};
    *out = (struct ArrowSchema){.format = "+s", .name = "", .n_children = COLUMNS, .release = release_schema};
    out->children = calloc(COLUMNS, sizeof *out->children);
    alive++;
    for (int i = 0; i < COLUMNS; i++) {
        out->children[i] = malloc(sizeof **out->children);
        *out->children[i] = (struct ArrowSchema){
            .format = formats[i], .name = i == 1 ? lines->second : NAMES[i], .flags = 2, .release = release_schema};
        alive++;
    }
    return 0;
}

static int lines_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    struct lines *lines = stream->private_data;
    *out = (struct ArrowArray){0};
    if (lines->batches == 0) return lines->breaks ? EIO : 0;
    lines->batches--;
    *out = (struct ArrowArray){.length = ROWS, .n_buffers = 1, .n_children = COLUMNS, .release = release_array};
    out->buffers = calloc(1, sizeof *out->buffers);
    out->children = calloc(COLUMNS, sizeof *out->children);
    alive++;
    const void *buffers[COLUMNS][3] = {{NULL, CUSTOMER_ENDS, CUSTOMERS},
                                       {lines->last_is_null ? &ALL_BUT_THE_LAST : NULL, PRODUCT_ENDS, PRODUCTS},
                                       {NULL, QUANTITIES, NULL},
                                       {NULL, DATES, NULL}};
    for (int i = 0; i < COLUMNS; i++) {
        struct ArrowArray *column = out->children[i] = malloc(sizeof *column);
        *column = (struct ArrowArray){.length = ROWS, .n_buffers = i < 2 ? 3 : 2, .release = release_array};
        column->null_count = i == 1 && lines->last_is_null;
        column->buffers = calloc(3, sizeof *column->buffers);
        memcpy(column->buffers, buffers[i], sizeof buffers[i]);
        alive++;
    }
    return 0;
}

static const char *lines_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "the disk is gone";
}

static struct ArrowArrayStream stream_of(struct lines *lines) {
    alive++;
    return (struct ArrowArrayStream){lines_schema, lines_next, lines_error, release_stream, lines};
}

/* ---- what comes out ---- */

static int column_of(struct ArrowArrayStream *stream, const char *name, char *format, size_t size) {
    struct ArrowSchema schema;
    CHECK(stream->get_schema(stream, &schema) == 0);
    int found = -1;
    for (int i = 0; i < schema.n_children; i++) {
        if (strcmp(schema.children[i]->name, name) == 0) {
            found = i;
            snprintf(format, size, "%s", schema.children[i]->format);
        }
    }
    schema.release(&schema);
    return found;
}

static void prices(const listino_engine *engine) {
    struct lines lines = {.batches = 2, .last_is_null = 1, .second = "product", .third = "l"};
    struct ArrowArrayStream frame = stream_of(&lines), out;
    listino_frame_options options = {.size = sizeof options, .scale = 4, .scaled = 1, .keep = 1, .errors = 1, .threads = 2};
    CHECK(listino_price_arrow(engine, &frame, &options, &out, NULL) == LISTINO_OK);
    CHECK(frame.release == NULL);
    char format[32] = "";
    CHECK(column_of(&out, "customer", format, sizeof format) == 0 && strcmp(format, "u") == 0);
    int total = column_of(&out, "total", format, sizeof format);
    CHECK(strcmp(format, "d:38,4") == 0);
    int error = column_of(&out, "error", format, sizeof format);
    CHECK(total > 0 && error > total && strcmp(format, "c") == 0);
    int batches = 0;
    for (struct ArrowArray batch; out.get_next(&out, &batch) == 0 && batch.release; batches++) {
        CHECK(batch.length == ROWS);
        const struct ArrowArray *totals = batch.children[total], *errors = batch.children[error];
        /* 48 at 17.91 and 50 at 15.75, at four decimals; nothing for what is missing. */
        const __int128 *values = totals->buffers[1];
        CHECK(values[0] == 8596800 && values[1] == 7875000 && totals->null_count == 1);
        CHECK((((const uint8_t *)totals->buffers[0])[0] & 7) == 3);
        const int8_t *keys = errors->buffers[1];
        const struct ArrowArray *words = errors->dictionary;
        const int32_t *ends = words->buffers[1];
        const char *text = (const char *)words->buffers[2] + ends[keys[2]];
        CHECK(errors->null_count == 2 && strncmp(text, "missing", 7) == 0);
        batch.release(&batch);
    }
    CHECK(batches == 2);
    out.release(&out);
    CHECK(alive == 0);
}

static void errors(const listino_engine *engine) {
    struct ArrowArray batch;
    struct ArrowArrayStream frame, out;
    listino_error *error = NULL;
    /* The third line has no price: the stream says so. */
    struct lines lines = {.batches = 1, .second = "product", .third = "l"};
    frame = stream_of(&lines);
    CHECK(listino_price_arrow(engine, &frame, NULL, &out, &error) == LISTINO_OK && error == NULL);
    CHECK(out.get_next(&out, &batch) != 0);
    CHECK(strstr(out.get_last_error(&out), "row 2 has no price: `no_price`") != NULL);
    out.release(&out);
    CHECK(alive == 0);
    /* A stream that breaks. */
    lines = (struct lines){.batches = 1, .breaks = 1, .second = "product", .third = "l"};
    frame = stream_of(&lines);
    listino_frame_options options = {.size = sizeof options, .errors = 1};
    CHECK(listino_price_arrow(engine, &frame, &options, &out, NULL) == LISTINO_OK);
    CHECK(out.get_next(&out, &batch) == 0);
    batch.release(&batch);
    CHECK(out.get_next(&out, &batch) != 0);
    CHECK(strstr(out.get_last_error(&out), "the disk is gone") != NULL);
    out.release(&out);
    CHECK(alive == 0);
    /* Columns that are not those of lines: all of them are named, and the frame is released. */
    lines = (struct lines){.second = "sku", .third = "g"};
    frame = stream_of(&lines);
    CHECK(listino_price_arrow(engine, &frame, NULL, &out, &error) == LISTINO_BAD_CALL);
    CHECK(strcmp(listino_error_code(error), "C0601") == 0 && out.release == NULL && alive == 0);
    const char *json = listino_error_json(error);
    CHECK(strstr(json, "/product") && strstr(json, "/sku") && strstr(json, "a float is not exact"));
    listino_error_free(error);
    /* A stream that was released already, and nothing at all. */
    CHECK(listino_price_arrow(engine, &frame, NULL, &out, &error) == LISTINO_BAD_CALL);
    CHECK(strcmp(listino_error_code(error), "C0603") == 0);
    listino_error_free(error);
    CHECK(listino_price_arrow(engine, NULL, NULL, &out, NULL) == LISTINO_BAD_CALL && out.release == NULL);
    lines = (struct lines){.batches = 1, .second = "product", .third = "l"};
    frame = stream_of(&lines);
    CHECK(listino_price_arrow(NULL, &frame, NULL, &out, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price_arrow(engine, &frame, NULL, NULL, NULL) == LISTINO_BAD_CALL);
    options.size = 1;
    CHECK(listino_price_arrow(engine, &frame, &options, &out, NULL) == LISTINO_BAD_CALL);
    /* Where an argument is missing, the frame is still the caller's. */
    CHECK(frame.release != NULL && alive == 1);
    frame.release(&frame);
}

/* The answer needs neither the engine nor to be read to its end. */
static void outlives(listino_engine *engine) {
    struct lines lines = {.batches = 3, .last_is_null = 1, .second = "product", .third = "l"};
    struct ArrowArrayStream frame = stream_of(&lines), out;
    listino_frame_options options = {.size = sizeof options, .errors = 1};
    CHECK(listino_price_arrow(engine, &frame, &options, &out, NULL) == LISTINO_OK);
    listino_engine_free(engine);
    struct ArrowArray batch;
    CHECK(out.get_next(&out, &batch) == 0 && batch.length == ROWS);
    out.release(&out);
    batch.release(&batch);
    CHECK(alive == 0);
}

int main(void) {
    listino_engine *engine = NULL;
    CHECK(listino_engine_from_json(BOOK, strlen(BOOK), &engine, NULL) == LISTINO_OK);
    prices(engine);
    errors(engine);
    outlives(engine);
    return finish();
}
