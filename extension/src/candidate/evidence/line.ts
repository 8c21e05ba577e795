import { outcomeOf, Trouble } from "../../problems.ts";
import type { Outcome } from "../../problems.ts";

/** Either end of a worker: both have these two. */
export interface End {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(
    type: "message",
    listener: (event: MessageEvent<unknown>) => void,
    options: AddEventListenerOptions,
  ): void;
}

interface Order {
  number: number;
  kind: string;
  body: object;
}
type Post = { answer: number; outcome: Outcome<unknown> } | { news: unknown };
type Orders = Record<string, { ask: object; answer: unknown }>;

/** Gives orders over a line to a worker and hears its news. Nothing but our own worker is at its other end. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- both ends name the news they share
export function callOver<T extends { [K in keyof T]: { ask: object; answer: unknown } }, N>(
  end: End,
  onNews: (news: N) => void,
  signal: AbortSignal,
) {
  const open = new Map<number, (outcome: Outcome<unknown>) => void>();
  let last = 0;
  const hear = ({ data }: MessageEvent<unknown>): void => {
    const post = data as Post;
    if ("news" in post) {
      onNews(post.news as N);
      return;
    }
    open.get(post.answer)?.(post.outcome);
    open.delete(post.answer);
  };
  end.addEventListener("message", hear, { signal });
  return async <K extends keyof T & string>(
    kind: K,
    body: T[K]["ask"],
    transfer: Transferable[] = [],
  ): Promise<T[K]["answer"]> => {
    last += 1;
    const number = last;
    const outcome = await new Promise<Outcome<unknown>>((resolve) => {
      open.set(number, resolve);
      const order: Order = { number, kind, body };
      end.postMessage(order, transfer);
    });
    if (!outcome.ok) throw new Trouble(outcome.problem);
    return outcome.value;
  };
}

export type OrderHandlers<T> = {
  [K in keyof T]: T[K] extends { ask: infer A; answer: infer R } ? (body: A) => Promise<R> : never;
};

/** Answers the orders of {@link callOver}; gives a way to tell news. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- both ends name the news they share
export function serveOver<T, N>(
  end: End,
  handlers: OrderHandlers<T>,
  world: { signal: AbortSignal; report: (error: unknown) => void },
): (news: N) => void {
  const table = handlers as OrderHandlers<Orders>;
  const hear = ({ data }: MessageEvent<unknown>): void => {
    const { number, kind, body } = data as Order;
    const work = async (): Promise<unknown> => {
      const handler = Object.hasOwn(table, kind) ? table[kind] : undefined;
      if (handler === undefined) throw new Error(`no order is called ${kind}`);
      return handler(body);
    };
    void outcomeOf(work, world.report).then((outcome) => {
      end.postMessage({ answer: number, outcome } satisfies Post, []);
    });
  };
  end.addEventListener("message", hear, { signal: world.signal });
  return (news) => {
    end.postMessage({ news } satisfies Post, []);
  };
}
