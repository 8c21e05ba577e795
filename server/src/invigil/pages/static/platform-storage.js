// LTI platform storage: the LMS keeps a value for us where our own cookies are blocked.
// Messages go to, and are taken from, the pinned origin of the LMS alone.

const PATIENCE_MS = 1500;

function frameOf(target) {
  return target === "_parent" ? window.parent : window.parent.frames[target];
}

/** Sends one message and waits for its answer; rejects when none comes in time. */
function ask(place, message) {
  const messageId = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const finish = (settle, value) => {
      done.abort();
      settle(value);
    };
    const listen = (event) => {
      const answer = event.data;
      if (event.origin !== place.origin || answer?.message_id !== messageId) {
        return;
      }
      if (answer.subject === `${message.subject}.response`) {
        finish(answer.error ? reject : resolve, answer);
      }
    };
    window.addEventListener("message", listen, { signal: done.signal });
    setTimeout(finish, PATIENCE_MS, reject, new Error("no answer"));
    frameOf(place.target)?.postMessage({ ...message, message_id: messageId }, place.origin);
  });
}

export async function putValue(place, value) {
  await ask(place, { subject: "lti.put_data", key: place.key, value });
}

export async function getValue(place) {
  const answer = await ask(place, { subject: "lti.get_data", key: place.key });
  return typeof answer.value === "string" ? answer.value : "";
}
