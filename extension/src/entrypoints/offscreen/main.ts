import { openRecorder } from "../../candidate/capture/desk.ts";

openRecorder(
  new Worker(new URL("../../candidate/evidence/worker.ts", import.meta.url), { type: "module" }),
);
