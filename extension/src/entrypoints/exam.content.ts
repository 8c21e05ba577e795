import { defineContentScript } from "wxt/utils/define-content-script";
import { attendPage } from "../candidate/toolbar/attend.ts";

/** Registered only while an exam runs, and only for the quiz's own origins. */
export default defineContentScript({
  registration: "runtime",
  matches: [],
  main(context) {
    void attendPage(context.signal);
  },
});
