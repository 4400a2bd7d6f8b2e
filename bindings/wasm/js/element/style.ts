/** The looks. Whoever embeds the element changes them by the variables and by `::part`. */
export const css = `
:host {
  --_accent: var(--listino-accent, light-dark(#0f5f4a, #5fd0a8));
  --_ink: var(--listino-ink, light-dark(#1b1f24, #eceff1));
  --_muted: var(--listino-muted, light-dark(#5c6670, #9aa5af));
  --_line: var(--listino-line, light-dark(#dfe3e7, #353c43));
  --_surface: var(--listino-surface, light-dark(#ffffff, #1a1e22));
  --_wash: var(--listino-wash, light-dark(#f3f7f5, #20282a));
  --_warn: var(--listino-warn, light-dark(#9a3b12, #ffb38a));
  --_radius: var(--listino-radius, 12px);
  color-scheme: light dark;
  container-type: inline-size;
  display: block;
  color: var(--_ink);
  font: 400 1rem/1.45 var(--listino-font, system-ui, -apple-system, "Segoe UI", sans-serif);
}
:host([hidden]) { display: none; }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.card {
  background: var(--_surface);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  overflow: clip;
}
.head { padding: 1.25rem 1.5rem 0; }
h2 { font-size: 1.15rem; font-weight: 650; letter-spacing: -.01em; margin: 0; text-wrap: balance; }
::slotted([slot="title"]) { font: inherit; margin: 0; }
.options { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); padding: 1.25rem 1.5rem; }
fieldset { border: 0; margin: 0; min-width: 0; padding: 0; }
legend::first-letter { text-transform: uppercase; }
legend { font-size: .8125rem; font-weight: 600; color: var(--_muted); padding: 0; margin-bottom: .5rem; }
.choices { display: flex; flex-wrap: wrap; gap: .5rem; }
.option { position: relative; }
label.pick {
  align-items: center;
  border: 1px solid var(--_line);
  border-radius: calc(var(--_radius) * .66);
  cursor: pointer;
  display: flex;
  gap: .5rem;
  min-height: 2.5rem;
  padding: .35rem .8rem;
  transition: border-color .12s, background-color .12s;
}
label.pick:hover { border-color: var(--_accent); }
label.pick:has(:checked) {
  background: color-mix(in oklab, var(--_accent) 10%, transparent);
  border-color: var(--_accent);
}
label.pick:has(:focus-visible) { outline: 2px solid var(--_accent); outline-offset: 2px; }
label.pick:has([aria-disabled="true"]) { border-style: dashed; color: var(--_muted); cursor: help; }
label.pick:has([aria-disabled="true"]):hover { border-color: var(--_line); }
label.pick input { accent-color: var(--_accent); flex: none; margin: 0; outline: none; }
.tag { color: var(--_muted); font-size: .75rem; }
.reasons { display: grid; gap: .15rem; margin: .5rem 0 0; padding: 0; list-style: none; }
.reasons li { color: var(--_muted); font-size: .8125rem; }
.reasons b { color: var(--_ink); font-weight: 600; }
.offer { margin-top: .6rem; }
.money {
  align-items: end;
  background: var(--_wash);
  border-top: 1px solid var(--_line);
  bottom: 0;
  display: flex;
  flex-wrap: wrap;
  gap: .75rem 1.5rem;
  padding: 1.1rem 1.5rem 1.2rem;
  position: sticky;
  z-index: 1;
}
.plain .money { margin-top: 1.25rem; }
.field { display: grid; gap: .3rem; }
.field > span, .figure > dt { color: var(--_muted); font-size: .8125rem; }
input[type="number"] {
  appearance: auto;
  background: var(--_surface);
  border: 1px solid var(--_line);
  border-radius: calc(var(--_radius) * .5);
  color: inherit;
  font: inherit;
  font-variant-numeric: tabular-nums;
  height: 2.75rem;
  padding: 0 .6rem;
  width: 6.5rem;
}
input[type="number"]:focus-visible, button:focus-visible, summary:focus-visible {
  outline: 2px solid var(--_accent);
  outline-offset: 2px;
}
dl { display: contents; margin: 0; }
.figure { display: grid; gap: .1rem; }
.figure > dd { margin: 0; font-variant-numeric: tabular-nums; }
.figure.total { margin-inline-start: auto; text-align: end; }
.amount { font-size: 1.25rem; font-weight: 600; letter-spacing: -.01em; }
.total .amount { font-size: clamp(1.5rem, 5cqi, 2rem); font-weight: 680; line-height: 1.15; }
del { color: var(--_muted); margin-inline-end: .35rem; font-size: .9rem; }
small { color: var(--_muted); font-size: .8125rem; }
.break, .notice {
  align-items: center;
  border-top: 1px solid var(--_line);
  display: flex;
  flex-wrap: wrap;
  gap: .6rem 1rem;
  justify-content: space-between;
  padding: .85rem 1.5rem;
}
.break::before {
  background: var(--_accent);
  border-radius: 99px;
  content: "";
  flex: none;
  height: .5rem;
  width: .5rem;
}
.break > span { flex: 1 1 14rem; }
.notice { color: var(--_warn); }
.notice small { color: inherit; flex-basis: 100%; }
button {
  background: transparent;
  border: 1px solid var(--_accent);
  border-radius: calc(var(--_radius) * .5);
  color: var(--_accent);
  cursor: pointer;
  font: inherit;
  font-size: .875rem;
  font-weight: 600;
  min-height: 2.25rem;
  padding: .25rem .8rem;
}
button:hover { background: var(--_accent); color: var(--_surface); }
button.quiet { border-color: transparent; padding-inline: .4rem; }
.foot { border-top: 1px solid var(--_line); }
details { padding: .85rem 1.5rem; }
summary { cursor: pointer; font-size: .875rem; font-weight: 600; width: fit-content; }
ol { display: grid; gap: .1rem; list-style: none; margin: .75rem 0 .25rem; padding: 0; }
ol li {
  align-items: baseline;
  display: grid;
  font-size: .875rem;
  gap: 0 1rem;
  grid-template-columns: 1fr auto;
  padding-block: .35rem;
}
ol li + li { border-top: 1px solid color-mix(in oklab, var(--_line) 60%, transparent); }
ol li > span:last-of-type { font-variant-numeric: tabular-nums; font-weight: 600; }
.bar {
  background: color-mix(in oklab, var(--_line) 70%, transparent);
  border-radius: 2px;
  grid-column: 1 / -1;
  height: 4px;
  margin-top: .3rem;
  overflow: hidden;
}
.bar i { background: var(--_accent); border-radius: 2px; display: block; height: 100%; width: calc(var(--share, 0) * 100%); }
.spoken {
  clip-path: inset(50%);
  height: 1px;
  overflow: hidden;
  position: absolute;
  white-space: nowrap;
  width: 1px;
}
@container (max-width: 30rem) {
  .head, .options, .money, .break, .notice, details { padding-inline: 1.1rem; }
  .figure.total { margin-inline-start: 0; text-align: start; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (forced-colors: active) {
  label.pick:has(:checked) { outline: 2px solid Highlight; }
}
`;
