const SVG = "http://www.w3.org/2000/svg";

export function make(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Heard only when a person pressed it: a page's scripted click is no wish of the candidate. */
export function button(text: string, press: () => void, signal: AbortSignal): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener(
    "click",
    (event) => {
      if (event.isTrusted) press();
    },
    { signal },
  );
  return element;
}

/** Drawn, because not every computer has a letter for it. */
export function shield(): SVGElement {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z");
  picture.append(line);
  return picture;
}
