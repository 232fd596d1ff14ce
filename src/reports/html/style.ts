/** The page's whole style: it needs no network, reads on a phone, on paper, by day and by night. */
export const style = `
:root { color-scheme: light dark; --paper: #fdfcf9; --card: #fff; --ink: #211f1b; --soft: #6d675c; --line: #e4ded1;
  --gold: #a87718; --good: #1b7448; --bad: #b3261e; --doubt: #8a5a00; --bar: #5b7a99; }
@media (prefers-color-scheme: dark) { :root { --paper: #171613; --card: #201f1b; --ink: #ece8df; --soft: #a39c8e; --line: #3a372f;
  --gold: #d9a441; --good: #5fc48d; --bad: #ff8a80; --doubt: #e5b567; --bar: #7f9fbe; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans",
  "Hiragino Sans", "Noto Sans CJK JP", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
header { border-top: 4px solid var(--gold); padding-top: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .9rem; }
.badge { display: inline-block; padding: .1rem .6rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .85rem;
  font-weight: 600; vertical-align: .25rem; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.lead { font-size: 1.1rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .8rem; margin-top: 1.2rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; min-width: 0; }
.tile h3 { margin: 0; font-size: .8rem; font-weight: 600; color: var(--soft); }
.tile strong { display: block; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
.tile .name { font-size: 1rem; }
.gauge { height: .4rem; border-radius: .2rem; background: var(--line); margin: .5rem 0 .3rem; overflow: hidden; }
.gauge i { display: block; height: 100%; min-width: 2px; background: var(--good); }
.gauge.over i { background: var(--bad); }
.chart { display: grid; gap: .15rem; }
.row { display: grid; grid-template-columns: 15rem 1fr 4.5rem; gap: .8rem; align-items: center; break-inside: avoid; }
.row .name { font-size: .9rem; overflow-wrap: anywhere; }
.row .time { font-size: .85rem; text-align: right; font-variant-numeric: tabular-nums; color: var(--soft); }
.track { position: relative; height: .9rem; background: linear-gradient(var(--line), var(--line)) 0 50% / 100% 1px no-repeat; }
.track i { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: 2px; background: var(--bar); }
.track i.failed, .track i.unknown { background: var(--bad); } .track i.cleanUp { opacity: .55; }
.track b { position: absolute; top: -.15rem; bottom: -.15rem; width: 0; border-left: 2px dashed var(--gold); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; } section.tiles h3 { font-size: .8rem; margin: 0; }
.picture { margin: .6rem 0 1.2rem; break-inside: avoid; }
.lane { display: grid; grid-template-columns: 11rem 1fr; gap: .8rem; align-items: center; }
.lane .name { font-size: .9rem; overflow-wrap: anywhere; line-height: 1.25; } .lane svg { display: block; overflow: visible; }
.lane .base, .lane .tick { stroke: var(--line); } .lane .limit { stroke: var(--gold); stroke-width: 2; stroke-dasharray: 3 3; }
.lane text { font-size: .75rem; fill: var(--soft); font-variant-numeric: tabular-nums; }
.lane .good { fill: var(--good); } .lane .bad { fill: var(--bad); } .lane .doubt { fill: var(--doubt); } .lane .soft { fill: var(--soft); }
.lane .work { fill: var(--bar); } .lane .quiet { fill: var(--line); } .lane circle { stroke: var(--paper); stroke-width: 1.5; }
.plot { display: block; overflow: visible; } .plot .base, .plot .tick, .chart-of-values .tick { stroke: var(--line); }
.chart-of-values text { font-size: .75rem; fill: var(--soft); font-variant-numeric: tabular-nums; }
.plot .scale { paint-order: stroke; stroke: var(--paper); stroke-width: 4; } .plot .column { stroke-width: 5; } .plot .good { stroke: var(--good); } .plot .bad { stroke: var(--bad); }
.plot .work { stroke: var(--bar); } .plot .doubt { stroke: var(--doubt); } .plot .soft, .plot .quiet { stroke: var(--soft); }
.plot .limit { stroke: var(--gold); stroke-width: 2; stroke-dasharray: 3 3; }
figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin-top: .3rem; }
figcaption i { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .4rem; background: currentColor; }
figcaption i.work { color: var(--bar); } figcaption i.quiet { color: var(--line); }
figcaption i.limit { width: 0; border-left: 2px dashed var(--gold); border-radius: 0; background: none; height: .9rem; vertical-align: -.15rem; }
ul.todo { list-style: none; padding: 0; } ul.todo li::before { content: "☐ "; color: var(--soft); }
ul { margin: .4rem 0; padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-size: .8rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
td.strong { font-weight: 600; } td.fit { overflow-wrap: break-word; } td { white-space: pre-line; }
td.time, td.short { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; }
code, pre { font: .85em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; margin: .2rem 0 .7rem; padding: .5rem .7rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .3rem; }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .3rem .8rem; margin: .4rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  h1 { font-size: 1.4rem; }
  .row { grid-template-columns: 1fr auto; gap: 0 .8rem; padding: .3rem 0; } .row .track { grid-column: 1 / -1; grid-row: 2; }
  .lane { grid-template-columns: 1fr; gap: 0; padding: .2rem 0; }
  table, tbody, tr, td { display: block; } thead { display: none; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); } td { border: 0; padding: .05rem 0; }
  td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); font-size: .85rem; } td:empty { display: none; }
  td.time, td.short { display: inline-block; margin-right: .8rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --gold: #7a5510; --good: #14532d; --bad: #8c1d18;
    --doubt: #6b4600; --bar: #4a6580; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; } h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  @page { margin: 16mm; }
}
`;
