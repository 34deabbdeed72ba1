// Buttons that copy a text. Where the browser gives no clipboard (a page under http://, or a permission that was
// refused), the text is copied as by hand, and failing that it is selected and the button says which key copies it.
"use strict";
(() => {
  const show = (part) => part.querySelectorAll("[data-copy][hidden]").forEach((button) => (button.hidden = false));
  show(document);
  document.addEventListener("htmx:afterSettle", () => show(document));

  async function copied(field) {
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      return document.execCommand("copy");
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const says = (await copied(document.getElementById(button.dataset.copy))) ? "copied" : "selected";
    const line = document.querySelector("#status");
    if (line) line.textContent = button.dataset[says];
    button.querySelector("span").textContent = button.dataset[says];
  });
})();
