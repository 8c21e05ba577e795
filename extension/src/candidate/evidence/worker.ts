/** The worker of the offscreen document: wiring of the evidence room. */
import { trouble } from "../../problems.ts";
import { attemptCalls } from "../../server.ts";
import { Turns } from "../../turns.ts";
import type { AttemptCalls } from "../../server.ts";
import { openDatabase } from "./database.ts";
import type { SpooledFile } from "./database.ts";
import { Engine } from "./engine.ts";
import { serveOver } from "./line.ts";
import type { End, OrderHandlers } from "./line.ts";
import { findLog, openLog } from "./opening.ts";
import type { FoundLog } from "./opening.ts";
import type { EvidenceNews, EvidenceOrders } from "./orders.ts";

const life = new AbortController();
let engine: Engine | null = null;
/** The attempt of the engine. */
let taken = "";
let running = new AbortController();
/** One log has one writer: it is found and taken one after the other. */
const turns = new Turns();

const report = (error: unknown): void => {
  // The extension's own console; errors of ours name no token (problems.ts).
  // eslint-disable-next-line no-console -- the one way a defect in a worker can be seen
  console.error(error);
};

const onKept = (file: SpooledFile): void => {
  engine?.delivery.kept(file);
};

function current(): Engine {
  if (engine === null) throw trouble("no-attempt");
  return engine;
}

async function callsOf(attempt: string): Promise<AttemptCalls> {
  const database = await openDatabase();
  const secrets = await database.get("secrets", attempt);
  database.close();
  if (secrets === undefined) throw trouble("secrets-lost");
  return attemptCalls(secrets.server, attempt, secrets.token);
}

/** The engine that has this attempt's log already: a second one beside it would write the same leaves. */
function engineOf(attempt: string): Engine | null {
  return taken === attempt ? engine : null;
}

async function take(found: FoundLog): Promise<Engine> {
  running.abort();
  running = new AbortController();
  taken = found.attempt;
  engine = new Engine(found, await callsOf(found.attempt), { tell, report });
  await engine.delivery.resume();
  engine.run(AbortSignal.any([life.signal, running.signal]));
  return engine;
}

const handlers: OrderHandlers<EvidenceOrders> = {
  open: (order) =>
    turns.take(async () => {
      const open =
        engineOf(order.attempt) ?? (await take(await openLog(await openDatabase(), order, onKept)));
      await open.delivery.bringOpening();
      return open.place;
    }),
  resume: ({ attempt }) =>
    turns.take(async () => {
      const open = engineOf(attempt);
      if (open !== null) return open.place;
      const found = await findLog(await openDatabase(), attempt, onKept);
      return found === null ? null : (await take(found)).place;
    }),
  async begin(order) {
    await current().begin(order);
    return null;
  },
  seal: (file) => current().seal(file),
  async miss(loss) {
    await current().miss(loss);
    return null;
  },
  note(event) {
    current().note(event);
    return Promise.resolve(null);
  },
  async pause(sleep) {
    await current().pause(sleep);
    return null;
  },
  async lose(loss) {
    await current().lose(loss);
    return null;
  },
  async find(order) {
    await current().find(order);
    return null;
  },
  async end(order) {
    await current().end(order);
    return null;
  },
};

const tell = serveOver<EvidenceOrders, EvidenceNews>(self as unknown as End, handlers, {
  signal: life.signal,
  report,
});
