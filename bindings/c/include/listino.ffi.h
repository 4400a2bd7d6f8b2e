/* liblistino: exact, explained configure-price-quote.
 *
 * Texts go in as pointer and length, in UTF-8; they need no NUL and are read during the call only. What a
 * call gives out is owned by the caller and freed by the one function named after its type; NULL may be
 * freed. Every call that can fail returns a status and, where it is not LISTINO_OK, an error object through
 * its last argument, which may be NULL when nobody asks why. The outputs are NULL then. Nothing unwinds or
 * aborts through this interface.
 *
 * Engines and configurators are immutable: any number of threads may use one at a time. A session belongs
 * to one thread at a time. Written by `cargo xtask header`: do not edit. */


typedef enum listino_status {
    LISTINO_OK = 0,
    LISTINO_BAD_CALL = 1,
    LISTINO_BAD_BOOK = 2,
    LISTINO_BAD_REQUEST = 3,
    LISTINO_NO_PRICE = 4,
    LISTINO_NO_SOLUTION = 5,
    LISTINO_NO_REPLAY = 6,
    LISTINO_NO_CHOICE = 7,
    LISTINO_INTERNAL = 8,
} listino_status;

typedef enum listino_verb {
    LISTINO_QUOTE = 0,
    LISTINO_EXPLAIN = 1,
    LISTINO_SENTENCES = 2,
    LISTINO_PRICE = 3,
    LISTINO_NEXT_BREAKS = 4,
    LISTINO_SOLVE = 5,
    LISTINO_REPLAY = 6,
    LISTINO_DIGEST = 7,
} listino_verb;

typedef struct ArrowArrayStream ArrowArrayStream;

typedef struct listino_bytes listino_bytes;

typedef struct listino_configurator listino_configurator;

typedef struct listino_engine listino_engine;

typedef struct listino_error listino_error;

typedef struct listino_session listino_session;

typedef struct listino_text listino_text;

typedef struct listino_decimal {
    int64_t high;
    uint64_t low;
    uint32_t scale;
    uint32_t present;
} listino_decimal;

typedef struct listino_date {
    int16_t year;
    uint8_t month;
    uint8_t day;
} listino_date;

typedef struct listino_query {
    size_t size;
    const char *customer;
    size_t customer_length;
    const char *product;
    size_t product_length;
    const char *unit;
    size_t unit_length;
    const char *currency;
    size_t currency_length;
    const char *channel;
    size_t channel_length;
    struct listino_decimal quantity;
    struct listino_date date;
} listino_query;

typedef struct listino_line {
    size_t size;
    struct listino_decimal list_price;
    struct listino_decimal unit_price;
    struct listino_decimal total;
    struct listino_decimal net;
    struct listino_decimal cost;
    struct listino_decimal margin_percent;
    uint32_t verdict;
    char currency[4];
    char price_list[257];
} listino_line;

typedef struct listino_frame_options {
    size_t size;
    uint32_t scale;
    uint32_t scaled;
    uint32_t threads;
    uint32_t keep;
    uint32_t errors;
    uint32_t floats;
    uint32_t plain_names;
} listino_frame_options;

uint32_t listino_abi_version(void);

const char *listino_version(void);

enum listino_status listino_check(const char *book,
                                  size_t length,
                                  struct listino_text **out,
                                  struct listino_error **error);

enum listino_status listino_engine_from_json(const char *book,
                                             size_t length,
                                             struct listino_engine **out,
                                             struct listino_error **error);

enum listino_status listino_engine_from_bytes(const uint8_t *data,
                                              size_t length,
                                              struct listino_engine **out,
                                              struct listino_error **error);

enum listino_status listino_engine_to_bytes(const struct listino_engine *engine,
                                            struct listino_bytes **out,
                                            struct listino_error **error);

enum listino_status listino_engine_digest(const struct listino_engine *engine,
                                          struct listino_text **out,
                                          struct listino_error **error);

void listino_engine_free(struct listino_engine *engine);

enum listino_status listino_call(const struct listino_engine *engine,
                                 uint32_t verb,
                                 const char *input,
                                 size_t length,
                                 struct listino_text **out,
                                 struct listino_error **error);

enum listino_status listino_diff(const struct listino_engine *old,
                                 const struct listino_engine *new_,
                                 const char *input,
                                 size_t length,
                                 struct listino_text **out,
                                 struct listino_error **error);

enum listino_status listino_price(const struct listino_engine *engine,
                                  const struct listino_query *query,
                                  struct listino_line *out,
                                  struct listino_error **error);

enum listino_status listino_price_many(const struct listino_engine *engine,
                                       const struct listino_query *queries,
                                       size_t count,
                                       struct listino_line *out,
                                       enum listino_status *statuses,
                                       struct listino_error **error);

enum listino_status listino_price_arrow(const struct listino_engine *engine,
                                        struct ArrowArrayStream *frame,
                                        const struct listino_frame_options *options,
                                        struct ArrowArrayStream *out,
                                        struct listino_error **error);

size_t listino_decimal_text(const struct listino_decimal *decimal, char *buffer, size_t size);

enum listino_status listino_decimal_from_text(const char *text,
                                              size_t length,
                                              struct listino_decimal *out,
                                              struct listino_error **error);

enum listino_status listino_configurator_from_json(const char *model,
                                                   size_t length,
                                                   const char *date,
                                                   size_t date_length,
                                                   struct listino_configurator **out,
                                                   struct listino_error **error);

void listino_configurator_free(struct listino_configurator *configurator);

enum listino_status listino_session_new(const struct listino_configurator *configurator,
                                        struct listino_session **out,
                                        struct listino_error **error);

enum listino_status listino_engine_configure(const struct listino_engine *engine,
                                             const char *input,
                                             size_t length,
                                             struct listino_session **out,
                                             struct listino_error **error);

enum listino_status listino_session_resume(const struct listino_configurator *configurator,
                                           const char *saved,
                                           size_t length,
                                           struct listino_session **out,
                                           struct listino_text **report,
                                           struct listino_error **error);

enum listino_status listino_session_step(struct listino_session *session,
                                         const char *input,
                                         size_t length,
                                         struct listino_text **out,
                                         struct listino_error **error);

void listino_session_free(struct listino_session *session);

const char *listino_text_data(const struct listino_text *text);

size_t listino_text_length(const struct listino_text *text);

void listino_text_free(struct listino_text *text);

const uint8_t *listino_bytes_data(const struct listino_bytes *bytes);

size_t listino_bytes_length(const struct listino_bytes *bytes);

void listino_bytes_free(struct listino_bytes *bytes);

enum listino_status listino_error_status(const struct listino_error *error);

const char *listino_error_code(const struct listino_error *error);

const char *listino_error_message(const struct listino_error *error);

const char *listino_error_path(const struct listino_error *error);

const char *listino_error_help(const struct listino_error *error);

const char *listino_error_json(const struct listino_error *error);

void listino_error_free(struct listino_error *error);
