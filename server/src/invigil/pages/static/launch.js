// Finds out whether the extension is in this browser, and shows the way in or how to get it.
// Without this script the page works too: the link stands there from the start.

const AGAIN_MS = 2000;

const main = document.querySelector("main");
const state = document.querySelector("#state");
const open = document.querySelector("#open");
const get = document.querySelector("#get");
const links = [...document.querySelectorAll("a[data-extension]")];
const over = new AbortController();

/** Says one of the page's own sentences, once: a screen reader hears it politely. */
function say(which) {
  const sentence = state.dataset[which];
  if (state.textContent !== sentence) {
    state.textContent = sentence;
  }
}

async function isThere(link) {
  try {
    const answer = await fetch(`chrome-extension://${link.dataset.extension}/present.json`);
    return typeof (await answer.json()).invigil === "string";
  } catch {
    return false;
  }
}

async function findExtension() {
  for (const link of links) {
    if (await isThere(link)) {
      return link;
    }
  }
  return undefined;
}

function showWayIn(found) {
  for (const link of links) {
    link.closest("p").hidden = link !== found;
  }
  open.hidden = false;
  get.hidden = true;
  say("found");
}

function showHowToGetIt() {
  open.hidden = true;
  get.hidden = false;
  get.open = true;
  get.querySelector("summary").hidden = true;
  say("missing");
}

async function look() {
  const found = await findExtension();
  if (over.signal.aborted) {
    return;
  }
  if (found) {
    showWayIn(found);
    return;
  }
  showHowToGetIt();
  setTimeout(look, AGAIN_MS);
}

function expire() {
  over.abort();
  open.remove();
  get.remove();
  say("expired");
}

say("looking");
setTimeout(expire, Number(main.dataset.lifeS) * 1000);
void look();
