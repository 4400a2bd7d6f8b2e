<?php

declare(strict_types=1);

/**
 * listino in PHP, over its C interface (ext-ffi, PHP 8.1 or newer).
 *
 * Requests are arrays or JSON, amounts are strings: a float is never made and never taken. `quote`, `explain` and
 * `price` answer with arrays, everything else in JSON: the bytes that every other language gives.
 *
 *     $engine = Listino\Engine::load('book.json');
 *     $quote = $engine->quote(['v' => 1, 'date' => '2026-10-05', 'customer' => 'rossi',
 *         'lines' => [['product' => 'TYRE-28', 'quantity' => '48']]]);
 *     echo $quote['totals']['payable'];
 */

namespace Listino;

use FFI;
use FFI\CData;

/** Why there is no answer. */
final class Error extends \RuntimeException
{
    public function __construct(
        /** The stable code, such as `B0109`. */
        public readonly string $errorCode,
        string $message,
        /** The place in the input, as a JSON pointer. */
        public readonly string $path,
        /** What to do about it. */
        public readonly ?string $help,
        /** The whole error as JSON. */
        public readonly string $json,
    ) {
        parent::__construct("[$errorCode] $message");
    }

    /** @return list<array<string, mixed>> every finding about a book or a request */
    public function diagnostics(): array
    {
        return json_decode($this->json, true)['diagnostics'] ?? [];
    }
}

/** The library, loaded once. */
final class Library
{
    /** The version of the C interface that this file was written for. */
    private const ABI = 1;

    private static ?FFI $ffi = null;

    /** The library: `LISTINO_LIBRARY`, or `liblistino.so.1` where the system finds it. */
    public static function ffi(): FFI
    {
        if (self::$ffi === null) {
            $path = getenv('LISTINO_LIBRARY') ?: 'liblistino.so.1';
            $header = file_get_contents(__DIR__ . '/../include/listino.ffi.h');
            $ffi = FFI::cdef($header, $path);
            if ($ffi->listino_abi_version() !== self::ABI) {
                throw new \RuntimeException("$path has another interface than this file");
            }
            self::$ffi = $ffi;
        }
        return self::$ffi;
    }

    /** Makes a call that gives out one object of a type, or throws. */
    public static function out(string $type, callable $call): CData
    {
        $ffi = self::ffi();
        $out = $ffi->new("struct $type *");
        $error = $ffi->new('struct listino_error *');
        if ($call($ffi, FFI::addr($out), FFI::addr($error)) !== 0) {
            throw self::error($error);
        }
        return $out;
    }

    /** Makes a call that gives out a text. */
    public static function text(callable $call): string
    {
        $text = self::out('listino_text', $call);
        $ffi = self::ffi();
        // FFI makes a string of a `const char *`; a text has no NUL inside.
        $found = $ffi->listino_text_data($text);
        $ffi->listino_text_free($text);
        return $found;
    }

    private static function error(CData $error): Error
    {
        $ffi = self::ffi();
        $found = new Error(
            $ffi->listino_error_code($error),
            $ffi->listino_error_message($error),
            $ffi->listino_error_path($error),
            $ffi->listino_error_help($error),
            $ffi->listino_error_json($error),
        );
        $ffi->listino_error_free($error);
        return $found;
    }

    /** The fields that hold an object; an empty array says nothing about it. */
    private const OBJECTS = [
        'bom', 'choose', 'configuration', 'customer', 'for', 'formula', 'free', 'if', 'instances', 'must', 'not',
        'otherwise', 'prefer', 'quantity', 'request', 'round_up', 'rounding', 'scale', 'sum', 'tax', 'term', 'then',
        'valid', 'value', 'weight', 'when', 'years',
    ];

    /** The fields that hold an object by names or ids, and whether an array in it is an object too. */
    private const MAPS = [
        'attributes' => false, 'base' => true, 'currencies' => true, 'customers' => true, 'matrix' => true,
        'mix_groups' => true, 'prices' => false, 'products' => true, 'units' => true,
    ];

    /**
     * JSON of the wire model: an array is written, a text is taken as it is.
     *
     * An empty array is written as an object where the model has one, and so are ids that are numbers.
     *
     * @param array<mixed>|string $value
     * @param bool $book whether it is a book, in which `coupons` are an object and `customer` is a list
     */
    public static function json(array|string $value, bool $book = false): string
    {
        if (is_string($value)) {
            return $value;
        }
        $value = self::wire($value, true, null, $book);
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    }

