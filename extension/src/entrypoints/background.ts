import { defineBackground } from "wxt/utils/define-background";
import { openOffice } from "../candidate/attempt/office.ts";

export default defineBackground(() => {
  openOffice();
});
