// Sends a launch on its way; without scripts the page has a button.
document.querySelector("#post-form").requestSubmit();
