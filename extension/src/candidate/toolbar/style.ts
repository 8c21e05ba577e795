/** The bar's own style: fixed colours of high contrast, since it stands on any page. Nothing of the page reaches in. */
export const STYLE = `
:host { all: initial !important; display: block !important; pointer-events: none !important; }
* { box-sizing: border-box; font: 400 14px/1.3 system-ui, sans-serif; }
.bar {
  position: fixed; bottom: 12px; right: 12px; z-index: 2147483647; pointer-events: auto;
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px;
  max-width: calc(100vw - 24px); min-height: 44px; padding: 4px 8px 4px 12px;
  color: #fff; background: #12292c; border: 1px solid #fff; border-radius: 10px;
  box-shadow: 0 2px 12px rgb(0 0 0 / 35%);
  font-variant-numeric: tabular-nums;
}
.bar.left { right: auto; left: 12px; }
.bar.small { padding: 4px; flex-wrap: nowrap; }
.end { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; }
.bar.small > :not(.fold, .dot, .urgent, .recording) { display: none; }
/* Small, it still says aloud what is recorded, and still shows what needs the candidate. */
.bar.small > .recording { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.dot { width: 10px; height: 10px; border-radius: 50%; background: #5fd39b; flex: none; animation: breathe 4s ease-in-out infinite; }
.warn .dot { background: #ffc45c; border-radius: 2px; }
.bad .dot { background: #ff8f85; border-radius: 0; transform: rotate(45deg); animation: none; }
.over .dot { animation: none; background: #b8c6c8; }
@keyframes breathe { 50% { opacity: 0.45; } }
button {
  min-width: 32px; min-height: 32px; padding: 0 10px; color: #fff; background: #24474b;
  border: 1px solid #8fb3b7; border-radius: 6px; cursor: pointer;
}
button:hover { background: #31595e; }
button:focus-visible { outline: 3px solid #ffe08a; outline-offset: 2px; }
button.urgent { color: #1c0a08; background: #ff8f85; border-color: #fff; font-weight: 600; }
.time + .since { margin-left: -8px; }
.recording, .since, .time, .upload { opacity: 0.95; }
svg { display: block; width: 20px; height: 20px; margin: auto; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
button.fold { padding: 0; }
/* Two rows: what is recorded and since when, then the rest. */
@media (max-width: 799px) {
  .bar:not(.small) { column-gap: 8px; width: min(480px, calc(100vw - 24px)); padding: 4px 8px; }
  .bar:not(.small) > .recording { flex: 1 1 0; min-width: 60%; }
  .bar:not(.small) > .since { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .bar:not(.small) > .upload { flex: 1 1 0; min-width: 30%; }
  .bar:not(.small) > .urgent { flex: 1 1 100%; }
  .bar:not(.small) > .asking { flex: 1 1 100%; order: 1; }
}
[hidden] { display: none !important; }
@media (prefers-reduced-motion: reduce) { .dot { animation: none; } }
@media (forced-colors: active) { .bar, button { border: 1px solid ButtonText; } .dot { forced-color-adjust: none; } }
@media print { .bar { display: none; } :host { display: none !important; } }
`;
