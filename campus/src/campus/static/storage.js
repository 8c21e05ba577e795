// LTI Client Side postMessages 1.0 with storage: a tool whose cookies are blocked keeps its state and nonce here.
// Each origin has its own shelf, for as long as this page is open.
const origins = new Set(document.body.dataset.toolOrigins.split(" "));
const shelves = new Map();
const MOST_KEYS = 500;
const MOST_CHARS = 4096;

const answers = {
  "lti.capabilities": () => ({
    supported_messages: Object.keys(answers).map((subject) => ({ subject })),
  }),
  "lti.put_data": ({ key, value }, shelf) => {
    if (typeof key !== "string")
      return { error: { code: "bad_request", message: "key is missing" } };
    if (value === null || value === undefined) {
      shelf.delete(key);
      return { key };
    }
    if (
      typeof value !== "string" ||
      value.length + key.length > MOST_CHARS ||
      shelf.size >= MOST_KEYS
    ) {
      return { error: { code: "storage_exhausted", message: "too much to keep" } };
    }
    shelf.set(key, value);
    return { key, value };
  },
  "lti.get_data": ({ key }, shelf) => ({ key, value: shelf.get(key) ?? null }),
};

addEventListener("message", (event) => {
  const { subject, message_id } = event.data ?? {};
  if (!origins.has(event.origin) || !Object.hasOwn(answers, subject)) return;
  if (!shelves.has(event.origin)) shelves.set(event.origin, new Map());
  const answer = answers[subject](event.data, shelves.get(event.origin));
  event.source.postMessage({ subject: `${subject}.response`, message_id, ...answer }, event.origin);
});
