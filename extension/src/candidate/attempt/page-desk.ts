import type { FromPage, Handlers } from "../../messages.ts";
import { trouble } from "../../problems.ts";
import { pinOf, rememberPin } from "../trust/pins.ts";
import type { Audience } from "./audience.ts";
import type { Conductor } from "./conductor.ts";
import { launch } from "./launch.ts";
import { letGo } from "./lending.ts";
import { measureReach } from "./reach.ts";
import { mayBeLost, mustBeKept } from "./reducer.ts";
import { askRecorder } from "./offscreen.ts";
import { callsFor, destroySecrets } from "./secrets.ts";
import type { AttemptStore } from "./store.ts";

type Desk = Handlers<FromPage, "page">;

/** What a page may do although another tab has the exam. */
const FREE = new Set<keyof FromPage>([
  "attempt.get",
  "page.take-over",
  "progress.get",
  "exam.show",
  "launch.redeem",
]);

export interface Office {
  store: AttemptStore;
  conductor: Conductor;
  audience: Audience;
}

/** Answers to candidate pages and the popup. A tab that does not have the exam is refused `open-elsewhere`. */
export function pageDesk(office: Office): Desk {
  const desk = { ...lookingDesk(office), ...checkingDesk(office), ...runningDesk(office) };
  return guarded(desk, office.audience);
}

function guarded(desk: Desk, audience: Audience): Desk {
  const guard = (kind: string, handler: Desk[keyof Desk]): unknown => {
    if (FREE.has(kind as keyof FromPage)) return handler;
    const guardedHandler: Desk["attempt.get"] = async (body, speaker) => {
      if (audience.isElsewhere(speaker)) throw trouble("open-elsewhere");
      return (handler as Desk["attempt.get"])(body, speaker);
    };
    return guardedHandler;
  };
  const entries = Object.entries(desk).map(([kind, handler]) => [kind, guard(kind, handler)]);
  // The same table with the same keys: each handler behind the same question.
  return Object.fromEntries(entries) as Desk;
}

type Looking = Pick<
  Desk,
  | "launch.redeem"
  | "attempt.get"
  | "progress.get"
  | "page.take-over"
  | "exam.show"
  | "attempt.forget"
>;

function lookingDesk({ store, conductor, audience }: Office): Looking {
  return {
    async "launch.redeem"(order, { tab }) {
      const answer = await launch(store, order);
      audience.takeOver(tab);
      return answer;
    },
    "attempt.get": () => store.get(),
    "progress.get": () => askRecorder("progress.get", {}),
    async "page.take-over"(_, { tab }) {
      audience.takeOver(tab);
      return Promise.resolve(null);
    },
    async "exam.show"(_, { tab }) {
      const record = await store.expect();
      if (record.phase !== "recording") throw trouble("not-now");
      await conductor.openQuiz(tab);
      return null;
    },
    async "attempt.forget"({ lose = false }) {
      const record = await store.expect();
      if (mustBeKept(record)) {
        const isRefused = lose && (await askRecorder("progress.get", {})).upload.refused;
        if (!mayBeLost(record, { isRefused })) throw trouble("not-now");
      }
      await letGo();
      await destroySecrets(record.attempt.id);
      await store.forget();
      return null;
    },
  };
}

type Checking = Pick<
  Desk,
  | "key.check"
  | "key.compared"
  | "agreement.accept"
  | "checks.begin"
  | "checks.leave"
  | "check.report"
  | "server.measure"
  | "source.open"
  | "source.close"
>;

function checkingDesk({ store, conductor }: Office): Checking {
  return {
    "key.check": async () => (await conductor.checkKey(await store.expect())).standing,
    async "key.compared"() {
      const record = await store.expect();
      const pin = await pinOf(record.server, record.institution.slug);
      if (pin === null) throw trouble("not-now");
      // A person counts for more than the course does, and only a policy for more than a person.
      if (pin.source !== "managed") {
        await rememberPin(record.server, record.institution.slug, { ...pin, source: "compared" });
      }
      return (await conductor.checkKey(record)).standing;
    },
    async "agreement.accept"({ typed_name, text }) {
      const { exam } = await store.expect();
      if (exam.settings.sign_agreement && typed_name.trim() === "") throw trouble("not-now");
      return store.apply({ kind: "agreed", agreement: { text, typed_name, at: Date.now() } });
    },
    "checks.begin": () => conductor.beginChecks(),
    "checks.leave": () => conductor.leave(),
    "check.report": ({ check, outcome }) => store.apply({ kind: "check-reported", check, outcome }),
    "server.measure": async () => measureReach(await callsFor(await store.expect())),
    "source.open": ({ source, device_id }) => conductor.openSource(source, device_id),
    async "source.close"({ source }) {
      await askRecorder("source.close", { source });
      await store.apply({ kind: "source-changed", source, state: { is: "off" } });
      return null;
    },
  };
}

type Running = Pick<Desk, "attempt.ready" | "attempt.start" | "attempt.resume" | "attempt.finish">;

function runningDesk({ conductor }: Office): Running {
  return {
    "attempt.ready": () => conductor.ready(),
    "attempt.start": (_, { tab }) => conductor.start(tab),
    "attempt.resume": (_, { tab }) => conductor.resume(tab),
    "attempt.finish": () => conductor.finish("candidate"),
  };
}
