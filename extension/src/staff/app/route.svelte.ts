/** Where in the staff app we are: the fragment of the address, so that every page has one and Back works. */
export type Route =
  | { at: "exams" }
  | { at: "exam"; exam: string }
  | { at: "attempts"; exam: string }
  | { at: "attempt"; exam: string; attempt: string }
  | { at: "keyring" }
  | { at: "people" }
  | { at: "keys" }
  | { at: "lms" }
  | { at: "audit" };

const ID = /^[0-9a-z]{26}$/u;

/** Anything that is not an address of ours is the list of exams. */
export function parseRoute(fragment: string): Route {
  const [room = "", first = "", second = "", third = ""] = fragment
    .replace(/^#\/?/u, "")
    .split("/");
  if (room === "exams" && ID.test(first)) return examRoute(first, second, third);
  if (
    room === "keyring" ||
    room === "people" ||
    room === "keys" ||
    room === "lms" ||
    room === "audit"
  )
    return { at: room };
  return { at: "exams" };
}

function examRoute(exam: string, part: string, attempt: string): Route {
  if (part !== "attempts") return { at: "exam", exam };
  return ID.test(attempt) ? { at: "attempt", exam, attempt } : { at: "attempts", exam };
}

export function addressOf(route: Route): string {
  switch (route.at) {
    case "exam":
      return `#/exams/${route.exam}`;
    case "attempts":
      return `#/exams/${route.exam}/attempts`;
    case "attempt":
      return `#/exams/${route.exam}/attempts/${route.attempt}`;
    case "exams":
    case "keyring":
    case "people":
    case "keys":
    case "lms":
    case "audit":
      return `#/${route.at}`;
  }
}

/** The route, following the address. */
export class Place {
  route = $state<Route>(parseRoute(location.hash));

  constructor(signal: AbortSignal) {
    window.addEventListener(
      "hashchange",
      () => {
        this.route = parseRoute(location.hash);
      },
      { signal },
    );
  }

  go(route: Route): void {
    location.hash = addressOf(route);
  }
}
