<?php

declare(strict_types=1);

/* A shop's cart, priced by listino through PHP's FFI. */

require __DIR__ . '/../../bindings/c/php/Listino.php';

$engine = Listino\Engine::load(__DIR__ . '/book.json');

/** What the shop keeps in the session of a visitor. */
$cart = ['FRAME-54' => '1', 'TYRE-28' => '48', 'SADDLE-1' => '2'];

$lines = [];
foreach ($cart as $product => $quantity) {
    $lines[] = ['id' => $product, 'product' => $product, 'quantity' => $quantity];
}
$request = ['v' => 1, 'date' => '2026-10-05', 'customer' => 'rossi', 'lines' => $lines];
$quote = $engine->quote($request);

foreach ($quote['lines'] as $line) {
    $price = $line['price'] ?? null;
    printf(
        "%-10s %4s %10s %12s\n",
        $line['product'],
        $line['quantity'],
        $price['unit_price'] ?? '',
        $price['total'] ?? 'no price: ' . $line['refusal']['reason'],
    );
}
printf("%-10s %28s %s\n", 'payable', $quote['totals']['payable'], $quote['currency']);

$breaks = json_decode($engine->call('next_breaks', $request), true)['next_breaks'];
foreach (array_filter($breaks) as $break) {
    printf(
        "%s more of %s bring the price down to %s each: %s for all.\n",
        $break['more'],
        $break['line'],
        $break['unit_price'],
        $break['total'],
    );
}
