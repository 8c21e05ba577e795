import "@invigil/ui/styles.css";
import { mount } from "svelte";
import CandidateApp from "../../candidate/pages/CandidateApp.svelte";

const target = document.querySelector("#app");
if (target === null) throw new Error("candidate/index.html has no #app");
mount(CandidateApp, { target });
