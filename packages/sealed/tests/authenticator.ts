import { createHmac, randomBytes } from "node:crypto";

/** The part of a request for a PRF that typage fills in. */
interface PrfRequest {
  readonly publicKey: {
    readonly extensions: {
      readonly prf: { readonly eval: { first: Uint8Array; second: Uint8Array } };
    };
  };
}

/** FAKE: the browser's `navigator.credentials` with one passkey in it, for want of a person at the sensor. */
export function fakeCredentials(): object {
  const key = randomBytes(32);
  const prf = (salt: Uint8Array) => createHmac("sha256", key).update(salt).digest();
  return {
    create: () =>
      Promise.resolve({
        rawId: key.subarray(0, 16),
        response: { getTransports: () => ["internal"] },
        getClientExtensionResults: () => ({ prf: { enabled: true } }),
      }),
    get: ({ publicKey }: PrfRequest) => {
      const { first, second } = publicKey.extensions.prf.eval;
      const results = { first: prf(first), second: prf(second) };
      return Promise.resolve({ getClientExtensionResults: () => ({ prf: { results } }) });
    },
  };
}
