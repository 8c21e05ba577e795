// A tool says that it has finished registering (LTI Dynamic Registration 1.0, 3.7).
addEventListener("message", (event) => {
  if (event.origin !== document.body.dataset.toolOrigin) return;
  if (event.data?.subject !== "org.imsglobal.lti.close") return;
  if (!document.querySelector("#registration-frame")) event.source.close();
  location.assign("/tools");
});