    /**
     * A value with objects where the wire model has them.
     *
     * @param bool $object whether the value is an object, should it be an array that does not say so
     * @param bool|null $map of an object by ids, whether an array in it is an object too
     */
    private static function wire(mixed $value, bool $object, ?bool $map, bool $book): mixed
    {
        if (is_float($value)) {
            throw new \TypeError('a float is not exact: write amounts and quantities as strings');
        }
        if (!is_array($value) && !$value instanceof \stdClass) {
            return $value;
        }
        $found = [];
        foreach ((array) $value as $key => $one) {
            $inner = is_int($key) ? null : self::MAPS[$key] ?? ($book && $key === 'coupons' ? true : null);
            $is = $inner !== null || (in_array($key, self::OBJECTS, true) && !($book && $key === 'customer'));
            $found[$key] = $map === null ? self::wire($one, $is, $inner, $book) : self::wire($one, $map, null, $book);
        }
        $empty = $found === [] && $object;
        return $value instanceof \stdClass || $empty || $map !== null ? (object) $found : $found;
    }
}

/** Checks a book: its digest and all findings, also when it cannot be read. */
function check(array|string $book): string
{
    $json = Library::json($book, book: true);
    return Library::text(static fn($ffi, $out, $error) => $ffi->listino_check($json, strlen($json), $out, $error));
}

/** A compiled price book. */
final class Engine
{
    private const VERBS = [
        'quote' => 0, 'explain' => 1, 'sentences' => 2, 'price' => 3, 'next_breaks' => 4, 'solve' => 5,
        'replay' => 6, 'digest' => 7,
    ];

    private CData $engine;

    /** @param array<mixed>|string $book the book, as an array or as JSON */
    public function __construct(array|string $book)
    {
        $json = Library::json($book, book: true);
        $this->engine = Library::out('listino_engine', static fn($ffi, $out, $error) =>
            $ffi->listino_engine_from_json($json, strlen($json), $out, $error));
    }

    /** Reads a book from a file: JSON, or what `listino compile` has written. */
    public static function load(string $path): self
    {
        $bytes = is_file($path) ? @file_get_contents($path) : false;
        if ($bytes === false) {
            throw new \RuntimeException("$path cannot be read");
        }
        try {
            return self::fromBytes($bytes);
        } catch (Error $error) {
            return $error->errorCode === 'C0501' ? new self($bytes) : throw $error;
        }
    }

    /** Loads a compiled book. */
    public static function fromBytes(string $bytes): self
    {
        // FFI makes a text of a PHP string where C wants `char`, but no bytes: those are copied.
        $length = strlen($bytes);
        $copy = Library::ffi()->new('uint8_t[' . max($length, 1) . ']');
        FFI::memcpy($copy, $bytes, $length);
        $engine = (new \ReflectionClass(self::class))->newInstanceWithoutConstructor();
        $engine->engine = Library::out('listino_engine', static fn($ffi, $out, $error) =>
            $ffi->listino_engine_from_bytes($copy, $length, $out, $error));
        return $engine;
    }

    /** The compiled book, for `fromBytes`. */
    public function toBytes(): string
    {
        $bytes = Library::out('listino_bytes', fn($ffi, $out, $error) =>
            $ffi->listino_engine_to_bytes($this->engine, $out, $error));
        $ffi = Library::ffi();
        $found = FFI::string($ffi->listino_bytes_data($bytes), $ffi->listino_bytes_length($bytes));
        $ffi->listino_bytes_free($bytes);
        return $found;
    }

    /** The digest of the book. */
    public function digest(): string
    {
        return Library::text(fn($ffi, $out, $error) => $ffi->listino_engine_digest($this->engine, $out, $error));
    }

    /** Makes a call in JSON. */
    public function call(string $verb, array|string $input): string
    {
        $number = self::VERBS[$verb] ?? throw new \ValueError("no call is named `$verb`");
        $json = Library::json($input);
        return Library::text(fn($ffi, $out, $error) =>
            $ffi->listino_call($this->engine, $number, $json, strlen($json), $out, $error));
    }

