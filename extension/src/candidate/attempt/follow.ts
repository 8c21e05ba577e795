import { browser } from "../../browser.ts";
import { PAGE_PORT } from "../../messages.ts";
import type { PageNews } from "../../messages.ts";

/**
 * Keeps a page in step with the background: news come as they happen, the whole record first. The service worker may
 * die and take the port with it; connecting again wakes it.
 */
export function followAttempt({
  onNews,
  signal,
}: {
  onNews: (news: PageNews) => void;
  signal: AbortSignal;
}): void {
  const connect = (): void => {
    if (signal.aborted) return;
    const port = browser.connect(PAGE_PORT);
    // News come from our own background only: nobody else can speak on a port that we opened to it.
    port.onMessage.addListener((news: PageNews) => {
      onNews(news);
    });
    port.onDisconnect.addListener(() => setTimeout(connect, 100));
    const leave = (): void => {
      port.disconnect();
    };
    signal.addEventListener("abort", leave, { once: true });
  };
  connect();
}
