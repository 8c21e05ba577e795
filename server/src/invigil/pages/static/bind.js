// Shows the server that this is the browser in which the login began. If the LMS kept nothing, the
// button that opens a new window stays.

import { getValue } from "./platform-storage.js";

const form = document.querySelector("#bind");
const { origin, target, key } = form.dataset;

try {
  const secret = await getValue({ origin, target, key });
  if (secret) {
    form.elements.secret.value = secret;
    form.submit();
  }
} catch {
  // Nothing there: the page stays as it is.
}
