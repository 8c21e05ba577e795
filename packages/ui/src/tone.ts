/** How a state is told: always an icon and a word beside the colour. */
export type Tone = "neutral" | "good" | "warn" | "bad" | "busy";
