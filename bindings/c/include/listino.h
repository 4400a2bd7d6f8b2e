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

#ifndef LISTINO_H
#define LISTINO_H

#include <stddef.h>
#include <stdint.h>

// The version of this interface: it changes when a program has to be compiled again.
#define LISTINO_ABI 1

// What became of a call.
typedef enum listino_status {
    // It has an answer.
    LISTINO_OK = 0,
    // An argument does not have the form it needs, is NULL, or is not UTF-8 (C00..).
    LISTINO_BAD_CALL = 1,
    // The price book, or the compiled one, cannot be used (B...., C05..).
    LISTINO_BAD_BOOK = 2,
    // The request cannot be read or answered (Q....).
    LISTINO_BAD_REQUEST = 3,
    // The line has no price (C01..).
    LISTINO_NO_PRICE = 4,
    // The solver has no answer (C02..).
    LISTINO_NO_SOLUTION = 5,
    // The quote does not come out again (C03..).
    LISTINO_NO_REPLAY = 6,
    // The model is not valid or the choice cannot stand (C04..).
    LISTINO_NO_CHOICE = 7,
    // The library failed (C0005): a defect of it.
    LISTINO_INTERNAL = 8,
} listino_status;

// What an engine can be asked in JSON.
typedef enum listino_verb {
    // A request to its quote.
    LISTINO_QUOTE = 0,
    // A request to its quote with every candidate that was considered.
    LISTINO_EXPLAIN = 1,
    // { request, language } to the explanation as sentences.
    LISTINO_SENTENCES = 2,
    // { customer, product, quantity, date, unit, currency, channel } to the numbers of one line.
    LISTINO_PRICE = 3,
    // A request to the next break of each line.
    LISTINO_NEXT_BREAKS = 4,
    // { request, goal, line } to what may be granted.
    LISTINO_SOLVE = 5,
    // { request, quote } to the same quote, if it still comes out.
    LISTINO_REPLAY = 6,
    // A request to its canonical form and the digests of it and of the book.
    LISTINO_DIGEST = 7,
} listino_verb;

// A stream of the Arrow C stream interface, as `struct ArrowArrayStream` of the Arrow headers.
typedef struct ArrowArrayStream ArrowArrayStream;

// Owned bytes: a compiled book.
typedef struct listino_bytes listino_bytes;

// A compiled option model: immutable, for any number of threads.
typedef struct listino_configurator listino_configurator;

// A compiled price book: immutable, for any number of threads.
typedef struct listino_engine listino_engine;

// Why there is no answer.
typedef struct listino_error listino_error;

// A customer choosing: for one thread at a time.
typedef struct listino_session listino_session;

// An owned text.
typedef struct listino_text listino_text;

// A decimal: (high * 2^64 + low) / 10^scale, of at most 28 digits. `present` is 0 where there is
// none.
typedef struct listino_decimal {
    // The upper half of the number without its point, with its sign.
    int64_t high;
    // The lower half.
    uint64_t low;
    // How many decimals it has, at most 28.
    uint32_t scale;
    // Whether there is a number: 1 or 0.
    uint32_t present;
} listino_decimal;

// A day.
typedef struct listino_date {
    // The year, 1 to 9999.
    int16_t year;
    // The month, 1 to 12.
    uint8_t month;
    // The day of the month.
    uint8_t day;
} listino_date;

// What one line is asked for. Texts are UTF-8 and need no NUL.
typedef struct listino_query {
    // sizeof(listino_query).
    size_t size;
    // A customer of the book.
    const char *customer;
    // Its length.
    size_t customer_length;
    // The product.
    const char *product;
    // Its length.
    size_t product_length;
    // The unit ordered in, or NULL: the product's base unit.
    const char *unit;
    // Its length.
    size_t unit_length;
    // The currency, or NULL: the customer's, then the book's.
    const char *currency;
    // Its length.
    size_t currency_length;
    // The sales channel, or NULL.
    const char *channel;
    // Its length.
    size_t channel_length;
    // The quantity.
    struct listino_decimal quantity;
    // The pricing date.
    struct listino_date date;
} listino_query;

