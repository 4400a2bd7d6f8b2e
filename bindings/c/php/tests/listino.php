<?php

declare(strict_types=1);

/* The PHP class as a shop meets it. */

require __DIR__ . '/../Listino.php';

use Listino\{Configurator, Engine, Error};

$passed = $failed = 0;

function check(bool $holds, string $what): void
{
    global $passed, $failed;
    $holds ? $passed++ : $failed++;
    if (!$holds) {
        fwrite(STDERR, "not so: $what\n");
    }
}

function refused(string $kind, callable $ask): ?Throwable
{
    try {
        $ask();
    } catch (Throwable $found) {
        check($found instanceof $kind, get_class($found) . " is a $kind");
        return $found;
    }
    check(false, "nothing was refused that should be a $kind");
    return null;
}

$book = ['v' => 1, 'currency' => 'EUR', 'customers' => ['rossi' => ['cluster' => 'reseller']],
    'products' => ['TYRE' => ['cost' => '11.20'], 'SADDLE' => (object) []],
    'price_lists' => [['id' => 'base', 'prices' => ['TYRE' => '19.90']]],
    'discounts' => [['id' => 'reseller', 'stage' => 'cluster', 'for' => ['cluster' => 'reseller'], 'percent' => '10']]];
$request = ['v' => 1, 'date' => '2026-10-05', 'customer' => 'rossi', 'lines' => [['product' => 'TYRE', 'quantity' => '48']]];

$engine = new Engine($book);
check(strlen($engine->digest()) === 64, 'a digest has 64 digits');
check($engine->quote($request)['totals']['payable'] === '859.68', 'an array is priced');
check($engine->quote(json_encode($request)) === $engine->quote($request), 'so is JSON');
check($engine->price('rossi', 'TYRE', '48', '2026-10-05')['total'] === '859.68', 'one line has the same total');
check($engine->explain($request)['lines'][0]['considered'][0]['id'] === 'base', 'what was considered is said');
check(str_contains($engine->diff(new Engine($book), ['requests' => [$request]]), '"changed":0'), 'books are compared');

$error = refused(Error::class, fn() => $engine->quote('{'));
check($error->errorCode === 'Q0002' && $error->help !== null && $error->path === '', 'an error has its parts');
check($error->diagnostics()[0]['code'] === 'Q0002', 'and its diagnostics');
refused(Error::class, fn() => new Engine(['v' => 1]));
refused(Error::class, fn() => $engine->price('rossi', 'SADDLE', '1', '2026-10-05'));
refused(ValueError::class, fn() => $engine->call('haggle', '{}'));
$float = $request;
$float['lines'][0]['quantity'] = 0.1;
refused(TypeError::class, fn() => $engine->quote($float));
check(refused(Error::class, fn() => $engine->quote("\xff"))->errorCode === 'C0001', 'bad UTF-8 is refused');

refused(\Error::class, fn() => clone $engine);
$engine->__destruct();
$engine = new Engine($book);
check($engine->quote($request)['totals']['payable'] === '859.68', 'one that was given back is no other');
refused(RuntimeException::class, fn() => Engine::load('/nowhere'));
refused(RuntimeException::class, fn() => Engine::load(__DIR__));

$inside = (object) ['v' => 1, 'date' => '2026-10-05', 'customer' => 'rossi', 'lines' => [(object) ['product' => 'TYRE', 'quantity' => 0.1]]];
refused(TypeError::class, fn() => $engine->quote((array) $inside));

// PHP has one kind of array; the model has objects and lists.
$empty = ['v' => 1, 'currency' => 'EUR', 'currencies' => [], 'units' => [], 'mix_groups' => ['all' => []], 'coupons' => [],
    'customers' => ['0' => [], '1' => []], 'products' => ['0' => ['attributes' => []], 'TYRE' => []], 'exchange_rates' => [],
    'price_lists' => [['id' => 'base', 'for' => ['attributes' => []], 'valid' => [], 'scale' => [], 'prices' => ['0' => '3.10']],
        ['id' => 'none', 'prices' => []]],
    'discounts' => [['id' => 'all', 'stage' => 'cluster', 'for' => [], 'quantity' => [], 'percent' => '10']],
    'margins' => [], 'tax' => []];
$plain = new Engine($empty);
$nobody = $empty;
$nobody['discounts'][0]['for'] = ['customer' => []];
check(refused(Error::class, fn() => new Engine($nobody))->errorCode === 'B0100', 'a list of nobody is not everybody');
$sale = ['v' => 1, 'date' => '2026-10-05', 'customer' => [], 'coupons' => [], 'discounts' => [],
    'lines' => [['product' => '0', 'quantity' => '1', 'attributes' => [], 'discounts' => []]]];
check($plain->quote($sale)['totals']['net'] === '2.79', 'an empty array is an object where one is needed');
check($plain->quote(['customer' => '1'] + $sale)['totals']['net'] === '2.79', 'an id may be a number');
check(json_decode($plain->call('replay', ['request' => $sale, 'quote' => $plain->quote($sale)]), true) !== null, 'a quote goes back');

