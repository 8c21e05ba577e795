import "@invigil/ui/styles.css";
import { mount } from "svelte";
import StaffApp from "../../staff/app/StaffApp.svelte";

const target = document.querySelector("#app");
if (target === null) throw new Error("staff/index.html has no #app");
mount(StaffApp, { target });
