/* The C interface as a C program meets it: answers, errors, NULL, bad text, freed things, structs. */
#include "listino_test.h"

static listino_engine *engine_of(const char *book) {
    listino_engine *engine = NULL;
    listino_error *error = NULL;
    if (listino_engine_from_json(book, strlen(book), &engine, &error) != LISTINO_OK) {
        fprintf(stderr, "%s\n", listino_error_message(error));
        listino_error_free(error);
    }
    return engine;
}

static void answers(const listino_engine *engine) {
    listino_text *text = NULL;
    CHECK(listino_call(engine, LISTINO_QUOTE, REQUEST, strlen(REQUEST), &text, NULL) == LISTINO_OK);
    CHECK(strstr(listino_text_data(text), "\"payable\":\"859.68\"") != NULL);
    CHECK(strlen(listino_text_data(text)) == listino_text_length(text));
    listino_text_free(text);
    CHECK(listino_engine_digest(engine, &text, NULL) == LISTINO_OK);
    CHECK(listino_text_length(text) == 64);
    listino_text_free(text);
    CHECK(listino_check(BOOK, strlen(BOOK), &text, NULL) == LISTINO_OK);
    CHECK(strncmp(listino_text_data(text), "{\"digest\":\"", 11) == 0);
    listino_text_free(text);
    char input[512];
    snprintf(input, sizeof input, "{\"requests\":[%s]}", REQUEST);
    CHECK(listino_diff(engine, engine, input, strlen(input), &text, NULL) == LISTINO_OK);
    CHECK(strstr(listino_text_data(text), "\"changed\":0") != NULL);
    listino_text_free(text);
}

