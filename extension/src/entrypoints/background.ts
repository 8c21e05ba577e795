import { defineBackground } from "wxt/utils/define-background";

export default defineBackground(() => {
  // Rooms register their listeners here, synchronously, so that a woken worker misses no event.
});
