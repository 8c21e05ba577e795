// Tells the LMS that the registration is done, so that it can close this frame or window.

const lms = document.querySelector("main").dataset.openerOrigin;
const asker = window.opener ?? (window.parent === window ? undefined : window.parent);
asker?.postMessage({ subject: "org.imsglobal.lti.close" }, lms);
