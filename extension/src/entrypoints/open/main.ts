import "@invigil/ui/styles.css";
import { mount } from "svelte";
import OpenPage from "../../candidate/pages/OpenPage.svelte";
import { takeLaunch } from "../../candidate/pages/launch-link.ts";

const target = document.querySelector("#app");
if (target === null) throw new Error("open/index.html has no #app");
const isFramed = window.top !== window;
// The token leaves the address before anything else happens.
const launch = isFramed ? null : takeLaunch(location, history);
mount(OpenPage, { target, props: { isFramed, launch } });
