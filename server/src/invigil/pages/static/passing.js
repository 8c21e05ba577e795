// On the way to the LMS's authorization: leave the browser's secret in platform storage, then go on.

import { putValue } from "./platform-storage.js";

const onward = document.querySelector("#onward");
const { origin, target, key, secret } = onward.dataset;

try {
  await putValue({ origin, target, key }, secret);
} catch {
  // Not kept: the launch page then offers a window of its own.
}
window.location.replace(onward.href);
