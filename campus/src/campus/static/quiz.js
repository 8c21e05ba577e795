// The clock, autosave and the question before handing in. The server decides; without scripts the forms still work.
const AUTOSAVE_AFTER_MS = 3000;
const NOTICES_S = [300, 60];

const timeLeft = document.querySelector("#quiz-time-left");
const form = document.querySelector("#response-form");
if (timeLeft) runClock(Number(timeLeft.dataset.secondsLeft));
if (form) autosave();
const confirmation = document.querySelector("#confirm-hand-in");
if (confirmation) askBeforeHandIn();

function runClock(secondsAtLoad) {
  const notice = document.querySelector("#time-notice");
  let before = secondsAtLoad;
  const tick = () => {
    // Counted from the load: the computer's own clock may be wrong.
    const left = Math.max(0, Math.round(secondsAtLoad - performance.now() / 1000));
    timeLeft.textContent = inWords(left);
    timeLeft.dataset.secondsLeft = left;
    const due = NOTICES_S.find((seconds) => before > seconds && left <= seconds);
    if (due) notice.textContent = due === 60 ? "One minute left." : `${due / 60} minutes left.`;
    before = left;
    if (left > 0) return;
    clearInterval(timer);
    handInBecauseTimeIsUp();
  };
  const timer = setInterval(tick, 1000);
  tick();
}

function inWords(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function handInBecauseTimeIsUp() {
  if (!form) {
    document.querySelector("#hand-in-form").submit();
    return;
  }
  document.querySelector("#timeup").value = "1";
  form.submit();
}

function autosave() {
  const state = document.querySelector("#autosave-state");
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    state.textContent = "";
    waiting = setTimeout(save, AUTOSAVE_AFTER_MS);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));

  async function save() {
    const sent = await fetch(form.dataset.autosave, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    }).catch(() => null);
    if (sent?.ok) state.textContent = "Saved";
    else
      state.textContent =
        "Not saved yet. It is tried again with your next change, and when you go on.";
  }
}

function askBeforeHandIn() {
  const button = document.querySelector("#hand-in");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    confirmation.showModal();
  });
  document.querySelector("#cancel-hand-in").addEventListener("click", () => confirmation.close());
  document.querySelector("#confirm").addEventListener("click", () => {
    form.action = button.formAction;
    form.requestSubmit();
  });
}
