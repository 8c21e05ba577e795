import { Encrypter } from "age-encryption";
import { makeIdentity, recipientOf, sealWrap } from "../src/age.ts";
import { type Bytes, encodeText, toBase64 } from "../src/text.ts";
import { segmentIdentity, streamSecret } from "../src/schedule.ts";
import { ATTEMPT, seed } from "./seeds.ts";

const PLAINTEXT = "a secret of thirty-two bytes ---\n";
const GREASE = { args: ["x-grease", "AAAA"], body: new Uint8Array(16) };

/** Wraps, segment files and phrase files of sealed.md §3, as they must be and as they must not. */
export async function ageVectors() {
  const [identity, second] = [await makeIdentity(), await makeIdentity()];
  const recipients = [await recipientOf(identity), await recipientOf(second)];
  const [recipient = "", other = ""] = recipients;
  const classic = await segmentIdentity(
    await streamSecret(await seed("secret"), ATTEMPT, "camera"),
    0,
  );
  const classicRecipient = await recipientOf(classic);
  const wrap = await sealWrap(encodeText(PLAINTEXT), [recipient]);
  const sealed = (rule: string, sentence: string, file: Bytes, kind: string | null) => ({
    rule,
    sentence,
    kind,
    file: toBase64(file),
  });
  return {
    plaintext: PLAINTEXT,
    hybrid_identity: identity,
    hybrid_recipient: recipient,
    x25519_identity: classic,
    x25519_recipient: classicRecipient,
    phrase: PHRASE,
    files: [
      sealed("wrap", "One hybrid recipient.", wrap, null),
      sealed(
        "wrap",
        "Two hybrid recipients, the other first.",
        await sealWrap(encodeText(PLAINTEXT), [other, recipient]),
        null,
      ),
      sealed(
        "wrap",
        "A hybrid recipient who is not the reader.",
        await sealWrap(encodeText(PLAINTEXT), [other]),
        "wrong-key",
      ),
      sealed(
        "wrap",
        "A hybrid and a classic recipient.",
        await to(recipient, classicRecipient),
        "downgrade",
      ),
      sealed("wrap", "A classic recipient alone.", await to(classicRecipient), "downgrade"),
      sealed(
        "wrap",
        "A hybrid recipient and a stanza of no known kind.",
        await to(recipient, grease()),
        "downgrade",
      ),
      sealed("wrap", "A wrap under a phrase.", await underPhrase(10), "downgrade"),
      sealed(
        "wrap",
        "The last byte is flipped.",
        Uint8Array.from(wrap, (byte, at) => (at === wrap.length - 1 ? byte ^ 1 : byte)),
        "tampered",
      ),
      sealed("wrap", "Nothing.", new Uint8Array(), "malformed"),
      sealed("wrap", "Another version of age.", encodeText("age-encryption.org/v2\n"), "malformed"),
      sealed("segment", "The derived recipient.", await to(classicRecipient), null),
      sealed(
        "segment",
        "The derived recipient twice.",
        await to(classicRecipient, classicRecipient),
        "downgrade",
      ),
      sealed("segment", "A hybrid recipient.", wrap, "downgrade"),
      sealed(
        "segment",
        "The derived recipient and a stanza of no known kind.",
        await to(classicRecipient, grease()),
        "downgrade",
      ),
      sealed("segment", "Under a phrase.", await underPhrase(10), "downgrade"),
      sealed("phrase", "log2(N) = 18.", await underPhrase(18), null),
      sealed("phrase", "log2(N) = 17.", await underPhrase(17), "downgrade"),
      sealed("phrase", "log2(N) = 21.", await costly(), "malformed"),
      sealed(
        "phrase",
        "A recipient in place of a phrase.",
        await to(classicRecipient),
        "downgrade",
      ),
    ],
  };
}

const PHRASE = "abandon ability able about above absent absorb abstract absurd";

function grease() {
  return { wrapFileKey: () => [GREASE] };
}

async function to(...recipients: readonly (string | ReturnType<typeof grease>)[]): Promise<Bytes> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return (await encrypter.encrypt(PLAINTEXT)) as Bytes;
}

async function underPhrase(factor: number): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(PHRASE);
  encrypter.setScryptWorkFactor(factor);
  return (await encrypter.encrypt(PLAINTEXT)) as Bytes;
}

/** A cheap file whose header claims a factor of 21: it must be refused before any work is done. */
async function costly(): Promise<Bytes> {
  const file = Buffer.from(await underPhrase(10)).toString("latin1");
  return new Uint8Array(Buffer.from(file.replace(/ 10\n/, " 21\n"), "latin1"));
}
