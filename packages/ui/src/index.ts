/** Tokens and a dozen accessible components, for the candidate's and the staff's pages. Styles: `import "@invigil/ui/styles.css"`. */
export { default as Button } from "./Button.svelte";
export { default as CandidateFrame } from "./CandidateFrame.svelte";
export { default as Card } from "./Card.svelte";
export { default as Dialog } from "./Dialog.svelte";
export { default as Field } from "./Field.svelte";
export { default as Notice } from "./Notice.svelte";
export { default as Progress } from "./Progress.svelte";
export { default as Status } from "./Status.svelte";
export { default as Switch } from "./Switch.svelte";
export { default as TextInput } from "./TextInput.svelte";
export { default as ToneIcon } from "./ToneIcon.svelte";
export { default as VisuallyHidden } from "./VisuallyHidden.svelte";
export type { Tone } from "./tone.ts";
