/* What the C tests share. */
#ifndef LISTINO_TEST_H
#define LISTINO_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listino.h"

static int passed, failed;

#define CHECK(condition)                                                             \
    do {                                                                             \
        if (condition) {                                                             \
            passed++;                                                                \
        } else {                                                                     \
            failed++;                                                                \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
        }                                                                            \
    } while (0)

static inline int finish(void) {
    printf("test result: %s. %d passed; %d failed; 0 ignored\n", failed ? "FAILED" : "ok", passed, failed);
    return failed != 0;
}

static const char BOOK[] =
    "{\"v\":1,\"currency\":\"EUR\",\"customers\":{\"rossi\":{\"cluster\":\"reseller\"}},"
    "\"products\":{\"TYRE\":{\"cost\":\"11.20\"},\"SADDLE\":{}},"
    "\"price_lists\":[{\"id\":\"base\",\"prices\":{\"TYRE\":[{\"price\":\"19.90\"},{\"from\":\"50\",\"price\":\"17.50\"}]}}],"
    "\"discounts\":[{\"id\":\"reseller\",\"stage\":\"cluster\",\"for\":{\"cluster\":\"reseller\"},\"percent\":\"10\"}]}";

static const char REQUEST[] =
    "{\"v\":1,\"date\":\"2026-10-05\",\"customer\":\"rossi\",\"lines\":[{\"product\":\"TYRE\",\"quantity\":\"48\"}]}";

static const char MODEL[] =
    "{\"id\":\"bike\",\"groups\":[{\"id\":\"frame\",\"options\":[{\"id\":\"alu\"},{\"id\":\"carbon\"}]},"
    "{\"id\":\"brake\",\"options\":[{\"id\":\"rim\"},{\"id\":\"disc\"}]}],"
    "\"rules\":[{\"id\":\"no-rim\",\"must\":{\"excludes\":[\"carbon\",\"rim\"]}}]}";

#endif