    /** @return array<string, mixed> the quote of a request */
    public function quote(array|string $request): array
    {
        return json_decode($this->call('quote', $request), true, flags: JSON_THROW_ON_ERROR);
    }

    /** @return array<string, mixed> the quote of a request with every candidate that was considered */
    public function explain(array|string $request): array
    {
        return json_decode($this->call('explain', $request), true, flags: JSON_THROW_ON_ERROR);
    }

    /** @return array<string, mixed> the numbers of one line */
    public function price(string $customer, string $product, string $quantity, string $date): array
    {
        $query = ['customer' => $customer, 'product' => $product, 'quantity' => $quantity, 'date' => $date];
        return json_decode($this->call('price', $query), true, flags: JSON_THROW_ON_ERROR);
    }

    /**
     * Starts a session on the model of a line's product, with the line's choices made and the customer's prices.
     *
     * @param string|null $line the line by its id; it may be left out when the request has one line only
     */
    public function configure(array|string $request, ?string $line = null): Session
    {
        $request = json_decode(Library::json($request), flags: JSON_THROW_ON_ERROR);
        $json = Library::json(['request' => $request] + ($line === null ? [] : ['line' => $line]));
        return new Session(Library::out('listino_session', fn($ffi, $out, $error) =>
            $ffi->listino_engine_configure($this->engine, $json, strlen($json), $out, $error)));
    }

    /** Compares this book with another one over `{ requests }`, in JSON. */
    public function diff(self $new, array|string $input): string
    {
        $json = Library::json($input);
        return Library::text(fn($ffi, $out, $error) =>
            $ffi->listino_diff($this->engine, $new->engine, $json, strlen($json), $out, $error));
    }

    public function __destruct()
    {
        if (isset($this->engine)) {
            Library::ffi()->listino_engine_free($this->engine);
            unset($this->engine);
        }
    }

    /** An engine is shared, not copied: two of them would be given back twice. */
    private function __clone()
    {
    }
}

/** A compiled option model. */
final class Configurator
{
    private CData $configurator;

    /** @param array<mixed>|string $model the model, as an array or as JSON */
    public function __construct(array|string $model, string $date)
    {
        $json = Library::json($model);
        $this->configurator = Library::out('listino_configurator', static fn($ffi, $out, $error) =>
            $ffi->listino_configurator_from_json($json, strlen($json), $date, strlen($date), $out, $error));
    }

    /** Starts a session without any choice. */
    public function session(): Session
    {
        return new Session(Library::out('listino_session', fn($ffi, $out, $error) =>
            $ffi->listino_session_new($this->configurator, $out, $error)));
    }

    /**
     * Takes up a stored session: what `"save"` gave.
     *
     * @return array{Session, array<string, mixed>} the session, and a report of what of it still stands
     */
    public function resume(array|string $saved): array
    {
        $json = Library::json($saved);
        $session = null;
        $report = Library::text(function ($ffi, $out, $error) use ($json, &$session) {
            $made = $ffi->new('listino_session *');
            $status = $ffi->listino_session_resume(
                $this->configurator, $json, strlen($json), FFI::addr($made), $out, $error);
            $session = $status === 0 ? new Session($made) : null;
            return $status;
        });
        return [$session, json_decode($report, true, flags: JSON_THROW_ON_ERROR)];
    }

    public function __destruct()
    {
        if (isset($this->configurator)) {
            Library::ffi()->listino_configurator_free($this->configurator);
            unset($this->configurator);
        }
    }

    /** Shared, not copied. */
    private function __clone()
    {
    }
}

/** A customer choosing. */
final class Session
{
    public function __construct(private CData $session)
    {
    }

    /** Takes a step in JSON: `{"choose": "carbon"}`, `"states"`, `"complete"`. */
    public function step(array|string $input): string
    {
        $json = Library::json($input);
        return Library::text(fn($ffi, $out, $error) =>
            $ffi->listino_session_step($this->session, $json, strlen($json), $out, $error));
    }

    public function __destruct()
    {
        if (isset($this->session)) {
            Library::ffi()->listino_session_free($this->session);
            unset($this->session);
        }
    }

    /** A session is one customer's: save it and start another. */
    private function __clone()
    {
    }
}
