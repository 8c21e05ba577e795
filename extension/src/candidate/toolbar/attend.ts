import { browser } from "../../browser.ts";
import { askFromExam, EXAM_PORT } from "../../messages.ts";
import type { ExamNews } from "../../messages.ts";
import { mountBar } from "./bar.ts";
import { hear, NOTHING_HEARD, viewOf } from "./view.ts";

/** The service worker dies when it likes; the port is then opened again. */
const RECONNECT_MS = 1000;

/**
 * What the content script does in a page of the quiz: says that the page was loaded, and shows the bar where
 * the background says that this is the running exam. In every other page it shows nothing and ends.
 */
export async function attendPage(signal: AbortSignal): Promise<void> {
  const answer = await askFromExam("exam.page", {});
  if (!answer.ok || answer.value.is !== "exam" || signal.aborted) return;
  const actions = {
    finish: async () => {
      await askFromExam("exam.finish", {});
    },
    help: async () => {
      await askFromExam("exam.help", {});
    },
  };
  const draw = mountBar(answer.value, actions, signal);
  let heard = NOTHING_HEARD;
  draw(viewOf(heard));
  follow((news) => {
    heard = hear(heard, news);
    draw(viewOf(heard));
  }, signal);
}

function follow(onNews: (news: ExamNews) => void, signal: AbortSignal): void {
  const port = browser.connect(EXAM_PORT);
  // Ports of our own extension carry our own news: its id is checked by the browser.
  port.onMessage.addListener((news: unknown) => {
    onNews(news as ExamNews);
  });
  port.onDisconnect.addListener(() => {
    if (!signal.aborted)
      setTimeout(() => {
        follow(onNews, signal);
      }, RECONNECT_MS);
  });
}
