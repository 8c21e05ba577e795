/**
 * The public half of the key in the extension's manifest. It fixes the extension's id wherever it is
 * installed from, and with the id the passkeys' RP ID. The private half was never kept: the store signs.
 */
export const EXTENSION_KEY =
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuQhYsMWrnadIUXh8gWjsG2z2XeS+2IXfQb+mYldaw7l3/R2shqKw9vZxQFPdD/JZP4LukriR6+BoQVz+mc76NA8lSYRGXIXiHEyFO0oiYYC3UWmQNQ+xV6cKy1ImalrMaqN+TeF5mH/Fj4euuvQhnXp8qwg6aZPnZSRxPiziO2jJ1O2ZAyymDRo9Kl+cyqNTJddQmxxHrIvKRkFHiNJRW9Adm3ObLiWeRo0oltJTBlZvJR/Dp4djjMas/M+MEM1jkV/dDfEzFxX/DBTk+VnCU6Y8TuC4Z36I8CIjrHh6gNbakxOVEL2WK+pwjHC/0esLXcHUD3MrRVb/r09PlJnqfwIDAQAB";

/** The id that browsers derive from {@link EXTENSION_KEY}. A test derives it anew. */
export const EXTENSION_ID = "anihdhmookngfjpbhagdmpdbdpgfcboh";