// The numbers of one line.
typedef struct listino_line {
    // sizeof(listino_line), set by the caller.
    size_t size;
    // The list price of one unit; absent where the line is priced as a whole.
    struct listino_decimal list_price;
    // The net price of one unit; absent where the line is priced as a whole.
    struct listino_decimal unit_price;
    // The line total.
    struct listino_decimal total;
    // The true net.
    struct listino_decimal net;
    // The cost of the line; absent where it is not known.
    struct listino_decimal cost;
    // The margin in percent; absent where the cost is not known or the net is zero.
    struct listino_decimal margin_percent;
    // 0: nothing stands against it, 1: someone must approve it, 2: a threshold forbids it.
    uint32_t verdict;
    // The currency, with a NUL behind it.
    char currency[4];
    // The list that priced the line, with a NUL behind it.
    char price_list[257];
} listino_line;

// How a frame is priced; what is zero is as it is without options.
typedef struct listino_frame_options {
    // sizeof(listino_frame_options).
    size_t size;
    // How many decimals amounts have, at most 38; 10 where `scaled` is 0.
    uint32_t scale;
    // Whether `scale` counts: 1 or 0.
    uint32_t scaled;
    // How many threads price; 0 and 1: the one that reads.
    uint32_t threads;
    // 1: the answer begins with all columns of the frame. 0: with none, and a column that is none of
    // a line's is an error.
    uint32_t keep;
    // 1: a row without a price has nulls and its reason in the column `error`. 0: the first one ends
    // the stream with an error.
    uint32_t errors;
    // 1: amounts are doubles, to draw them. 0: decimal128.
    uint32_t floats;
    // 1: names are plain texts. 0: dictionaries.
    uint32_t plain_names;
} listino_frame_options;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface; compare it with LISTINO_ABI of the header. Threads: any.
uint32_t listino_abi_version(void);

// The version of the library, which nobody frees. Threads: any.
const char *listino_version(void);

// Checks a book: JSON with its digest and all findings, also when it cannot be read. Threads: any.
//
// # Safety
// `book` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_check(const char *book,
                                  size_t length,
                                  struct listino_text **out,
                                  struct listino_error **error);

// Compiles a book from JSON. Free the engine with listino_engine_free. Threads: any.
//
// # Safety
// `book` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_engine_from_json(const char *book,
                                             size_t length,
                                             struct listino_engine **out,
                                             struct listino_error **error);

// Loads a compiled book: what listino_engine_to_bytes or `listino compile` has written. Free the
// engine with listino_engine_free. Threads: any.
//
// # Safety
// `data` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_engine_from_bytes(const uint8_t *data,
                                              size_t length,
                                              struct listino_engine **out,
                                              struct listino_error **error);

// The compiled book as bytes, for listino_engine_from_bytes: the same bytes for the same book on
// every machine. Free them with listino_bytes_free. Threads: any.
//
// # Safety
// `engine` is an engine; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_engine_to_bytes(const struct listino_engine *engine,
                                            struct listino_bytes **out,
                                            struct listino_error **error);

// The digest of the engine's book, as 64 hexadecimal digits. Threads: any.
//
// # Safety
// `engine` is an engine; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_engine_digest(const struct listino_engine *engine,
                                          struct listino_text **out,
                                          struct listino_error **error);

// Frees an engine; NULL is left alone, and so is what is no engine any more. Threads: the last
// one that uses it.
//
// # Safety
// No other thread uses the engine.
void listino_engine_free(struct listino_engine *engine);

