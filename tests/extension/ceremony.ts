/**
 * The staff's part of an exam, for tests: keys, root and scope key, with the real format and the real server. Reads
 * a JSON request from standard input and writes the reviewer's keys to standard output.
 */
import { text } from "node:stream/consumers";
import {
  formatMemberAdd,
  formatRoot,
  formatScopeEpoch,
  keyringPublicKeys,
  keyringSigner,
  makeBlind,
  makeKeyring,
  makeRootKey,
  makeScopeKey,
  rootKeySigner,
  sha256,
  signNote,
  toBase64,
  wrapScopeKey,
} from "@invigil/sealed";

interface Request {
  server: string;
  token: string;
  institution: string;
  person: string;
  exam: string;
  minimum_client: string;
}

const request = JSON.parse(await text(process.stdin)) as Request;
const { server, token, institution, person, exam } = request;
const issuedMs = Date.now();
const expiresMs = issuedMs + 365 * 86_400_000;

async function call(method: string, path: string, json?: object): Promise<unknown> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = json === undefined ? null : JSON.stringify(json);
  const answer = await fetch(`${server}${path}`, { method, headers, body });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : ((await answer.json()) as unknown);
}

const keyring = await makeKeyring(institution, person);
const keys = await keyringPublicKeys(keyring);
const signer = await keyringSigner(keyring);
await call("PUT", "/api/me/keys", keys);

const { server_vkey } = (await call("GET", `/api/institutions/${institution}/trust`)) as {
  server_vkey: string;
};
const rootSigner = await rootKeySigner(makeRootKey(institution, 1));
const root = formatRoot({
  institution,
  displayName: "Demo University",
  serial: 1,
  issuedMs,
  expiresMs,
  minimumClient: request.minimum_client,
  previous: null,
  threshold: 1,
  roots: [rootSigner.vkey],
  administrators: [{ person, ...keys }],
  servers: [server_vkey],
  recovery: [],
});
await call("POST", "/api/roots", { note: await signNote(root, [rootSigner]) });

const scope = `exam/${exam}`;
const key = await makeScopeKey(institution, scope, 1);
const epoch = { institution, scope, epoch: 1, recipient: key.recipient, issuedMs, expiresMs };
const wrap = await wrapScopeKey(key, keys.recipient);
const member = formatMemberAdd({
  institution,
  scope,
  epoch: 1,
  person,
  wrapHash: await sha256(wrap),
  issuedMs,
});
await call("POST", `/api/exams/${exam}/scope`, {
  scope_epoch: await signNote(formatScopeEpoch(epoch), [signer]),
  members: [
    { note: await signNote(member, [signer]), blind: toBase64(makeBlind()), wrap: toBase64(wrap) },
  ],
});
process.stdout.write(
  JSON.stringify({
    identity: keyring.identity,
    seed: toBase64(keyring.seed),
    wrap: toBase64(wrap),
  }),
);
