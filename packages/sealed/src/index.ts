/** The version that stands in the first line of every sealed text (docs/spec). */
export const FORMAT = "invigil/v1";
