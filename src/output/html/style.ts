/** The whole look of the page. Colours are told apart by the colour-blind, and every one of them also stands as a word or number. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --muted: #56606b; --line: #dfe3e8; --soft: #f5f6f8; --one: #1f5fa8; --two: #b8500b; --three: #868f99; --alarm: #a3261b; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --ink: #e9ebee; --muted: #a4adb8; --line: #30363e; --soft: #1c2026; --one: #6fa9ee; --two: #f09a50; --three: #7f8893; --alarm: #ff9186; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
body > header, nav, main, body > footer { max-width: 58rem; margin: 0 auto; padding: 0 2rem; }
h1, h2, h3, p, dl, ul, figure { margin: 0; }
h1, h2, h3, p, li, dt, dd, summary { overflow-wrap: anywhere; }
h1 { font-size: 2.25rem; line-height: 1.15; font-weight: 650; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 1rem; font-weight: 600; margin-top: 2.25rem; }
a { color: var(--one); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--one); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.5rem 1rem; }
body > header { padding-top: 4rem; }
.brand { color: var(--muted); font-size: 0.875rem; margin-bottom: 0.75rem; }
.lead { font-size: 1.125rem; color: var(--muted); margin-top: 0.75rem; max-width: 40rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1.5rem; margin-top: 1.5rem; font-size: 0.875rem; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; }
.warnings { margin-top: 1.5rem; padding: 0.75rem 1rem; border-left: 4px solid var(--two); background: var(--soft); }
.sandbox { display: inline-block; margin-top: 1rem; padding: 0.125rem 0.625rem; border: 1px solid var(--two); color: var(--two); font-size: 0.875rem; font-weight: 600; }
nav { margin-top: 2rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0.75rem 0; list-style: none; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: 0.9375rem; }
main > section { padding-top: 3.5rem; }
.about, .notes { color: var(--muted); font-size: 0.875rem; margin-top: 0.25rem; }
.notes { margin-top: 1.25rem; }
.unknown { margin-top: 1rem; padding: 0.75rem 1rem; border-left: 4px solid var(--two); background: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1.5rem; margin-top: 1.5rem; }
.figures > div { display: flex; flex-direction: column; }
.figures dt { order: 1; color: var(--muted); font-size: 0.875rem; }
.figures dd { margin: 0; }
.figures .value { font-size: 1.5rem; line-height: 1.35; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.figures .change { order: 2; color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
section p { max-width: 44rem; }
figure { margin: 0.75rem 0 0.5rem; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; }
svg text { font-family: inherit; font-variant-numeric: tabular-nums; }
svg.narrow { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.25rem 0 0.5rem; list-style: none; color: var(--muted); font-size: 0.8125rem; }
.legend li::before { content: ""; display: inline-block; width: 0.75em; height: 0.75em; margin-right: 0.5em; background: var(--one); -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.legend .series-1::before { background: var(--two); }
.legend .series-2::before { background: var(--three); }
.scroll {
  overflow-x: auto; margin-top: 0.75rem;
  background: linear-gradient(to right, var(--paper) 1.5rem, transparent) left / 3rem 100% local no-repeat, linear-gradient(to left, var(--paper) 1.5rem, transparent) right / 3rem 100% local no-repeat,
    linear-gradient(to right, var(--line), transparent) left / 0.75rem 100% scroll no-repeat, linear-gradient(to left, var(--line), transparent) right / 0.75rem 100% scroll no-repeat;
}
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 0.4375rem 0.875rem 0.4375rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-weight: 500; font-size: 0.8125rem; white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.word, time { white-space: nowrap; }
.text > div { max-width: 19rem; overflow-wrap: break-word; }
td.none { color: var(--muted); }
.is-fail, .is-error { color: var(--alarm); font-weight: 600; }
.is-warn { color: var(--two); font-weight: 600; }
[class*="heat-"] { border: 1px solid var(--paper); -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.heat-1 { background: color-mix(in srgb, var(--one) 7%, var(--paper)); }
.heat-2 { background: color-mix(in srgb, var(--one) 14%, var(--paper)); }
.heat-3 { background: color-mix(in srgb, var(--one) 21%, var(--paper)); }
.heat-4 { background: color-mix(in srgb, var(--one) 28%, var(--paper)); }
.heat-5 { background: color-mix(in srgb, var(--one) 35%, var(--paper)); }
.heat-6 { background: color-mix(in srgb, var(--one) 42%, var(--paper)); }
.heat .number { padding: 0.4375rem 0.5rem; }
p.none { color: var(--muted); margin-top: 0.5rem; }
.value.none { color: var(--muted); font-weight: 400; }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
details { margin-top: 0.75rem; font-size: 0.875rem; }
summary { color: var(--muted); cursor: pointer; width: fit-content; }
details dt { font-weight: 600; margin-top: 0.75rem; }
details dd { margin: 0; max-width: 44rem; }
body > footer { margin-top: 4rem; padding-top: 1rem; padding-bottom: 4rem; color: var(--muted); font-size: 0.8125rem; }
@media screen and (max-width: 58rem) {
  svg.wide { display: none; }
  svg.narrow { display: block; }
  body > header, nav, main, body > footer { padding-left: 2rem; padding-right: 2rem; }
  body > header { padding-top: 2rem; }
  h1 { font-size: 1.75rem; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: 0.5rem; }
  .figures { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1.25rem 1rem; }
  .figures .value { font-size: 1.25rem; }
  .text > div { width: max-content; max-width: 13rem; }
}
@media print {
  @page { margin: 16mm 14mm; }
  body { font-size: 10.5pt; }
  body > header, nav, main, body > footer { max-width: none; padding-left: 0; padding-right: 0; }
  body > header { padding-top: 0; }
  .skip, nav { display: none; }
  summary { list-style: none; break-after: avoid; }
  dt { break-after: avoid; }
  details dl { columns: 2; column-gap: 2rem; font-size: 8pt; line-height: 1.35; }
  details dt { margin-top: 0.375rem; }
  main > section { padding-top: 2rem; }
  h2, h3, .about, figure { break-after: avoid; }
  figure, tr, .figures, .heat, .about { break-inside: avoid; }
  .scroll { overflow: visible; background: none; }
  .figures { grid-template-columns: repeat(4, 1fr); gap: 1rem; }
  .figures .value { font-size: 1.125rem; }
  thead { display: table-header-group; }
  table { font-size: 8.5pt; }
  th, td { padding-top: 0.1875rem; padding-bottom: 0.1875rem; padding-right: 0.5rem; }
  section p { max-width: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
