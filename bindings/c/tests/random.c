/* Random sequences of calls: wrong order, NULL, things freed twice, bad UTF-8, cut and damaged input.
 * Nothing may abort, and what is given out may not leak. Arguments: how many sequences, the seed. */
#include "listino_test.h"

static uint64_t state;

static uint32_t draw(uint32_t below) {
    /* xorshift64*: the same sequence everywhere. */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1DULL) >> 33) % below;
}

enum { SLOTS = 4 };
static listino_engine *engines[SLOTS];
static listino_configurator *models[SLOTS];
static listino_session *sessions[SLOTS];
static listino_text *texts[SLOTS];
static listino_bytes *compiled[SLOTS];
static listino_error *errors[SLOTS];
static unsigned long calls, answered;

static const char *const TEXTS[] = {
    BOOK, REQUEST, MODEL, "{\"v\":1,\"currency\":\"EUR\"}", "{}", "", "null", "\"states\"", "\"complete\"", "\"save\"", "\"undo_last\"",
    "{\"choose\":\"carbon\"}", "{\"choose\":\"rim\"}", "{\"leave_out\":\"alu\"}", "{\"undo\":\"carbon\"}", "{\"requests\":[]}",
    "{\"customer\":\"rossi\",\"product\":\"TYRE\",\"quantity\":\"3\",\"date\":\"2026-10-05\"}", "\xff\xfe\xfd", "[[[[[[[[[[[[[[[[[[[[",
    "{\"model\":\"bike\",\"choices\":[{\"option\":\"rim\"}]}", "2026-10-05", "2026-13-05",
};

static char scratch[4096];
static const char *text;
static size_t length;

/* A text as it is, cut, damaged, missing, or blown up. */
static void pick(void) {
    text = TEXTS[draw(sizeof TEXTS / sizeof *TEXTS)];
    length = strlen(text);
    switch (draw(12)) {
    case 0: length = length ? draw((uint32_t)length) : 0; break;
    case 1:
        if (length && length < sizeof scratch) {
            memcpy(scratch, text, length);
            scratch[draw((uint32_t)length)] = (char)draw(256);
            text = scratch;
        }
        break;
    case 2: text = NULL; break;
    case 3: text = NULL, length = 0; break;
    case 4:
        if (draw(50) == 0) {
            memset(scratch, "[{\"9 a\xc3"[draw(8)], sizeof scratch);
            text = scratch, length = sizeof scratch;
        }
        break;
    default: break;
    }
}

static listino_error **reason(void) {
    if (draw(4) == 0) return NULL;
    listino_error **slot = &errors[draw(SLOTS)];
    listino_error_free(*slot);
    *slot = NULL;
    return slot;
}

static listino_text **output(void) {
    if (draw(30) == 0) return NULL;
    listino_text **slot = &texts[draw(SLOTS)];
    listino_text_free(*slot);
    *slot = NULL;
    return slot;
}

static listino_decimal decimal(void) {
    listino_decimal found = {.low = draw(100), .present = 1};
    if (draw(8) == 0) found = (listino_decimal){(int64_t)((uint64_t)draw(UINT32_MAX) << 32), draw(UINT32_MAX), draw(40), draw(3)};
    return found;
}

static void price(const listino_engine *engine) {
    listino_query queries[3];
    listino_line lines[3];
    listino_status statuses[3];
    for (int i = 0; i < 3; i++) {
        pick();
        int plain = draw(3) != 0;
        queries[i] = (listino_query){
            .size = draw(40) ? sizeof *queries : draw(500),
            .customer = plain ? "rossi" : text, .customer_length = plain ? 5 : length,
            .product = "TYRE", .product_length = draw(20) ? 4 : 2,
            .quantity = decimal(), .date = {(int16_t)(2020 + draw(10)), (uint8_t)(1 + draw(12)), (uint8_t)draw(33)},
        };
        if (draw(10) == 0) queries[i].unit = text, queries[i].unit_length = length;
        if (draw(10) == 0) queries[i].currency = "USD", queries[i].currency_length = draw(5);
        lines[i].size = draw(40) ? sizeof *lines : 1;
    }
    listino_status status = draw(2) ? listino_price(engine, draw(30) ? queries : NULL, draw(30) ? lines : NULL, reason())
                                    : listino_price_many(engine, queries, draw(4), lines, statuses, reason());
    if (status == LISTINO_OK) {
        answered++;
        char buffer[32];
        listino_decimal_text(&queries[0].quantity, buffer, draw(sizeof buffer + 1));
    }
}