static void compiled(const listino_engine *engine) {
    listino_bytes *bytes = NULL, *again = NULL;
    listino_engine *loaded = NULL;
    listino_text *text = NULL;
    listino_error *error = NULL;
    CHECK(listino_engine_to_bytes(engine, &bytes, NULL) == LISTINO_OK);
    const unsigned char *data = listino_bytes_data(bytes);
    size_t length = listino_bytes_length(bytes);
    CHECK(listino_engine_from_bytes(data, length, &loaded, NULL) == LISTINO_OK);
    CHECK(listino_call(loaded, LISTINO_QUOTE, REQUEST, strlen(REQUEST), &text, NULL) == LISTINO_OK);
    CHECK(strstr(listino_text_data(text), "\"payable\":\"859.68\"") != NULL);
    listino_text_free(text);
    CHECK(listino_engine_to_bytes(loaded, &again, NULL) == LISTINO_OK);
    CHECK(listino_bytes_length(again) == length && memcmp(listino_bytes_data(again), data, length) == 0);
    listino_bytes_free(again);
    listino_engine_free(loaded);
    CHECK(listino_engine_from_bytes(data, length - 1, &loaded, &error) == LISTINO_BAD_BOOK);
    CHECK(loaded == NULL && strcmp(listino_error_code(error), "C0503") == 0);
    listino_error_free(error);
    CHECK(listino_engine_from_bytes(NULL, 7, &loaded, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_engine_to_bytes(NULL, &again, NULL) == LISTINO_BAD_CALL);
    CHECK(again == NULL && listino_bytes_data(NULL) == NULL && listino_bytes_length(NULL) == 0);
    listino_bytes_free(bytes);
    listino_bytes_free(bytes);
}

static void errors(const listino_engine *engine) {
    listino_text *text = (listino_text *)1;
    listino_error *error = NULL;
    CHECK(listino_call(engine, LISTINO_QUOTE, "{", 1, &text, &error) == LISTINO_BAD_REQUEST);
    CHECK(text == NULL);
    CHECK(listino_error_status(error) == LISTINO_BAD_REQUEST);
    CHECK(strcmp(listino_error_code(error), "Q0002") == 0);
    CHECK(listino_error_message(error)[0] && listino_error_help(error)[0]);
    CHECK(strcmp(listino_error_path(error), "") == 0);
    CHECK(strncmp(listino_error_json(error), "{\"code\":\"Q0002\"", 15) == 0);
    listino_error_free(error);

    CHECK(listino_call(engine, 99, REQUEST, strlen(REQUEST), &text, &error) == LISTINO_BAD_CALL);
    CHECK(strcmp(listino_error_code(error), "C0002") == 0);
    listino_error_free(error);

    CHECK(listino_call(engine, LISTINO_QUOTE, "\xff\xfe", 2, &text, &error) == LISTINO_BAD_CALL);
    CHECK(strcmp(listino_error_code(error), "C0001") == 0);
    listino_error_free(error);

    listino_engine *bad = (listino_engine *)1;
    CHECK(listino_engine_from_json("{\"v\":1}", 7, &bad, &error) == LISTINO_BAD_BOOK);
    CHECK(bad == NULL && strcmp(listino_error_code(error), "B0103") == 0);
    listino_error_free(error);
    /* An error that nobody asks for is not made. */
    CHECK(listino_engine_from_json("{\"v\":1}", 7, &bad, NULL) == LISTINO_BAD_BOOK);
    CHECK(listino_call(engine, LISTINO_QUOTE, NULL, 0, &text, NULL) == LISTINO_BAD_REQUEST);
    const char *solve = "{\"goal\":{\"target_total\":\"1\"},\"request\":";
    char input[512];
    snprintf(input, sizeof input, "%s%s}", solve, REQUEST);
    CHECK(listino_call(engine, LISTINO_SOLVE, input, strlen(input), &text, NULL) == LISTINO_OK);
    listino_text_free(text);
}

static void nothing(const listino_engine *engine) {
    listino_text *text = NULL;
    listino_error *error = NULL;
    listino_engine *out = NULL;
    listino_session *session = NULL;
    listino_configurator *model = NULL;
    listino_line line = {.size = sizeof line};
    listino_query query = {.size = sizeof query};
    listino_status status;
    CHECK(listino_call(NULL, LISTINO_QUOTE, REQUEST, strlen(REQUEST), &text, &error) == LISTINO_BAD_CALL);
    CHECK(strcmp(listino_error_code(error), "C0004") == 0);
    CHECK(strcmp(listino_error_message(error), "`engine` is missing") == 0);
    listino_error_free(error);
    CHECK(listino_call(engine, LISTINO_QUOTE, NULL, 5, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_call(engine, LISTINO_QUOTE, REQUEST, strlen(REQUEST), NULL, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_engine_from_json(NULL, 3, &out, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_engine_from_json(BOOK, strlen(BOOK), NULL, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_engine_digest(NULL, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_check(NULL, 1, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_diff(engine, NULL, "{}", 2, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_diff(NULL, engine, "{}", 2, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price(engine, NULL, &line, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price(engine, &query, NULL, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price(NULL, &query, &line, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price_many(engine, NULL, 1, &line, &status, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_price_many(engine, NULL, 0, NULL, NULL, NULL) == LISTINO_OK);
    CHECK(listino_decimal_text(NULL, NULL, 0) == 0);
    CHECK(listino_decimal_from_text("1", 1, NULL, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_configurator_from_json(MODEL, strlen(MODEL), NULL, 0, &model, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_session_new(NULL, &session, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_session_resume(NULL, "{}", 2, &session, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_session_step(NULL, "\"states\"", 8, &text, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_text_data(NULL) == NULL && listino_text_length(NULL) == 0);
    CHECK(listino_error_code(NULL) == NULL && listino_error_message(NULL) == NULL);
    CHECK(listino_error_path(NULL) == NULL && listino_error_help(NULL) == NULL);
    CHECK(listino_error_json(NULL) == NULL && listino_error_status(NULL) == LISTINO_BAD_CALL);
    listino_engine_free(NULL);
    listino_configurator_free(NULL);
    listino_session_free(NULL);
    listino_text_free(NULL);
    listino_error_free(NULL);
}

static void freed_and_mistaken(void) {
    listino_engine *engine = engine_of(BOOK);
    listino_text *text = NULL;
    CHECK(listino_engine_digest(engine, &text, NULL) == LISTINO_OK);
    /* A text is no engine, and an engine no text. */
    CHECK(listino_call((listino_engine *)text, LISTINO_QUOTE, REQUEST, strlen(REQUEST), NULL, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_engine_digest((listino_engine *)text, &(listino_text *){NULL}, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_text_data((listino_text *)engine) == NULL);
    listino_engine_free((listino_engine *)text);
    listino_text_free((listino_text *)engine);
    CHECK(listino_text_length(text) == 64);
    listino_text_free(text);
    listino_text_free(text);
    listino_engine_free(engine);
    listino_engine_free(engine);
}

static listino_query query_of(const char *product, long long quantity) {
    return (listino_query){
        .size = sizeof(listino_query),
        .customer = "rossi", .customer_length = 5,
        .product = product, .product_length = strlen(product),
        .quantity = {.low = (unsigned long long)quantity, .high = quantity < 0 ? -1 : 0, .present = 1},
        .date = {2026, 10, 5},
    };
}

static void structs(const listino_engine *engine) {
    listino_query query = query_of("TYRE", 48);
    listino_line line = {.size = sizeof line};
    listino_error *error = NULL;
    char buffer[40];
    CHECK(listino_price(engine, &query, &line, &error) == LISTINO_OK && error == NULL);
    CHECK(listino_decimal_text(&line.total, buffer, sizeof buffer) == 6 && strcmp(buffer, "859.68") == 0);
    CHECK(listino_decimal_text(&line.unit_price, buffer, sizeof buffer) == 5 && strcmp(buffer, "17.91") == 0);
    CHECK(line.margin_percent.present && line.verdict == 0);
    CHECK(strcmp(line.currency, "EUR") == 0 && strcmp(line.price_list, "base") == 0);
    strcpy(buffer, "untouched");
    CHECK(listino_decimal_text(&line.total, buffer, 6) == 6 && strcmp(buffer, "untouched") == 0);
    query = query_of("TYRE", -2);
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_OK);
    listino_decimal_text(&line.total, buffer, sizeof buffer);
    CHECK(strcmp(buffer, "-35.82") == 0);

    query = query_of("SADDLE", 1);
    CHECK(listino_price(engine, &query, &line, &error) == LISTINO_NO_PRICE);
    CHECK(strstr(listino_error_json(error), "\"reason\":\"no_price\"") != NULL);
    listino_error_free(error);
    query = query_of("TYRE", 1);
    query.date.day = 32;
    CHECK(listino_price(engine, &query, &line, &error) == LISTINO_BAD_CALL);
    CHECK(strcmp(listino_error_path(error), "/date") == 0);
    listino_error_free(error);
    query = query_of("TYRE", 1);
    query.product = "\xc3";
    query.product_length = 1;
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_BAD_CALL);
    query = query_of("TYRE", 1);
    query.size = 8;
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_BAD_CALL);
    query = query_of("TYRE", 1);
    query.quantity = (listino_decimal){.high = INT64_MAX, .scale = 99, .present = 1};
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_BAD_CALL);
    query.quantity.present = 0;
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_BAD_CALL);
    query = query_of("TYRE", 1);
    query.unit = "box", query.unit_length = 3;
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_NO_PRICE);
    query = query_of("TYRE", 1);
    query.currency = "euro", query.currency_length = 4;
    CHECK(listino_price(engine, &query, &line, NULL) == LISTINO_BAD_CALL);

    listino_query many[] = {query_of("TYRE", 1), query_of("NOTHING", 1), query_of("TYRE", 50)};
    listino_line lines[3] = {{.size = sizeof line}, {.size = sizeof line}, {.size = sizeof line}};
    listino_status statuses[3];
    CHECK(listino_price_many(engine, many, 3, lines, statuses, NULL) == LISTINO_OK);
    CHECK(statuses[0] == LISTINO_OK && statuses[1] == LISTINO_NO_PRICE && statuses[2] == LISTINO_OK);
    listino_decimal_text(&lines[2].total, buffer, sizeof buffer);
    CHECK(strcmp(buffer, "787.5") == 0);

    listino_decimal decimal;
    CHECK(listino_decimal_from_text("-12.50", 6, &decimal, NULL) == LISTINO_OK);
    listino_decimal_text(&decimal, buffer, sizeof buffer);
    CHECK(strcmp(buffer, "-12.5") == 0);
    CHECK(listino_decimal_from_text("1e3", 3, &decimal, NULL) == LISTINO_BAD_CALL);
    CHECK(listino_decimal_from_text("9999999999999999999999999999", 28, &decimal, NULL) == LISTINO_OK);
    CHECK(listino_decimal_text(&decimal, buffer, sizeof buffer) == 28 && buffer[27] == '9');
}

static void sessions(void) {
    listino_configurator *model = NULL;
    listino_session *session = NULL, *again = NULL;
    listino_text *text = NULL, *report = NULL;
    listino_error *error = NULL;
    CHECK(listino_configurator_from_json(MODEL, strlen(MODEL), "2026-10-05", 10, &model, &error) == LISTINO_OK);
    CHECK(listino_session_new(model, &session, &error) == LISTINO_OK);
    const char *choose = "{\"choose\":\"carbon\"}";
    CHECK(listino_session_step(session, choose, strlen(choose), &text, &error) == LISTINO_OK);
    listino_text_free(text);
    const char *rim = "{\"choose\":\"rim\"}";
    CHECK(listino_session_step(session, rim, strlen(rim), &text, &error) == LISTINO_NO_CHOICE);
    CHECK(strcmp(listino_error_code(error), "C0403") == 0);
    listino_error_free(error);
    CHECK(listino_session_step(session, "\"save\"", 6, &text, &error) == LISTINO_OK);
    CHECK(listino_session_resume(model, listino_text_data(text), listino_text_length(text), &again, &report, &error) == LISTINO_OK);
    CHECK(strstr(listino_text_data(report), "\"same_model\":true") != NULL);
    listino_text_free(text);
    listino_text_free(report);
    /* A session does not need its configurator any more. */
    listino_configurator_free(model);
    CHECK(listino_session_step(again, "\"complete\"", 10, &text, &error) == LISTINO_OK);
    CHECK(strstr(listino_text_data(text), "carbon") != NULL);
    listino_text_free(text);
    listino_session_free(again);
    listino_session_free(session);
}

static void sessions_of_lines(void) {
    const char *book = "{\"v\":1,\"currency\":\"EUR\",\"customers\":{\"C\":{}},\"products\":{\"lamp\":{\"model\":\"lamp\"}},"
        "\"models\":[{\"id\":\"lamp\",\"groups\":[{\"id\":\"colour\",\"options\":[{\"id\":\"red\"},{\"id\":\"gold\",\"price\":\"20\"}]}]}],"
        "\"price_lists\":[{\"id\":\"base\",\"prices\":{\"lamp\":\"50\"}}]}";
    const char *input = "{\"request\":{\"v\":1,\"date\":\"2026-05-01\",\"customer\":\"C\",\"lines\":[{\"product\":\"lamp\",\"quantity\":\"1\","
        "\"configuration\":{\"choices\":[{\"option\":\"gold\"}]}}]}}";
    listino_engine *engine = engine_of(book);
    listino_session *session = NULL;
    listino_text *text = NULL;
    listino_error *error = NULL;
    CHECK(listino_engine_configure(engine, input, strlen(input), &session, &error) == LISTINO_OK);
    /* A session does not need its engine any more. */
    listino_engine_free(engine);
    CHECK(listino_session_step(session, "\"complete\"", 10, &text, &error) == LISTINO_OK);
    CHECK(strstr(listino_text_data(text), "\"price\":\"70\"") != NULL);
    listino_text_free(text);
    listino_session_free(session);
    session = NULL;
    CHECK(listino_engine_configure(NULL, input, strlen(input), &session, NULL) == LISTINO_BAD_CALL);
    CHECK(session == NULL);
}

int main(void) {
    CHECK(listino_abi_version() == LISTINO_ABI);
    CHECK(listino_version()[0] >= '0');
    listino_engine *engine = engine_of(BOOK);
    CHECK(engine != NULL);
    answers(engine);
    compiled(engine);
    errors(engine);
    nothing(engine);
    structs(engine);
    sessions();
    sessions_of_lines();
    freed_and_mistaken();
    listino_engine_free(engine);
    return finish();
}
