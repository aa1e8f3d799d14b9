// Trusted Types: a page that asks for them lets workers start by a policy of this name, where it allows one.

type Rules = { createScriptURL: (url: string) => string };
type Asking = { trustedTypes?: { createPolicy: (name: string, rules: Rules) => Rules } };

let policy: Rules = { createScriptURL: (url) => url };
let asked = false;

/** A script's address that is the library's own, as a browser that asks for Trusted Types takes it. */
export function trusted(url: string): string {
  try {
    if (!asked) policy = (globalThis as Asking).trustedTypes?.createPolicy("blindspots", policy) ?? policy;
  } catch {
    // It stays a text, which starts no worker there.
  }
  asked = true;
  return policy.createScriptURL(url);
}