static void one(void) {
    uint32_t slot = draw(SLOTS), other = draw(SLOTS);
    listino_status status = LISTINO_BAD_CALL;
    calls++;
    pick();
    switch (draw(22)) {
    case 0: case 1: {
        listino_engine_free(engines[slot]);
        engines[slot] = NULL;
        if (draw(3)) text = BOOK, length = strlen(BOOK);
        status = listino_engine_from_json(text, length, draw(30) ? &engines[slot] : NULL, reason());
        break;
    }
    case 2: case 3: case 4:
        if (draw(3)) text = REQUEST, length = strlen(REQUEST);
        status = listino_call(engines[slot], draw(10), text, length, output(), reason());
        break;
    case 5: case 6: price(engines[slot]); break;
    case 7: status = listino_diff(engines[slot], engines[other], text, length, output(), reason()); break;
    case 8: status = listino_check(text, length, output(), reason()); break;
    case 9: status = listino_engine_digest(engines[slot], output(), reason()); break;
    case 10:
        listino_configurator_free(models[slot]);
        models[slot] = NULL;
        if (draw(3)) text = MODEL, length = strlen(MODEL);
        status = listino_configurator_from_json(text, length, "2026-10-05", draw(4) ? 10 : draw(10), &models[slot], reason());
        break;
    case 11:
        listino_session_free(sessions[slot]);
        sessions[slot] = NULL;
        status = listino_session_new(models[other], &sessions[slot], reason());
        break;
    case 12: {
        listino_session_free(sessions[slot]);
        sessions[slot] = NULL;
        listino_text **report = output();
        status = listino_session_resume(models[other], text, length, &sessions[slot], report, reason());
        break;
    }
    case 13: case 14: status = listino_session_step(sessions[slot], text, length, output(), reason()); break;
    case 15:
        /* Freed twice, and as something else. */
        listino_text_free(texts[slot]);
        listino_text_free(texts[slot]);
        texts[slot] = NULL;
        listino_text_free((listino_text *)engines[other]);
        listino_engine_free((listino_engine *)errors[other]);
        break;
    case 16:
        listino_engine_free(engines[slot]);
        listino_engine_free(engines[slot]);
        engines[slot] = NULL;
        break;
    case 17:
        /* Mistaken for something else while it lives. */
        if (errors[slot]) status = listino_call((listino_engine *)errors[slot], 0, text, length, output(), NULL);
        if (engines[other]) (void)listino_text_data((listino_text *)engines[other]);
        break;
    case 20:
        listino_bytes_free(compiled[slot]);
        compiled[slot] = NULL;
        status = listino_engine_to_bytes(engines[other], draw(30) ? &compiled[slot] : NULL, reason());
        break;
    case 21: {
        /* A compiled book as it is, cut, or damaged. */
        const unsigned char *data = listino_bytes_data(compiled[slot]);
        size_t count = listino_bytes_length(compiled[slot]);
        listino_engine_free(engines[other]);
        engines[other] = NULL;
        if (data && count <= sizeof scratch && draw(3) == 0) {
            memcpy(scratch, data, count);
            scratch[draw((uint32_t)count)] ^= (char)(1 << draw(8));
            data = (const unsigned char *)scratch;
        }
        if (count && draw(4) == 0) count = draw((uint32_t)count);
        status = listino_engine_from_bytes(data, count, draw(30) ? &engines[other] : NULL, reason());
        break;
    }
    case 18:
        (void)listino_error_code(errors[slot]), (void)listino_error_json(errors[slot]), (void)listino_error_help(errors[slot]);
        (void)listino_error_status(errors[slot]), (void)listino_text_length(texts[slot]);
        break;
    default: {
        listino_decimal found;
        status = listino_decimal_from_text(text, length, draw(30) ? &found : NULL, reason());
        break;
    }
    }
    answered += status == LISTINO_OK;
}

int main(int count, char **arguments) {
    unsigned long sequences = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000;
    state = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    state = state * 2 + 1;
    for (unsigned long sequence = 0; sequence < sequences; sequence++) {
        uint32_t steps = 1 + draw(8);
        while (steps-- > 0) one();
        if (draw(64) == 0)
            for (int i = 0; i < SLOTS; i++) {
                listino_engine_free(engines[i]), listino_configurator_free(models[i]), listino_session_free(sessions[i]);
                listino_text_free(texts[i]), listino_bytes_free(compiled[i]), listino_error_free(errors[i]);
                engines[i] = NULL, models[i] = NULL, sessions[i] = NULL, texts[i] = NULL, compiled[i] = NULL, errors[i] = NULL;
            }
    }
    for (int i = 0; i < SLOTS; i++) {
        listino_engine_free(engines[i]), listino_configurator_free(models[i]), listino_session_free(sessions[i]);
        listino_text_free(texts[i]), listino_bytes_free(compiled[i]), listino_error_free(errors[i]);
    }
    printf("%lu sequences of %lu calls, %lu answered\n", sequences, calls, answered);
    /* Where nothing is answered nothing is tried. */
    CHECK(answered * 10 > calls);
    return finish();
}