// Makes a call in JSON: bytes in, bytes out, the same as in every other language. `verb` is one of
// listino_verb. Threads: any.
//
// # Safety
// `engine` is an engine; `input` points to `length` bytes; `out` and `error` may be written
// (`error` may be NULL).
enum listino_status listino_call(const struct listino_engine *engine,
                                 uint32_t verb,
                                 const char *input,
                                 size_t length,
                                 struct listino_text **out,
                                 struct listino_error **error);

// Compares two books over { requests }, in JSON. Threads: any.
//
// # Safety
// `old` and `new_` are engines; `input` points to `length` bytes; `out` and `error` may be written
// (`error` may be NULL).
enum listino_status listino_diff(const struct listino_engine *old,
                                 const struct listino_engine *new_,
                                 const char *input,
                                 size_t length,
                                 struct listino_text **out,
                                 struct listino_error **error);

// Prices one line without JSON: the numbers of a quote of this line alone. Threads: any.
//
// # Safety
// `engine` is an engine; `query` and the texts it points to may be read; `out` and `error` may be
// written (`error` may be NULL). `query->size` and `out->size` are set by the caller.
enum listino_status listino_price(const struct listino_engine *engine,
                                  const struct listino_query *query,
                                  struct listino_line *out,
                                  struct listino_error **error);

// Prices many lines without JSON. Each line has its status in `statuses`; the call is LISTINO_OK
// when every line was looked at. Ask listino_price for the error of a line. Threads: any.
//
// # Safety
// As listino_price, for `count` queries, lines and statuses.
enum listino_status listino_price_many(const struct listino_engine *engine,
                                       const struct listino_query *queries,
                                       size_t count,
                                       struct listino_line *out,
                                       enum listino_status *statuses,
                                       struct listino_error **error);

// Prices a frame: a stream of the Arrow C stream interface with the columns of lines, to a stream of
// the results. `frame` is moved: it is released here, also where the call fails for anything but a
// missing argument or bad options. Nothing is priced before `out` is read; an error on the way is
// what its get_next and get_last_error say. `out` is released by the caller, and has no `release`
// where the call fails; it may outlive the engine. `options` may be NULL. Threads: any, and `out`
// one at a time.
//
// # Safety
// `engine` is an engine; `frame` is a stream that keeps the rules of Arrow; `options` may be read;
// `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_price_arrow(const struct listino_engine *engine,
                                        struct ArrowArrayStream *frame,
                                        const struct listino_frame_options *options,
                                        struct ArrowArrayStream *out,
                                        struct listino_error **error);

// Writes a decimal as text with a NUL at its end into `buffer`, and returns the length of the text;
// nothing is written where the buffer has not that many bytes and one. Threads: any.
//
// # Safety
// `decimal` may be read; `buffer` has `size` bytes that may be written, or is NULL.
size_t listino_decimal_text(const struct listino_decimal *decimal, char *buffer, size_t size);

// Reads a decimal from text such as "-12.50". Threads: any.
//
// # Safety
// `text` points to `length` bytes; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_decimal_from_text(const char *text,
                                              size_t length,
                                              struct listino_decimal *out,
                                              struct listino_error **error);

// Compiles an option model from JSON as it stands on a date ("2026-01-31"). Free it with
// listino_configurator_free. Threads: any.
//
// # Safety
// `model` and `date` point to so many bytes; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_configurator_from_json(const char *model,
                                                   size_t length,
                                                   const char *date,
                                                   size_t date_length,
                                                   struct listino_configurator **out,
                                                   struct listino_error **error);

// Frees a configurator; its sessions live on. NULL is left alone. Threads: the last one that
// uses it.
//
// # Safety
// No other thread uses the configurator.
void listino_configurator_free(struct listino_configurator *configurator);

// Starts a session without any choice. Free it with listino_session_free. Threads: any.
//
// # Safety
// `configurator` is a configurator; `out` and `error` may be written (`error` may be NULL).
enum listino_status listino_session_new(const struct listino_configurator *configurator,
                                        struct listino_session **out,
                                        struct listino_error **error);

