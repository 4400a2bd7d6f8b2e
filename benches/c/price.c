/* Nanoseconds of processor time for one line through the struct call: `price BOOK.json`. */
#include <listino.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 30, WARM = 10, RUNS = 2000 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_size(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static void fail(const char *what, const listino_error *error) {
    fprintf(stderr, "%s: %s\n", what, error ? listino_error_message(error) : "");
    exit(1);
}

static listino_engine *load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path, NULL);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) fail(path, NULL);
    fclose(file);
    listino_engine *engine = NULL;
    listino_error *error = NULL;
    if (listino_engine_from_json(text, (size_t)size, &engine, &error) != LISTINO_OK) fail(path, error);
    free(text);
    return engine;
}

int main(int count, char **words) {
    if (count != 2) fail("price BOOK.json", NULL);
    listino_engine *engine = load(words[1]);
    const char *customer = "alpine-cycle-works", *product = "BK-M82B-42", *channel = "reseller";
    listino_query query = {
        .size = sizeof query,
        .customer = customer,
        .customer_length = strlen(customer),
        .product = product,
        .product_length = strlen(product),
        .channel = channel,
        .channel_length = strlen(channel),
        .quantity = {.low = 6, .present = 1},
        .date = {2022, 7, 15},
    };
    listino_line line = {.size = sizeof line};
    listino_error *error = NULL;
    double rounds[ROUNDS];
    for (int round = 0; round < ROUNDS; round += 1) {
        double begin = now();
        for (int run = 0; run < RUNS; run += 1)
            if (listino_price(engine, &query, &line, &error) != LISTINO_OK) fail("price", error);
        rounds[round] = (now() - begin) / RUNS;
    }
    qsort(rounds + WARM, ROUNDS - WARM, sizeof *rounds, by_size);
    char total[64];
    listino_decimal_text(&line.total, total, sizeof total);
    printf("{\"price_ns\":%.1f,\"total\":\"%s\"}\n", rounds[WARM + (ROUNDS - WARM) / 2], total);
    listino_engine_free(engine);
    return 0;
}
