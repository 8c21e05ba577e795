import "@invigil/ui/styles.css";
import { mount } from "svelte";
import Popup from "./Popup.svelte";

const target = document.querySelector("#app");
if (target === null) throw new Error("popup/index.html has no #app");
mount(Popup, { target });