// Starts a session on the model of a line's product, with the line's choices made and the customer's
// prices: `input` is `{ "request", "line" }` in JSON, where `line` may be left out when the request has
// one line only. Free it with listino_session_free. Threads: any.
//
// # Safety
// `engine` is an engine; `input` points to `length` bytes; `out` and `error` may be written
// (`error` may be NULL).
enum listino_status listino_engine_configure(const struct listino_engine *engine,
                                             const char *input,
                                             size_t length,
                                             struct listino_session **out,
                                             struct listino_error **error);

// Takes up a stored session; `report` says in JSON what of it still stands. Threads: any.
//
// # Safety
// `configurator` is a configurator; `saved` points to `length` bytes; `out`, `report` and `error`
// may be written (`error` may be NULL).
enum listino_status listino_session_resume(const struct listino_configurator *configurator,
                                           const char *saved,
                                           size_t length,
                                           struct listino_session **out,
                                           struct listino_text **report,
                                           struct listino_error **error);

// Takes a step in a session, in JSON: a choice or a question. Threads: one at a time.
//
// # Safety
// `session` is a session that no other thread uses; `input` points to `length` bytes; `out` and
// `error` may be written (`error` may be NULL).
enum listino_status listino_session_step(struct listino_session *session,
                                         const char *input,
                                         size_t length,
                                         struct listino_text **out,
                                         struct listino_error **error);

// Frees a session; NULL is left alone. Threads: the last one that uses it.
//
// # Safety
// No other thread uses the session.
void listino_session_free(struct listino_session *session);

// The bytes of a text, with a NUL behind them; NULL for NULL. Threads: any.
//
// # Safety
// `text` is a text.
const char *listino_text_data(const struct listino_text *text);

// The length of a text without the NUL. Threads: any.
//
// # Safety
// `text` is a text.
size_t listino_text_length(const struct listino_text *text);

// Frees a text; NULL is left alone. Threads: the last one that uses it.
//
// # Safety
// No other thread uses the text.
void listino_text_free(struct listino_text *text);

// The bytes. They live as long as the object. Threads: any.
//
// # Safety
// `bytes` is NULL or an object of bytes.
const uint8_t *listino_bytes_data(const struct listino_bytes *bytes);

// How many bytes there are. Threads: any.
//
// # Safety
// `bytes` is NULL or an object of bytes.
size_t listino_bytes_length(const struct listino_bytes *bytes);

// Frees bytes; NULL is left alone, and so is what are no bytes any more. Threads: the last one
// that uses them.
//
// # Safety
// No other thread uses the bytes.
void listino_bytes_free(struct listino_bytes *bytes);

// The status that came with the error; LISTINO_BAD_CALL for NULL. Threads: any.
//
// # Safety
// `error` is an error.
enum listino_status listino_error_status(const struct listino_error *error);

// The stable code, such as "B0109"; lives as long as the error. Threads: any.
//
// # Safety
// `error` is an error.
const char *listino_error_code(const struct listino_error *error);

// The fact in words; lives as long as the error. Threads: any.
//
// # Safety
// `error` is an error.
const char *listino_error_message(const struct listino_error *error);

// The place in the input, as a JSON pointer; lives as long as the error. Threads: any.
//
// # Safety
// `error` is an error.
const char *listino_error_path(const struct listino_error *error);

// What to do about it, or NULL; lives as long as the error. Threads: any.
//
// # Safety
// `error` is an error.
const char *listino_error_help(const struct listino_error *error);

// The whole error as JSON, with details and all diagnostics; lives as long as the error.
// Threads: any.
//
// # Safety
// `error` is an error.
const char *listino_error_json(const struct listino_error *error);

// Frees an error; NULL is left alone. Threads: the last one that uses it.
//
// # Safety
// No other thread uses the error.
void listino_error_free(struct listino_error *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LISTINO_H */
