// Runs in the staff app's page: does what a reviewer does, and takes the time until the picture is there.
(() => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const SELECTOR = "figure[data-state=shown] video[data-stream=";
  const isShown = (stream) => document.querySelector(`${SELECTOR}${stream}]`) !== null;

  async function until(holds) {
    while (!holds()) await frame();
    return performance.now();
  }

  /** From the press on an attempt in the list; every time is in ms since then. */
  async function open(route) {
    const begun = performance.now();
    location.hash = route;
    const isOpen = () => document.querySelector("video[data-stream=camera]") !== null;
    let progress = null;
    // The player appears once all leaves are verified and the attempt's secret is opened.
    const verified = await until(() => {
      if (document.querySelector("[role=progressbar], progress") !== null)
        progress ??= performance.now();
      return isOpen();
    });
    const [camera, screen] = await Promise.all([
      until(() => isShown("camera")),
      until(() => isShown("screen")),
    ]);
    return {
      progress_shown_ms: (progress ?? verified) - begun,
      verified_and_unlocked_ms: verified - begun,
      first_frame_ms: Math.min(camera, screen) - begun,
      both_pictures_ms: Math.max(camera, screen) - begun,
    };
  }

  /** From the press on the timeline until both pictures show that moment. */
  async function seek(ms) {
    const begun = performance.now();
    const range = document.querySelector("input[type=range]");
    range.value = String(ms);
    range.dispatchEvent(new Event("input", { bubbles: true }));
    const videos = [...document.querySelectorAll("video[data-stream]")];
    const isThere = (video) =>
      Math.abs(video.currentTime * 1000 - Number(range.value)) < 300 &&
      !video.seeking &&
      video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    await frame();
    const times = await Promise.all(
      videos.map((video) => until(() => isThere(video) && isShown(video.dataset.stream))),
    );
    return Math.max(...times) - begun;
  }

  /** From the press on an exam's attempts until the list stands, with so many attempts in it. */
  async function list(route, count) {
    const begun = performance.now();
    location.hash = route;
    const rows = () => document.querySelector(`table[aria-rowcount="${count + 1}"] tr.row`);
    return (await until(() => rows() !== null)) - begun;
  }

  globalThis.watch = { open, seek, list };
})();
