import { whenEnded } from "../../lifetime.ts";

/** The bar's distance from the window's edge, above and below it. */
const MARGINS_PX = 24;

/**
 * Keeps room for the bar below the page's end, so that the page's last controls can be scrolled clear of it, and asks the
 * browser to scroll what is focused clear of it too. The room is the bar's own element: nothing of the page's is styled,
 * but for how far it is scrolled.
 */
export function reserveRoom(
  page: Document,
  { root, bar }: { root: ShadowRoot; bar: HTMLElement },
  signal: AbortSignal,
): void {
  const room = new CSSStyleSheet();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, room];
  const { style } = page.documentElement;
  const own = style.scrollPaddingBottom;
  const watch = new ResizeObserver(() => {
    const height = `${bar.offsetHeight + MARGINS_PX}px`;
    room.replaceSync(`:host { height: ${height} !important; }`);
    style.scrollPaddingBottom = height;
  });
  watch.observe(bar);
  whenEnded(signal, () => {
    watch.disconnect();
    style.scrollPaddingBottom = own;
  });
}
