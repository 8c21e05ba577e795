// Runs in the extension's offscreen document before recording begins: takes the time of what it does, from outside.
(() => {
  const times = { encode: {}, seal: {} };
  const note = (step, stream, ms) => (times[step][stream] ??= []).push(ms);

  /** Each picture or stretch of sound, from the encoder's call to the packet that comes out. */
  function watched(Encoder, streamOf) {
    return class extends Encoder {
      #waiting = [];
      #stream = "";

      constructor({ output, error }) {
        super({
          output: (...packet) => {
            note("encode", this.#stream, performance.now() - this.#waiting.shift());
            output(...packet);
          },
          error,
        });
      }

      configure(config) {
        this.#stream = streamOf(config);
        super.configure(config);
      }

      encode(...given) {
        this.#waiting.push(performance.now());
        super.encode(...given);
      }
    };
  }

  const SCREEN_FROM = 1000;
  globalThis.VideoEncoder = watched(VideoEncoder, ({ width }) =>
    width < SCREEN_FROM ? "camera" : "screen",
  );
  globalThis.AudioEncoder = watched(AudioEncoder, () => "microphone");

  /** Each file, from the order to the worker until it lies sealed in the spool. */
  const open = new Map();
  const heard = new WeakSet();
  const life = new AbortController(); // as long as the document
  const hear = ({ data }) => {
    const begun = open.get(data.answer);
    if (begun === undefined) return;
    note("seal", begun.stream, performance.now() - begun.at);
    open.delete(data.answer);
  };
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (order, ...more) {
    if (!heard.has(this)) {
      heard.add(this);
      this.addEventListener("message", hear, { signal: life.signal });
    }
    if (order?.kind === "seal")
      open.set(order.number, { stream: order.body.stream, at: performance.now() });
    return post.call(this, order, ...more);
  };
  globalThis.stopwatch = times;
})();