$model = ['id' => 'lamp', 'groups' => [['id' => 'colour', 'options' => [['id' => 'red'], ['id' => 'white']]]]];
$session = (new Configurator($model, '2026-10-05'))->session();
check(str_contains($session->step(['choose' => 'red']), '"settled":true'), 'an option is chosen');
check(refused(Error::class, fn() => $session->step(['choose' => 'white']))->errorCode === 'C0403', 'and rules another out');

$saved = $session->step('"save"');
[$again, $report] = (new Configurator($model, '2026-10-05'))->resume($saved);
check($report['same_model'] === true && count($report['kept']) === 1, 'a stored session stands');
check(str_contains($again->step('"states"'), '"red"'), 'and goes on');
check(refused(Error::class, fn() => (new Configurator($model, '2026-10-05'))->resume('{')) instanceof Error, 'or is refused');

$shop = ['v' => 1, 'currency' => 'EUR', 'customers' => ['C' => []], 'products' => ['lamp' => ['model' => 'lamp']],
    'models' => [$model], 'price_lists' => [['id' => 'base', 'prices' => ['lamp' => '50']]]];
$asked = ['v' => 1, 'date' => '2026-10-05', 'customer' => 'C', 'lines' => [['product' => 'lamp', 'quantity' => '1']]];
$ofLine = (new Engine($shop))->configure($asked);
$ofLine->step(['choose' => 'red']);
check(str_contains($ofLine->step('"complete"'), '"price":"50"'), 'a line is configured at its price');

// What is made is let go again: the memory of a thousand engines is not kept.
for ($warm = 0; $warm < 200; $warm++) {
    new Engine($book);
}
$resident = static fn(): int => (int) explode(' ', file_get_contents('/proc/self/statm'))[1];
$before = $resident();
for ($number = 0; $number < 1000; $number++) {
    (new Engine($book))->quote($request);
    try {
        new Engine('{}');
    } catch (Error) {
    }
}
check($resident() - $before < 500, 'a thousand engines leave no pages behind');

/* Empty arrays become what the schemas have in their places, field by field. */

/** What a schema takes: types, and `of` with the schemas of what an object by ids holds. */
function kinds(array|bool $schema, array $all): array
{
    $found = ['types' => [], 'of' => []];
    if ($schema === true) {
        return $found;
    }
    $parts = [...$schema['anyOf'] ?? [], ...$schema['oneOf'] ?? [], ...$schema['allOf'] ?? []];
    if (isset($schema['$ref'])) {
        $parts[] = $all[basename($schema['$ref'])];
    }
    $own = (array) ($schema['type'] ?? []);
    $found['types'] = $own;
    if (in_array('object', $own, true) && !isset($schema['properties'])) {
        $of = [$schema['additionalProperties'] ?? false, ...array_values($schema['patternProperties'] ?? [])];
        $found['of'] = array_values(array_filter($of));
    }
    foreach ($parts as $part) {
        $found = array_merge_recursive($found, kinds($part, $all));
    }
    return $found;
}

/** What is written for an empty array of which a schema says this; null where it is neither or both. */
function empty_of(array $types): ?string
{
    $holds = array_map(static fn($type) => in_array($type, $types, true), ['object', 'array']);
    return ['10' => '{}', '01' => '[]'][(int) $holds[0] . (int) $holds[1]] ?? null;
}

/** All fields of a schema, with the kinds that they are of in any of its objects. */
function fields(array $schema, array $all): array
{
    $found = [];
    foreach ($schema as $key => $part) {
        if ($key === 'properties' && !array_is_list($part)) {
            $found = array_merge_recursive($found, array_map(static fn($of) => kinds($of, $all), $part));
        }
        if (is_array($part)) {
            $found = array_merge_recursive($found, fields($part, $all));
        }
    }
    return $found;
}

$written = static fn(array $value, bool $book): string => Listino\Library::json($value, $book);
$asked = 0;
foreach (['book', 'request'] as $document) {
    $schema = json_decode(file_get_contents(__DIR__ . "/../../../../schema/$document.json"), true);
    $all = $schema['$defs'];
    foreach (fields($schema, $all) as $field => ['types' => $types, 'of' => $of]) {
        $expected = empty_of($types);
        if ($expected !== null) {
            $asked++;
            $found = $written([$field => []], $document === 'book');
            check($found === "{\"$field\":$expected}", "an empty `$field` of a $document is $expected, not $found");
        }
        $inside = empty_of(array_merge(...array_map(static fn($of) => kinds($of, $all)['types'], $of), ...[[]]));
        if ($expected === '{}' && $inside !== null) {
            $asked++;
            $found = $written([$field => ['x' => []]], $document === 'book');
            check($found === "{\"$field\":{\"x\":$inside}}", "inside `$field` of a $document it is $inside, not $found");
        }
    }
}
check($asked > 60, "only $asked fields were asked for");

printf("test result: %s. %d passed; %d failed\n", $failed ? 'FAILED' : 'ok', $passed, $failed);
exit($failed ? 1 : 0);
